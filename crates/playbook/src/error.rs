//! Why a playbook, a role or a file of tasks cannot be read.

use crate::Place;
use rplay_yaml::{YamlError, excerpt};
use std::{fmt::Write, io, path::PathBuf, sync::Arc};

/// Content that cannot be read, with the place, the cause, a suggestion and the way that led there.
///
/// `Display` gives the message with its causes on one line; [`PlaybookError::report`] the whole diagnostic.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.line())]
pub struct PlaybookError {
    /// Which of Ansible's two classes of errors it is; they differ in the exit code.
    pub kind: ErrorKind,
    /// What is wrong, in Ansible's words where it has some.
    pub message: String,
    /// Where it stands.
    pub place: Option<Place>,
    /// What made it wrong.
    #[source]
    pub cause: Option<Box<Cause>>,
    /// What to write instead.
    pub suggestion: Option<String>,
    /// The imports and roles that led there, outermost first.
    pub chain: Vec<Step>,
}

/// A class of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The content is wrong (`AnsibleParserError`, exit code 4).
    Parse,
    /// Any other error (`AnsibleError`, exit code 1): a role that is missing, a bad name of a variable.
    General,
}

/// One import, include or role on the way to a place.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was followed, for example `import_tasks: install.yml` or `role: etcd`.
    pub what: String,
    /// Where it stands.
    pub place: Option<Place>,
}

/// What an error came from.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The file is not YAML.
    #[error("{0}")]
    Yaml(YamlError),
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A template that must be known when the content is read has no value.
    #[error("{0}")]
    Template(TemplateError),
    /// Text that says more.
    #[error("{0}")]
    Text(String),
}

/// Why a template gave no value, as the caller that evaluates templates says it.
pub type TemplateError = Box<dyn std::error::Error + Send + Sync>;

impl PlaybookError {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Parse,
            message: message.into(),
            place: None,
            cause: None,
            suggestion: None,
            chain: Vec::new(),
        }
    }

    pub(crate) fn general(mut self) -> Self {
        self.kind = ErrorKind::General;
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub(crate) fn because(mut self, cause: Cause) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }

    /// The error as seen from further out.
    pub(crate) fn within(mut self, step: Step) -> Self {
        self.chain.insert(0, step);
        self
    }

    fn line(&self) -> String {
        match self.cause.as_deref() {
            Some(cause) => format!("{}: {cause}", self.message.trim_end_matches('.')),
            None => self.message.clone(),
        }
    }

    /// Message, origin, source excerpt, suggestion and the imports that led there, as several lines without a
    /// final newline.
    pub fn report(&self) -> String {
        if let Some(Cause::Yaml(error)) = self.cause.as_deref() {
            return self.with_chain(error.report());
        }
        let mut out = self.line();
        if let Some(place) = &self.place {
            let _ = write!(out, "\nOrigin: {place}\n\n{}", excerpt(&place.source, place.span));
        }
        if let Some(suggestion) = &self.suggestion {
            let _ = write!(out, "\n\n{suggestion}");
        }
        self.with_chain(out)
    }

    fn with_chain(&self, mut out: String) -> String {
        if self.chain.is_empty() {
            return out;
        }
        out.push('\n');
        for step in self.chain.iter().rev() {
            let _ = write!(out, "\nreached through {}", step.what);
            if let Some(place) = &step.place {
                let _ = write!(out, " ({place})");
            }
        }
        out
    }
}

/// Something the author of the content should know though it was read.
#[derive(Clone, Debug)]
pub struct Warning {
    /// What is odd.
    pub message: String,
    /// What is done about it, or what to write instead.
    pub help: Option<String>,
    /// Where it stands.
    pub place: Option<Place>,
    /// Whether current Ansible refuses it, or will.
    pub severity: Severity,
}

/// How serious a [`Warning`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is odd.
    Odd,
    /// Current Ansible refuses it.
    Dropped,
    /// That release of ansible-core will refuse it.
    DroppedIn(&'static str),
}

/// The release of ansible-core that refuses what its reading of playbooks deprecates now.
pub(crate) const DROPPED_IN: Severity = Severity::DroppedIn("2.23");

impl Warning {
    pub(crate) fn from_yaml(warning: &rplay_yaml::Warning, source: &Arc<rplay_yaml::Source>) -> Self {
        Self {
            message: warning.message.clone(),
            help: Some(warning.help.clone()).filter(|help| !help.is_empty()),
            place: Some(Place { source: source.clone(), span: warning.span }),
            severity: if warning.deprecated { DROPPED_IN } else { Severity::Odd },
        }
    }
}

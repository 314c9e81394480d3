//! What can be wrong with inventories and patterns.

use rplay_yaml::{Source, YamlError, excerpt_at};
use std::{path::PathBuf, sync::Arc};

/// Why an inventory could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InventoryError {
    /// A line of an inventory file makes no sense.
    #[error("{}:{line}: {message}", origin.name)]
    Line {
        /// The file.
        origin: Arc<Source>,
        /// Line, from 1.
        line: u32,
        /// Column from 1; 0 for the whole line.
        column: u32,
        /// What is wrong.
        message: String,
    },
    /// A file is not YAML.
    #[error("{0}")]
    Yaml(Box<YamlError>),
    /// The content is YAML or JSON but no inventory or variables.
    #[error("{name}: {message}")]
    Content {
        /// The file or script.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// A file could not be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        error: String,
    },
    /// A vaulted file could not be decrypted.
    #[error("{}: {error}", path.display())]
    Vault {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: String,
    },
    /// A group or host cannot be added or linked.
    #[error("{0}")]
    Graph(String),
    /// A source gave nothing, and the configuration calls that a failure.
    #[error("Completely failed to parse inventory source {0}")]
    Unparsed(String),
    /// None of the enabled plugins exists.
    #[error("No inventory plugins available to generate inventory, make sure you have at least one enabled.")]
    NoPlugins,
    /// No source gave anything, and the configuration calls that a failure.
    #[error("No inventory was parsed, please check your configuration and options.")]
    NothingParsed,
}

impl InventoryError {
    /// The whole diagnostic: message, origin, source lines.
    pub fn report(&self) -> String {
        match self {
            InventoryError::Yaml(error) => error.report(),
            InventoryError::Line { origin, line, column, message } => {
                let place = if *column > 0 { format!("{line}:{column}") } else { line.to_string() };
                format!(
                    "{message}\nOrigin: {}:{place}\n\n{}",
                    origin.name,
                    excerpt_at(origin, *line, *column)
                )
            }
            other => other.to_string(),
        }
    }
}

impl From<YamlError> for InventoryError {
    fn from(error: YamlError) -> Self {
        InventoryError::Yaml(Box::new(error))
    }
}

/// Why a host pattern cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A regular expression or glob that cannot be compiled.
    #[error("Invalid host list pattern: {pattern} ({reason})")]
    Invalid {
        /// The pattern.
        pattern: String,
        /// Why not.
        reason: String,
    },
    /// `group[9]` of a shorter group.
    #[error(
        "No hosts matched the subscripted pattern '{pattern}' ({count} hosts match without the subscript)"
    )]
    Subscript {
        /// The pattern with its subscript.
        pattern: String,
        /// How many hosts there are.
        count: usize,
    },
    /// A part that matches nothing, where that is an error.
    #[error("{0}")]
    Mismatch(String),
    /// `@directory` as a limit.
    #[error("Limit starting with \"@\" must be a file, not a directory: {0}")]
    LimitDirectory(String),
    /// `@file` of a limit that cannot be read.
    #[error("Unable to find limit file {path}: {error}")]
    LimitFile {
        /// The file.
        path: String,
        /// The system's answer.
        error: String,
    },
}

/// How much a [`Warning`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Of interest to those who ask for more (`-vvv`).
    Verbose,
    /// A form that will stop working.
    Deprecated,
    /// Worth a look.
    Warning,
    /// Something failed, or a script said so.
    Error,
}

/// Something the user should know though the inventory was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// One line.
    pub message: String,
    /// Origin and source lines, where known.
    pub detail: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

impl Warning {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), detail: None, severity: Severity::Warning }
    }

    /// A kind of source could not read what it accepted.
    pub(crate) fn of_failure(kind: &str, error: &InventoryError) -> Self {
        let report = error.report();
        let (message, detail) = match report.split_once("\nOrigin: ") {
            Some((message, detail)) => (message, Some(format!("Origin: {}", detail.trim_end()))),
            None => (report.as_str(), None),
        };
        let message = format!("Failed to parse inventory with '{kind}' plugin: {message}");
        Self { detail, ..Self::new(message) }
    }

    /// The message and what else is known.
    pub fn text(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}\n{detail}", self.message),
            None => self.message.clone(),
        }
    }

    pub(crate) fn of_yaml(source: &Source, warning: &rplay_yaml::Warning) -> Self {
        let (span, help) = (warning.span, &warning.help);
        let origin = format!("Origin: {}:{}:{}", source.name, span.line, span.column);
        let detail = format!("{origin}\n\n{}\n\n{help}", rplay_yaml::excerpt(source, span));
        Self { detail: Some(detail), ..Self::new(warning.message.clone()) }
    }
}

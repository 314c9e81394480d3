//! What templates give reason to tell of, besides their results.

use rplay_value::Origin;

/// The release of ansible-core that drops what its templating deprecates now.
const DROPPED_IN: &str = "2.23";

/// Takes remarks; nothing is printed here.
pub trait WarningSink: Send + Sync {
    /// Takes one.
    fn remark(&self, remark: Remark);
}

/// A warning of templating.
#[derive(Clone, Debug)]
pub struct Remark {
    /// What is odd.
    pub message: String,
    /// Place of the template it is about.
    pub origin: Option<Origin>,
    /// What to write instead.
    pub help: Option<&'static str>,
    /// Whether it is of a form that will stop working, and when.
    pub severity: Severity,
}

/// How serious a [`Remark`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something is odd.
    Warning,
    /// The form will stop working.
    Deprecated {
        /// The release of ansible-core that drops it; none for forms that only older releases knew.
        dropped_in: Option<&'static str>,
    },
}

impl Remark {
    /// A warning.
    pub(crate) fn warning(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self { message: message.into(), origin, help: None, severity: Severity::Warning }
    }

    /// Of a form that ansible-core will drop.
    pub(crate) fn deprecated(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self {
            severity: Severity::Deprecated { dropped_in: Some(DROPPED_IN) },
            ..Self::warning(message, origin)
        }
    }

    /// Of a form that ansible-core dropped already and that is taken here all the same.
    pub(crate) fn outdated(message: impl Into<String>, origin: Option<Origin>) -> Self {
        Self { severity: Severity::Deprecated { dropped_in: None }, ..Self::warning(message, origin) }
    }

    /// Of a constant with templates in it; `help` shows what to write.
    pub(crate) fn template_in_constant(origin: Option<Origin>, help: &'static str) -> Self {
        Self::warning(
            "Jinja constant strings should not contain embedded templates. This feature will be disabled by default \
             in ansible-core 2.23.",
            origin,
        )
        .with_help(help)
    }

    /// The same with advice.
    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}

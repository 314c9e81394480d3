//! Why a task could not do its work.

use crate::event::{Diagnostic, Link};
use rplay_template::{ErrorKind, Scope, TemplateError};
use rplay_value::{Dict, Origin, Str, Value};

/// What the refusal of text that is no UTF-8 is told with.
pub(crate) const INVALID_UTF8_HELP: &str =
    "This check can be disabled with the `MODULE_STRICT_UTF8_RESPONSE` setting.";

/// A task that ended early on a host.
#[derive(Debug)]
pub enum TaskError {
    /// It failed.
    Failed(Box<Failed>),
    /// The host could not be reached.
    Unreachable(String),
    /// The run was interrupted.
    Interrupted,
}

/// A failure with what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Failed {
    /// The causes, outermost first, below "Task failed".
    pub chain: Diagnostic,
    /// Result keys beside `failed` and `msg`.
    pub result: Dict,
    /// The chain is the whole story: no "Task failed" around it.
    pub whole: bool,
}

impl TaskError {
    /// A failure with a message.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::at(message, None)
    }

    /// A failure with a message and the place it speaks of.
    pub fn at(message: impl Into<String>, origin: Option<Origin>) -> Self {
        TaskError::Failed(Box::new(Failed { chain: Diagnostic::new(message, origin), ..Failed::default() }))
    }

    /// The failure seen from further out.
    pub fn within(self, message: impl Into<String>, origin: Option<Origin>) -> Self {
        match self {
            TaskError::Failed(mut failed) => {
                failed.chain = failed.chain.within(message, origin);
                TaskError::Failed(failed)
            }
            other => other,
        }
    }

    /// A refusal by an action: its result carries the message as it is.
    pub fn refused(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::failed(message.clone()).with("msg", message)
    }

    /// The failure as an action passes it on: see [`Self::refused`].
    pub fn by_the_action(self) -> Self {
        let message = self.summary();
        self.with("msg", message)
    }

    /// `timeout:` was reached after `seconds`.
    pub fn timed_out(seconds: u64) -> Self {
        let mut period = Dict::new();
        period.insert("frame", "Configure `DISPLAY_TRACEBACK` to see a traceback on timeout errors.".into());
        period.insert("period", i64::try_from(seconds).unwrap_or(i64::MAX).into());
        Self::failed(format!("Timed out after {seconds} second(s).")).with("timedout", period)
    }

    /// The failure without "Task failed" around it.
    pub fn whole(self) -> Self {
        match self {
            TaskError::Failed(failed) => TaskError::Failed(Box::new(Failed { whole: true, ..*failed })),
            other => other,
        }
    }

    /// A template's failure as that of an expression.
    pub(crate) fn in_expression(mut self) -> Self {
        if let TaskError::Failed(failed) = &mut self
            && let Some(link) = failed.chain.links.first_mut()
            && link.message == "Error rendering template."
        {
            link.message = "Error rendering expression.".into();
        }
        self
    }

    /// The failure with what to do about it.
    pub fn help(self, help: &str) -> Self {
        match self {
            TaskError::Failed(mut failed) => {
                if let Some(link) = failed.chain.links.first_mut() {
                    link.help = Some(help.to_owned());
                }
                TaskError::Failed(failed)
            }
            other => other,
        }
    }

    /// Puts help to every link there is yet: they are told as one.
    fn help_throughout(self, help: &str) -> Self {
        match self {
            TaskError::Failed(mut failed) => {
                // A link without a place is shown as part of the one around it.
                for link in failed.chain.links.iter_mut().filter(|link| link.origin.is_some()) {
                    link.help = Some(help.to_owned());
                }
                TaskError::Failed(failed)
            }
            other => other,
        }
    }

    /// The whole error in one line.
    pub fn summary(&self) -> String {
        match self {
            TaskError::Failed(failed) => failed.chain.summary(),
            TaskError::Unreachable(message) => message.clone(),
            TaskError::Interrupted => "interrupted".into(),
        }
    }

    /// The same error once more, for the other items of a loop that share it.
    pub fn again(&self) -> Self {
        match self {
            TaskError::Failed(failed) => TaskError::Failed(failed.clone()),
            TaskError::Unreachable(message) => TaskError::Unreachable(message.clone()),
            TaskError::Interrupted => TaskError::Interrupted,
        }
    }

    /// The failure with one more key in its result.
    pub fn with(self, key: &str, value: impl Into<Value>) -> Self {
        match self {
            TaskError::Failed(mut failed) => {
                failed.result.insert(key, value.into());
                TaskError::Failed(failed)
            }
            other => other,
        }
    }
}

impl TaskError {
    /// A template's failure, with the nearest variable there is for one that is not.
    pub(crate) fn of_template(error: TemplateError, scope: &dyn Scope) -> Self {
        let cause = error.cause.as_ref().map(|cause| cause.message.as_str());
        let suggestion = nearest_variable(cause.unwrap_or(&error.message), scope)
            .map(|name| format!("Did you mean the variable '{name}'?"));
        let led_here = crate::explain::variables(&error, scope);
        let help: Vec<String> = led_here.into_iter().chain(suggestion).collect();
        let failed = TaskError::from(error);
        if help.is_empty() { failed } else { failed.help_throughout(&help.join("\n")) }
    }
}

fn nearest_variable(message: &str, scope: &dyn Scope) -> Option<String> {
    let name = crate::explain::undefined(message)?;
    let names = scope.names();
    rplay_value::nearest(name, names.iter().map(Str::as_str)).map(str::to_owned)
}

/// What to do about a conditional that is refused.
const ALLOWED_WITH: &str = "Broken conditionals can be temporarily allowed with the `ALLOW_BROKEN_CONDITIONALS` \
                            configuration option.";

/// The exception behind a template's error.
fn link(message: String, origin: Option<Origin>) -> Link {
    match message.starts_with(rplay_template::INVALID_UTF8) {
        true => Link { message, origin: None, help: Some(INVALID_UTF8_HELP.into()) },
        false => Link { message, origin, help: None },
    }
}

impl From<TemplateError> for TaskError {
    fn from(error: TemplateError) -> Self {
        let mut chain = Diagnostic::new(error.message.clone(), error.origin.clone());
        if error.kind == ErrorKind::Conditional {
            chain = chain.led_by(Some(ALLOWED_WITH.to_owned()));
        }
        if let Some(cause) = &error.cause {
            chain.links.push(link(cause.message.clone(), error.origin));
        }
        // What cannot be decrypted is told apart from the template that needs it.
        if error.cause.as_ref().is_some_and(|cause| cause.kind == "AnsibleVaultError") {
            chain = chain.within("Error rendering template.", None);
        }
        TaskError::Failed(Box::new(Failed { chain, ..Failed::default() }))
    }
}

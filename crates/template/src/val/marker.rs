//! Undefined values and deferred failures.

use crate::{Fault, TemplateError, Val};
use rplay_value::{Origin, Vaulted};
use std::{rc::Rc, sync::Arc};

/// Why a value is undefined, or the error that took its place. Using it raises; carrying it about is free.
#[derive(Clone, Debug)]
pub struct Marker {
    pub(crate) message: String,
    /// The undefined variable's name, for `mandatory` and friends.
    pub name: Option<String>,
    /// Where the template that made it stands.
    pub origin: Option<Origin>,
    pub(crate) error: Option<Box<TemplateError>>,
    /// The value of an `if` expression without `else`: printed as nothing, false, empty.
    pub(crate) blank: bool,
    /// The encrypted text that could not be decrypted, if that is the failure.
    pub(crate) vaulted: Option<Arc<Vaulted>>,
    /// The variables it came through, outermost first.
    pub(crate) through: Vec<String>,
}

impl Marker {
    /// An undefined value with a message of its own.
    pub fn hint(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            name: None,
            origin: None,
            error: None,
            blank: false,
            vaulted: None,
            through: Vec::new(),
        }
    }

    /// A variable that does not exist.
    pub fn variable(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::hint(format!("'{name}' is undefined")) }
    }

    /// A failure that is raised when the value is used.
    pub fn failed(error: TemplateError) -> Self {
        Self {
            message: error.to_string(),
            name: None,
            origin: error.origin.clone(),
            error: Some(Box::new(error)),
            blank: false,
            vaulted: None,
            through: Vec::new(),
        }
    }

    /// An encrypted text that cannot be decrypted.
    pub(crate) fn undecryptable(vaulted: &Arc<Vaulted>, error: TemplateError) -> Self {
        Self { vaulted: Some(Arc::clone(vaulted)), ..Self::failed(error) }
    }

    /// What an `if` expression without `else` yields when its condition is false.
    pub(crate) fn blank(line: u32) -> Self {
        let hint = format!(
            "the inline if-expression on line {line} evaluated to false and no else section was defined."
        );
        Self { blank: true, ..Self::hint(hint) }
    }

    /// Whether this is the value of an `if` expression without `else`: Jinja's own undefined, which prints
    /// as nothing and is no undefined variable.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// What is undefined, in Ansible's words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The failure behind it; none for a value that is merely undefined.
    pub fn error(&self) -> Option<&TemplateError> {
        self.error.as_deref()
    }

    /// The encrypted text, where this stands for one that cannot be decrypted.
    pub fn vaulted(&self) -> Option<&Vaulted> {
        self.vaulted.as_deref()
    }

    /// The name of the Python type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Marker { blank: true, .. } => "Undefined",
            Marker { vaulted: Some(_), .. } => "VaultExceptionMarker",
            Marker { error: Some(_), .. } => "CapturedExceptionMarker",
            _ => "UndefinedMarker",
        }
    }

    /// The fault of using it.
    pub fn trip(self: &Rc<Self>) -> Fault {
        if self.blank {
            return Fault::raised("UndefinedError", self.message.clone());
        }
        Fault::Marker(Rc::clone(self))
    }
}

impl Val {
    /// The value, or the fault of using an undefined one.
    pub fn defined(self) -> Result<Val, Fault> {
        match &self {
            Val::Undef(marker) => Err(marker.trip()),
            _ => Ok(self),
        }
    }
}

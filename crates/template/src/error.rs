//! Errors: inside an operation ([`Fault`]) and as handed to the engine ([`TemplateError`]).

use crate::Marker;
use rplay_value::Origin;
use std::{fmt, rc::Rc};

/// The result of an operation on values.
pub type Res<T> = Result<T, Fault>;

/// Why an operation on values stopped.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An undefined (or otherwise failed) value was used.
    Marker(Rc<Marker>),
    /// A Python exception.
    Raised(Raised),
    /// A finished error of an inner template.
    Template(Box<TemplateError>),
}

/// A Python exception: its type's name and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The exception's type, such as `TypeError`.
    pub kind: &'static str,
    /// Its message.
    pub message: String,
}

impl Fault {
    /// An exception of the given type.
    pub fn raised(kind: &'static str, message: impl Into<String>) -> Self {
        Fault::Raised(Raised { kind, message: message.into() })
    }
    /// Python's `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::raised("TypeError", message)
    }
    /// Python's `ValueError`.
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::raised("ValueError", message)
    }
    /// Python's `AttributeError`.
    pub fn attribute_error(message: impl Into<String>) -> Self {
        Self::raised("AttributeError", message)
    }
    /// Python's `KeyError`.
    pub fn key_error(message: impl Into<String>) -> Self {
        Self::raised("KeyError", message)
    }
    /// Python's `IndexError`.
    pub fn index_error(message: impl Into<String>) -> Self {
        Self::raised("IndexError", message)
    }
    /// Ansible's error for a plugin that refuses its input (`AnsibleFilterError` and kin).
    pub fn plugin(message: impl Into<String>) -> Self {
        Self::raised("AnsibleTemplatePluginError", message.into().trim())
    }
    /// Ansible's error for a plugin whose input is of another type (`AnsibleFilterTypeError`).
    pub fn ansible_type(message: impl Into<String>) -> Self {
        Self::raised("AnsibleTypeError", message)
    }
    /// A limit of ours on memory, time or depth was exceeded.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::raised("MemoryError", message)
    }
    /// Whether this is an exception of that type.
    pub fn is(&self, kind: &str) -> bool {
        matches!(self, Fault::Raised(raised) if raised.kind == kind)
    }
    /// The exception's type and message, whichever kind of fault it is.
    pub fn cause(&self) -> Cause {
        match self {
            Fault::Marker(marker) => match marker.error() {
                Some(error) => Cause { kind: error.kind.type_name(), message: error.message.clone() },
                None => Cause { kind: "AnsibleUndefinedVariable", message: marker.message().to_owned() },
            },
            Fault::Raised(raised) => Cause { kind: raised.kind, message: raised.message.clone() },
            Fault::Template(error) => error
                .cause
                .clone()
                .unwrap_or(Cause { kind: error.kind.type_name(), message: error.message.clone() }),
        }
    }
}

/// The exception behind an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its Python type's name.
    pub kind: &'static str,
    /// Its message.
    pub message: String,
}

/// What went wrong, by Ansible's exception classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A variable or attribute is not defined.
    Undefined,
    /// The template or expression is not Jinja.
    Syntax,
    /// A filter, test or lookup failed.
    Plugin,
    /// A filter, test or lookup of that name does not exist.
    PluginNotFound,
    /// The value of a conditional is not a boolean.
    Conditional,
    /// The whole value was omitted where one is needed.
    Omitted,
    /// An expression from an untrusted source.
    Untrusted,
    /// Anything else while rendering.
    Template,
}

impl ErrorKind {
    /// The name of Ansible's exception class.
    pub fn type_name(self) -> &'static str {
        match self {
            ErrorKind::Undefined => "AnsibleUndefinedVariable",
            ErrorKind::Syntax => "AnsibleTemplateSyntaxError",
            ErrorKind::Plugin => "AnsibleTemplatePluginRuntimeError",
            ErrorKind::PluginNotFound => "AnsibleTemplatePluginNotFoundError",
            ErrorKind::Conditional => "AnsibleBrokenConditionalError",
            ErrorKind::Omitted => "AnsibleValueOmittedError",
            ErrorKind::Untrusted => "TemplateTrustCheckFailedError",
            ErrorKind::Template => "AnsibleTemplateError",
        }
    }
}

/// A failed rendering: Ansible's outer message, the exception behind it and the place of the template.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The outer message (`Error rendering template.`) or, for an undefined value, what is undefined.
    pub message: String,
    /// The exception behind it.
    pub cause: Option<Cause>,
    /// Where the template that failed innermost stands.
    pub origin: Option<Origin>,
    /// Line and column inside the template, from 1, when known.
    pub position: Option<(u32, u32)>,
    /// The beginning of the template that failed.
    pub excerpt: Option<String>,
    /// The variables that led to the failing template, outermost first.
    pub chain: Vec<String>,
}

impl TemplateError {
    /// An error without a place.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
            origin: None,
            position: None,
            excerpt: None,
            chain: Vec::new(),
        }
    }

    /// The same error with the exception behind it.
    pub fn caused_by(mut self, kind: &'static str, message: impl Into<String>) -> Self {
        self.cause = Some(Cause { kind, message: message.into() });
        self
    }
}

impl fmt::Display for TemplateError {
    /// The outer message and the cause, as Ansible joins them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{}: {}", self.message.trim_end_matches('.'), cause.message),
            None => f.write_str(&self.message),
        }
    }
}
impl std::error::Error for TemplateError {}

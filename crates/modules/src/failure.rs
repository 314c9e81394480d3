//! How a module fails.

use crate::args::{Map, Value};
use crate::system::SystemError;

/// A module's failure: the message, and whatever else the result carries.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.msg)]
pub struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    msg: String,
    fields: Map,
}

impl Failure {
    /// A failure with Ansible's `msg`.
    pub fn new(msg: impl Into<String>) -> Self {
        Self(Box::new(Inner { msg: msg.into(), fields: Map::new() }))
    }

    /// Adds a field to the failed result.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.fields.insert(key.to_owned(), value.into());
        self
    }

    /// Adds all fields of a result.
    #[must_use]
    pub fn with_all(mut self, fields: Map) -> Self {
        self.0.fields.extend(fields);
        self
    }

    /// Whether the result carries a field of this name.
    #[must_use]
    pub fn names(&self, key: &str) -> bool {
        self.0.fields.contains_key(key)
    }

    /// Adds the return code.
    #[must_use]
    pub fn rc(self, rc: i32) -> Self {
        self.with("rc", rc)
    }

    /// Adds what caused it: the result's `exception` is then the message and the cause, which
    /// Ansible 2.19 joins to the error it shows while `msg` stays short.
    #[must_use]
    pub fn cause(self, cause: impl std::fmt::Display) -> Self {
        let joined = format!("{}: {cause}", self.0.msg.trim_end_matches('.'));
        self.with("exception", joined)
    }

    /// The message.
    #[must_use]
    pub fn msg(&self) -> &str {
        &self.0.msg
    }

    /// The failed result.
    #[must_use]
    pub fn into_map(self) -> Map {
        let mut map = Map::new();
        map.insert("failed".to_owned(), Value::from(true));
        map.insert("msg".to_owned(), Value::from(self.0.msg));
        map.entry("changed").or_insert(Value::from(false));
        map.extend(self.0.fields);
        map
    }
}

impl From<SystemError> for Failure {
    fn from(error: SystemError) -> Self {
        let failure = Self::new(error.to_string());
        match error.path() {
            Some(path) => failure.with("path", path.to_string_lossy().into_owned()),
            None => failure,
        }
    }
}

impl From<rplay_pyre::Error> for Failure {
    fn from(error: rplay_pyre::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<String> for Failure {
    fn from(msg: String) -> Self {
        Self::new(msg)
    }
}

impl From<&str> for Failure {
    fn from(msg: &str) -> Self {
        Self::new(msg)
    }
}

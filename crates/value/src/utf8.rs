//! Whether data can be written as UTF-8.

use crate::{Dict, Value};
use rplay_surrogates::NotUtf8;

impl Value {
    /// Whether every text in it, keys too, can be written as UTF-8.
    ///
    /// # Errors
    /// The first that has half surrogates, with the place in it.
    pub fn check_utf8(&self) -> Result<(), NotUtf8> {
        match self {
            Value::Str(text) => rplay_surrogates::check(text),
            Value::List(items) => items.iter().try_for_each(Value::check_utf8),
            Value::Dict(dict) => dict.check_utf8(),
            _ => Ok(()),
        }
    }
}

impl Dict {
    /// As [`Value::check_utf8`].
    ///
    /// # Errors
    /// The first text that has half surrogates, with the place in it.
    pub fn check_utf8(&self) -> Result<(), NotUtf8> {
        self.iter().try_for_each(|(key, value)| key.as_value().check_utf8().and_then(|()| value.check_utf8()))
    }
}

//! Secrets of a call: collected from `no_log` parameters, struck out of everything that leaves.

use super::{Map, Param, Value, str_of};
use std::collections::BTreeSet;

/// What stands in place of a value that is a secret as a whole.
pub const CENSORED: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

/// The secret strings of a call.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeSet<String>);

impl Secrets {
    /// Takes every text and number inside a value as a secret.
    pub fn add(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::String(text) if text.is_empty() => {}
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(map) => map.values().for_each(|item| self.add(item)),
            other => {
                self.0.insert(str_of(other));
            }
        }
    }

    pub(super) fn add_params(&mut self, params: &[&'static Param], given: &Map) {
        for param in params {
            let Some(value) = given.get(param.name) else { continue };
            if param.no_log == Some(true) {
                self.add(value);
            }
            let Some(options) = param.options else { continue };
            let inner = options.all();
            match value {
                Value::Object(map) => self.add_params(&inner, map),
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_object).for_each(|map| self.add_params(&inner, map));
                }
                _ => {}
            }
        }
    }

    /// Strikes the secrets out of a result: whole values become [`CENSORED`], parts become
    /// asterisks. Top-level booleans and nulls stay, as AnsibleModule keeps them.
    pub fn scrub(&self, result: &mut Map) {
        if self.0.is_empty() {
            return;
        }
        // Longer first: a secret that contains another must go as a whole.
        let mut words: Vec<&str> = self.0.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        result.values_mut().for_each(|value| scrub_value(value, &words));
    }

    /// Strikes the secrets out of a text.
    #[must_use]
    pub fn scrub_text(&self, text: &str) -> String {
        let mut words: Vec<&str> = self.0.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        scrubbed(text, &words)
    }
}

fn scrubbed(text: &str, words: &[&str]) -> String {
    if words.contains(&text) {
        return CENSORED.to_owned();
    }
    words.iter().fold(text.to_owned(), |text, word| text.replace(word, "********"))
}

fn scrub_value(value: &mut Value, words: &[&str]) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => {
            let text = str_of(value);
            if words.iter().any(|word| text.contains(word)) {
                *value = Value::from(CENSORED);
            }
        }
        Value::String(text) => {
            if words.iter().any(|word| text.contains(word)) {
                *text = scrubbed(text, words);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| scrub_value(item, words)),
        Value::Object(map) => map.values_mut().for_each(|item| scrub_value(item, words)),
    }
}

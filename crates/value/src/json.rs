//! To and from JSON, the language spoken with modules.

use crate::{Dict, Key, Value};
use num_bigint::BigInt;
use serde_json::Value as Json;
use std::sync::Arc;

impl From<Json> for Value {
    /// JSON as Python's `json.loads` reads it: integers of any size, other numbers as floats. Strings are
    /// not trusted as templates.
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Value::None,
            Json::Bool(bool) => Value::Bool(bool),
            Json::Number(number) => number_from_json(&number),
            Json::String(text) => Value::Str(text.into()),
            Json::Array(items) => Value::list(items.into_iter().map(Value::from)),
            Json::Object(entries) => Value::from(Dict::from(entries)),
        }
    }
}

impl From<serde_json::Map<String, Json>> for Dict {
    fn from(entries: serde_json::Map<String, Json>) -> Self {
        entries.into_iter().map(|(key, value)| (Key::from(key), Value::from(value))).collect()
    }
}

fn number_from_json(number: &serde_json::Number) -> Value {
    if let Some(int) = number.as_i64() {
        return Value::Int(int);
    }
    let text = number.to_string();
    match text.parse::<BigInt>() {
        Ok(int) => Value::BigInt(Arc::new(int)),
        Err(_) => Value::Float(text.parse().unwrap_or(f64::NAN)),
    }
}

impl Value {
    /// The value as JSON for a module: keys become text as Python's `json.dumps` makes them, bytes are
    /// read as UTF-8 with replacement, floats that JSON lacks become null. An encrypted string stays
    /// encrypted: decrypt before.
    pub fn to_json(&self) -> Json {
        match self {
            Value::None => Json::Null,
            Value::Bool(bool) => Json::Bool(*bool),
            Value::Int(int) => Json::from(*int),
            Value::BigInt(int) => {
                int.to_string().parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
            }
            Value::Float(float) => serde_json::Number::from_f64(*float).map_or(Json::Null, Json::Number),
            Value::Str(text) => Json::String(text.to_string()),
            Value::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Dict(dict) => Json::Object(dict.to_json()),
            Value::Date(_) | Value::DateTime(_) => Json::String(self.to_text()),
            Value::Vaulted(vaulted) => Json::String(vaulted.ciphertext.to_string()),
        }
    }
}

impl Dict {
    /// The dictionary as a JSON object.
    pub fn to_json(&self) -> serde_json::Map<String, Json> {
        self.iter().map(|(key, value)| (json_key(key), value.to_json())).collect()
    }
}

fn json_key(key: &Key) -> String {
    match key.as_value() {
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::None => "null".into(),
        other => other.to_text(),
    }
}

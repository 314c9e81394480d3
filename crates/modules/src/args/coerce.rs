//! AnsibleModule's coercions of one value to one type.

mod dict;
mod numbers;
mod size;

use super::{Type, Value, json_dumps, str_of};
use std::fmt::Write as _;

/// What path expansion asks the host.
pub trait Expand {
    /// An environment variable, the task's own ones first.
    fn variable(&self, name: &str) -> Option<String>;
    /// The home directory of a user, or of the running one.
    fn home(&self, user: Option<&str>) -> Option<String>;
}

/// Coerces a value as `AnsibleModule` does for an argument of this type.
///
/// # Errors
/// The sentence Ansible ends its message with.
pub fn coerce(value: Value, ty: Type, expand: &dyn Expand) -> Result<Value, String> {
    match ty {
        Type::Str => Ok(Value::from(text(&value))),
        Type::Path => Ok(Value::from(crate::text::expand::path(&text(&value), expand))),
        Type::Bool => boolean(&value).map(Value::from),
        Type::Int => numbers::int(value),
        Type::Float => numbers::float(value),
        Type::List => list(value),
        Type::Dict => dict::dict(value),
        Type::Raw => Ok(value),
        Type::Json => json(&value),
        Type::Bytes => size::size(&value, false).map(Value::from),
        Type::Bits => size::size(&value, true).map(Value::from),
    }
}

fn text(value: &Value) -> String {
    if value.is_null() { String::new() } else { str_of(value) }
}

/// Python's name of a value's class, as `type(value)` prints it.
fn class(value: &Value) -> String {
    format!("<class '{}'>", super::type_name(value))
}

fn boolean(value: &Value) -> Result<bool, String> {
    let known = match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.to_lowercase().trim() {
            "y" | "yes" | "on" | "1" | "true" | "t" => Some(true),
            "n" | "no" | "off" | "0" | "false" | "f" => Some(false),
            _ => None,
        },
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            _ => None,
        },
        other => return Err(format!("{} cannot be converted to a bool", class(other))),
    };
    known.ok_or_else(|| {
        format!(
            "The value '{}' is not a valid boolean. Valid booleans include: \
             'y', 'yes', 'on', '1', 'true', 't', 1, 'n', 'no', 'off', '0', 'false', 'f', 0",
            str_of(value)
        )
    })
}

fn list(value: Value) -> Result<Value, String> {
    match value {
        Value::Array(_) => Ok(value),
        Value::String(text) => Ok(text.split(',').map(Value::from).collect()),
        Value::Number(_) | Value::Bool(_) => Ok(Value::Array(vec![Value::from(str_of(&value))])),
        other => Err(format!("{} cannot be converted to a list", class(&other))),
    }
}

fn json(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(Value::from(text.trim())),
        Value::Array(_) | Value::Object(_) => Ok(Value::from(json_dumps(value))),
        other => Err(format!("{} cannot be converted to a json string", class(other))),
    }
}

/// The message for a value that a parameter's type refuses.
pub(super) fn refusal(subject: &str, value: &Value, place: &str, ty: Type, why: &str) -> String {
    let mut message = format!("{subject} is of type {}", super::type_name(value));
    let _ = write!(message, "{place} and we were unable to convert to {}: {why}", ty.name());
    message
}

#[cfg(test)]
mod tests {
    use super::{Expand, Type, coerce};
    use serde_json::{Value, json};

    struct Host;
    impl Expand for Host {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "APP").then(|| "/srv/app".to_owned())
        }
        fn home(&self, user: Option<&str>) -> Option<String> {
            Some(format!("/home/{}", user.unwrap_or("me")))
        }
    }

    #[test]
    fn values_become_what_ansible_makes_of_them() {
        let table: &[(Value, Type, Value)] = &[
            (json!(true), Type::Str, json!("True")),
            (json!([1, "a"]), Type::Str, json!("[1, 'a']")),
            (json!(null), Type::Str, json!("")),
            (json!(" Yes "), Type::Bool, json!(true)),
            (json!(0), Type::Bool, json!(false)),
            (json!("5.0"), Type::Int, json!(5)),
            (json!(" 1_000 "), Type::Int, json!(1000)),
            (json!("1e3"), Type::Int, json!(1000)),
            (json!("2.5"), Type::Float, json!(2.5)),
            (json!("a, b"), Type::List, json!(["a", " b"])),
            (json!(7), Type::List, json!(["7"])),
            (json!("a=1, b='x y'"), Type::Dict, json!({"a": "1", "b": "x y"})),
            (json!("{\"a\": 1}"), Type::Dict, json!({"a": 1})),
            (json!("{'a': True, 'b': [1, None]}"), Type::Dict, json!({"a": true, "b": [1, null]})),
            (json!("~/x/$APP/${APP}/$NOPE"), Type::Path, json!("/home/me/x//srv/app//srv/app/$NOPE")),
            (json!("~bob/x"), Type::Path, json!("/home/bob/x")),
            (json!({"a": [1]}), Type::Json, json!("{\"a\": [1]}")),
            (json!("10M"), Type::Bytes, json!(10_485_760)),
            (json!("1.5KB"), Type::Bytes, json!(1536)),
            (json!("1Mb"), Type::Bits, json!(1_048_576)),
            (json!(10), Type::Bytes, json!(10)),
        ];
        for (given, ty, wanted) in table {
            assert_eq!(coerce(given.clone(), *ty, &Host).as_ref(), Ok(wanted), "{given} as {ty:?}");
        }
    }

    #[test]
    fn refusals_say_what_ansible_says() {
        let table: &[(Value, Type, &str)] = &[
            (json!("abc"), Type::Int, "\"'abc'\" cannot be converted to an int"),
            (json!("1.5"), Type::Int, "\"'1.5'\" cannot be converted to an int"),
            (json!({}), Type::List, "<class 'dict'> cannot be converted to a list"),
            (json!(null), Type::Bool, "<class 'NoneType'> cannot be converted to a bool"),
            (json!("abc"), Type::Dict, "dictionary requested, could not parse JSON or key=value"),
            (json!("x"), Type::Float, "<class 'str'> cannot be converted to a float"),
            (json!("10Mb"), Type::Bytes, "<class 'str'> cannot be converted to a Byte value"),
        ];
        for (given, ty, wanted) in table {
            assert_eq!(coerce(given.clone(), *ty, &Host), Err((*wanted).to_owned()), "{given} as {ty:?}");
        }
    }
}

//! `validate_argument_spec`: a role's parameters against its argument specification.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_modules::args::{Expand, Type, coerce};
use rplay_value::{Dict, Value};

/// `validate_argument_spec`.
pub(super) struct ValidateArgumentSpec;

impl Action for ValidateArgumentSpec {
    fn name(&self) -> &'static str {
        "validate_argument_spec"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(&["argument_spec", "provided_arguments", "validate_args_context"])?;
        let empty = Dict::new();
        let dict = |name: &str| context.args.get(name).and_then(Value::as_dict).unwrap_or(&empty);
        let Some(spec) = context.args.get("argument_spec") else {
            return Err(TaskError::failed("\"argument_spec\" arg is required in args: {}"));
        };
        let Some(spec) = spec.as_dict() else {
            return Err(TaskError::failed(format!(
                "Incorrect type for argument_spec, expected dict and got <class '{}'>",
                spec.type_name()
            )));
        };
        let mut given = of_variables(context, spec)?;
        given.extend(dict("provided_arguments").iter().map(|(key, value)| (key.clone(), value.clone())));
        let mut errors = Vec::new();
        check(spec, &given, "", &mut errors);
        Ok(Step::Done(result(context, spec, errors)))
    }
}

fn result(context: &ActionContext<'_>, spec: &Dict, errors: Vec<String>) -> Dict {
    let mut result = Dict::new();
    result.insert("changed", false.into());
    result.insert(
        "validate_args_context",
        context.args.get("validate_args_context").cloned().unwrap_or_default(),
    );
    if errors.is_empty() {
        result.insert("msg", "The arg spec validation passed".into());
        return result;
    }
    result.insert("failed", true.into());
    result.insert("msg", format!("Validation of arguments failed:\n{}", errors.join("\n")).into());
    result.insert("argument_spec_data", spec.clone().into());
    result.insert("argument_errors", Value::list(errors.into_iter().map(Value::from)));
    result
}

/// The values variables give to the parameters of the specification.
fn of_variables(context: &ActionContext<'_>, spec: &Dict) -> Result<Dict, TaskError> {
    let scope = context.scope();
    let mut given = Dict::new();
    for (key, option) in spec {
        let aliases = option.get("aliases").and_then(Value::as_list).unwrap_or_default();
        let names = key.as_str().into_iter().chain(aliases.iter().filter_map(Value::as_str));
        for name in names {
            let Some(rplay_template::Binding::Value(value)) = scope.lookup(name) else { continue };
            if let Some(value) = context.engine.templar.render(&scope, &value)? {
                given.insert(name, value);
            }
        }
    }
    Ok(given)
}

/// Checks `given` against the options of `spec`; `place` says where in nested options.
fn check(spec: &Dict, given: &Dict, place: &str, errors: &mut Vec<String>) {
    let found = |place: &str| if place.is_empty() { String::new() } else { format!(" found in {place}") };
    let mut missing: Vec<&str> = spec
        .iter()
        .filter(|(key, option)| flag(option, "required") && value_of(key.as_str(), option, given).is_none())
        .filter_map(|(key, _)| key.as_str())
        .collect();
    missing.sort_unstable();
    if !missing.is_empty() {
        errors.push(format!("missing required arguments: {}{}", missing.join(", "), found(place)));
    }
    for (key, option) in spec {
        let Some(name) = key.as_str() else { continue };
        if let Some(value) = value_of(Some(name), option, given).filter(|value| !value.is_none()) {
            check_one(name, option, value, place, errors);
        }
    }
    let known = |name: &str| {
        spec.iter().any(|(key, option)| {
            key.as_str() == Some(name)
                || option
                    .get("aliases")
                    .and_then(Value::as_list)
                    .unwrap_or_default()
                    .iter()
                    .any(|alias| alias.as_str() == Some(name))
        })
    };
    let unknown: Vec<&str> =
        given.keys().filter_map(|key| key.as_str()).filter(|name| !known(name)).collect();
    if !unknown.is_empty() && !place.is_empty() {
        let mut supported: Vec<&str> = spec.keys().filter_map(|key| key.as_str()).collect();
        supported.sort_unstable();
        errors.push(format!(
            "{}. Supported parameters include: {}.",
            unknown.join(", "),
            supported.join(", ")
        ));
    }
}

fn flag(option: &Value, name: &str) -> bool {
    option.get(name).is_some_and(Value::is_true)
}

fn value_of<'a>(name: Option<&str>, option: &Value, given: &'a Dict) -> Option<&'a Value> {
    let aliases = option.get("aliases").and_then(Value::as_list).unwrap_or_default();
    name.into_iter().chain(aliases.iter().filter_map(Value::as_str)).find_map(|name| given.get(name))
}

fn check_one(name: &str, option: &Value, value: &Value, place: &str, errors: &mut Vec<String>) {
    let wanted = option.get("type").and_then(Value::as_str).unwrap_or("str");
    let Some(ty) = type_of(wanted) else {
        errors.push(format!("Unsupported type '{wanted}' of argument '{name}' in the specification"));
        return;
    };
    let coerced = match coerce(value.to_json(), ty, &Nowhere) {
        Ok(coerced) => Value::from(coerced),
        Err(why) => {
            let found = if place.is_empty() { String::new() } else { format!(" found in '{place}'") };
            errors.push(format!(
                "argument '{name}' is of type {}{found} and we were unable to convert to {wanted}: {why}",
                value.type_name()
            ));
            return;
        }
    };
    check_choices(name, option, &coerced, place, errors);
    let inner = if place.is_empty() { name.to_owned() } else { format!("{place} -> {name}") };
    check_nested(name, option, &coerced, &inner, errors);
}

fn check_choices(name: &str, option: &Value, value: &Value, place: &str, errors: &mut Vec<String>) {
    let Some(choices) = option.get("choices").and_then(Value::as_list) else { return };
    let one_of =
        |value: &Value| choices.iter().any(|choice| choice == value || choice.to_text() == value.to_text());
    let wrong: Vec<String> = match value {
        Value::List(items) => items.iter().filter(|item| !one_of(item)).map(Value::to_text).collect(),
        other if one_of(other) => Vec::new(),
        other => vec![other.to_text()],
    };
    if !wrong.is_empty() {
        let listed: Vec<String> = choices.iter().map(Value::to_text).collect();
        let many = if matches!(value, Value::List(_)) { "one or more of" } else { "one of" };
        let found = if place.is_empty() { String::new() } else { format!(" found in {place}") };
        errors.push(format!(
            "value of {name} must be {many}: {}, got: {}{found}",
            listed.join(", "),
            wrong.join(", ")
        ));
    }
}

/// Elements of lists and options of dictionaries.
fn check_nested(name: &str, option: &Value, value: &Value, place: &str, errors: &mut Vec<String>) {
    if let (Some(elements), Value::List(items)) = (option.get("elements").and_then(Value::as_str), value)
        && let Some(ty) = type_of(elements)
    {
        for item in items.iter() {
            if let Err(why) = coerce(item.to_json(), ty, &Nowhere) {
                errors.push(format!(
                    "Elements value for option '{name}' is of type {} and we were unable to convert to {elements}: {why}",
                    item.type_name()
                ));
            }
        }
    }
    let Some(options) = option.get("options").and_then(Value::as_dict) else { return };
    match value {
        Value::Dict(dict) => check(options, dict, place, errors),
        Value::List(items) => {
            items.iter().filter_map(Value::as_dict).for_each(|dict| check(options, dict, place, errors))
        }
        _ => {}
    }
}

fn type_of(name: &str) -> Option<Type> {
    const TYPES: [Type; 11] = [
        Type::Str,
        Type::Bool,
        Type::Int,
        Type::Float,
        Type::List,
        Type::Dict,
        Type::Path,
        Type::Raw,
        Type::Json,
        Type::Bytes,
        Type::Bits,
    ];
    match name {
        "jsonarg" => Some(Type::Json),
        _ => TYPES.into_iter().find(|ty| ty.name() == name),
    }
}

/// Types are checked, values not used: paths need no host.
struct Nowhere;

impl Expand for Nowhere {
    fn variable(&self, _name: &str) -> Option<String> {
        None
    }
    fn home(&self, _user: Option<&str>) -> Option<String> {
        None
    }
}

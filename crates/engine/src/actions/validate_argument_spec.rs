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
        let mut findings = Findings::default();
        findings.check(spec, &given, &[]);
        Ok(Step::Done(result(context, spec, findings.all())))
    }
}

fn result(context: &ActionContext<'_>, spec: &Dict, errors: Vec<String>) -> Dict {
    let mut result = Dict::new();
    result.insert("changed", false.into());
    result.insert(
        "validate_args_context",
        context.args.get("validate_args_context").cloned().unwrap_or_else(|| Dict::new().into()),
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
    for (name, _) in named(spec) {
        let Some(rplay_template::Binding::Value(value)) = scope.lookup(name) else { continue };
        if let Some(value) = context.engine.templar.render(&scope, &value)? {
            given.insert(name, value);
        }
    }
    Ok(given)
}

/// What is wrong with parameters, in the order ansible-core says it.
#[derive(Default)]
struct Findings {
    errors: Vec<String>,
    /// Parameters that no specification knows, with those known where the last of them stands.
    unknown: Vec<String>,
    known: Vec<String>,
}

impl Findings {
    fn all(mut self) -> Vec<String> {
        if !self.unknown.is_empty() {
            self.unknown.sort();
            let (unknown, known) = (self.unknown.join(", "), self.known.join(", "));
            self.errors.push(format!("{unknown}. Supported parameters include: {known}."));
        }
        self.errors
    }

    /// Checks `given` against the options of `spec`, which stand in the options of `around`.
    fn check(&mut self, spec: &Dict, given: &Dict, around: &[&str]) {
        self.unsupported(spec, given, around);
        self.required(spec, given, around);
        let mut values = Dict::new();
        for (name, option) in named(spec) {
            if let Some(value) = value_of(name, option, given) {
                values.insert(name, self.converted(name, option, value, around));
            }
        }
        for (name, option) in named(spec) {
            if let Some(value) = values.get(name) {
                self.chosen(name, option, value, around);
            }
        }
        for (name, option) in named(spec) {
            if let Some(value) = values.get(name) {
                self.nested(name, option, value, around);
            }
        }
    }

    fn unsupported(&mut self, spec: &Dict, given: &Dict, around: &[&str]) {
        let known = |name: &str| {
            named(spec).any(|(own, option)| own == name || aliases(option).any(|alias| alias == name))
        };
        let unknown: Vec<&str> =
            given.keys().filter_map(|key| key.as_str()).filter(|name| !known(name)).collect();
        if unknown.is_empty() {
            return;
        }
        let prefix: String = around.iter().map(|name| format!("{name}.")).collect();
        self.unknown.extend(unknown.iter().map(|name| format!("{prefix}{name}")));
        self.known = named(spec).map(|(name, _)| name.to_owned()).collect();
        self.known.sort();
        let mut others: Vec<&str> = named(spec).flat_map(|(_, option)| aliases(option)).collect();
        others.sort_unstable();
        if let (Some(last), false) = (self.known.last_mut(), others.is_empty()) {
            last.push_str(&format!(" ({})", others.join(", ")));
        }
    }

    fn required(&mut self, spec: &Dict, given: &Dict, around: &[&str]) {
        let mut missing: Vec<&str> = named(spec)
            .filter(|(name, option)| {
                option.get("required").is_some_and(Value::is_true) && value_of(name, option, given).is_none()
            })
            .map(|(name, _)| name)
            .collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            let found = found_in(around);
            self.errors.push(format!("missing required arguments: {}{found}", missing.join(", ")));
        }
    }

    /// The value in the type wanted; as it is where it cannot be converted.
    fn converted(&mut self, name: &str, option: &Value, value: &Value, around: &[&str]) -> Value {
        let flag = |name: &str| option.get(name).is_some_and(Value::is_true);
        if value.is_none() && !flag("required") && option.get("default").is_none_or(Value::is_none) {
            return value.clone();
        }
        let wanted = option.get("type").and_then(Value::as_str).unwrap_or("str");
        let Some(ty) = type_of(wanted) else {
            let text = format!("Unsupported type '{wanted}' of argument '{name}' in the specification");
            self.errors.push(text);
            return value.clone();
        };
        let found = match around {
            [] => String::new(),
            _ => format!(" found in '{}'.", around.join(" -> ")),
        };
        let converted = match coerced(value, ty) {
            Ok(converted) => converted,
            Err(why) => {
                self.errors.push(format!(
                    "argument '{name}' is of type {}{found} and we were unable to convert to {wanted}: {why}",
                    value.type_name()
                ));
                return value.clone();
            }
        };
        match (option.get("elements").and_then(Value::as_str).and_then(type_of), &converted) {
            (Some(ty), Value::List(items)) => {
                Value::list(items.iter().map(|item| self.element(name, item, ty, around)).collect::<Vec<_>>())
            }
            _ => converted,
        }
    }

    fn element(&mut self, name: &str, item: &Value, ty: Type, around: &[&str]) -> Value {
        coerced(item, ty).unwrap_or_else(|why| {
            let found = match around {
                [] => String::new(),
                _ => format!(" found in '{}'", around.join(" -> ")),
            };
            self.errors.push(format!(
                "Elements value for option '{name}'{found} is of type {} and we were unable to convert to {}: {why}",
                item.type_name(),
                ty.name()
            ));
            item.clone()
        })
    }

    fn chosen(&mut self, name: &str, option: &Value, value: &Value, around: &[&str]) {
        let Some(choices) = option.get("choices").and_then(Value::as_list) else { return };
        let one_of = |value: &Value| {
            choices.iter().any(|choice| choice == value || choice.to_text() == value.to_text())
        };
        let listed = choices.iter().map(Value::to_text).collect::<Vec<_>>().join(", ");
        let found = found_in(around);
        match value {
            Value::List(items) => {
                let wrong: Vec<String> =
                    items.iter().filter(|item| !one_of(item)).map(Value::to_text).collect();
                if !wrong.is_empty() {
                    let wrong = wrong.join(", ");
                    self.errors.push(format!(
                        "value of {name} must be one or more of: {listed}. Got no match for: {wrong}{found}"
                    ));
                }
            }
            other if one_of(other) => {}
            other => self
                .errors
                .push(format!("value of {name} must be one of: {listed}, got: {}{found}", other.to_text())),
        }
    }

    /// The options of a dictionary, or of each in a list.
    fn nested(&mut self, name: &str, option: &Value, value: &Value, around: &[&str]) {
        let kind = |key: &str| option.get(key).and_then(Value::as_str);
        let has_options = kind("type") == Some("dict") || kind("elements") == Some("dict");
        let Some(options) = option.get("options").and_then(Value::as_dict).filter(|_| has_options) else {
            return;
        };
        let around = [around, &[name]].concat();
        let one = std::slice::from_ref(value);
        let items = match value {
            Value::None => return,
            Value::List(items) => items.as_slice(),
            _ => one,
        };
        for item in items {
            match item.as_dict() {
                Some(dict) => self.check(options, dict, &around),
                None => {
                    self.errors.push(format!("value of '{name}' must be of type dict or list of dicts"));
                }
            }
        }
    }
}

fn named(spec: &Dict) -> impl Iterator<Item = (&str, &Value)> {
    spec.iter().filter_map(|(key, option)| Some((key.as_str()?, option)))
}

fn aliases(option: &Value) -> impl Iterator<Item = &str> {
    option.get("aliases").and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_str)
}

fn value_of<'a>(name: &str, option: &Value, given: &'a Dict) -> Option<&'a Value> {
    given.get(name).or_else(|| aliases(option).find_map(|alias| given.get(alias)))
}

fn found_in(around: &[&str]) -> String {
    if around.is_empty() { String::new() } else { format!(" found in {}", around.join(" -> ")) }
}

fn coerced(value: &Value, ty: Type) -> Result<Value, String> {
    if value.is_none() && matches!(ty, Type::Int | Type::Float | Type::List | Type::Dict | Type::Bool) {
        return Err(match ty {
            Type::Int => "\"None\" cannot be converted to an int".to_owned(),
            other => {
                let name = other.name();
                format!("<class 'NoneType'> cannot be converted to a {name}")
            }
        });
    }
    coerce(value.to_json(), ty, &Nowhere).map(Value::from).map_err(|why| why.to_string())
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
        "json" | "jsonarg" => Some(Type::Json),
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

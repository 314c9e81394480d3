//! `--extra-vars`.

use crate::{Failure, config::expand, exit};
use rplay_playbook::args::{Free, pairs};
use rplay_value::{Dict, Origin, Str, Tag, Value, Vaulted};
use rplay_yaml::{Source, Trust};
use std::sync::Arc;

/// The variables of all `-e`, later ones over earlier ones: `@file`, YAML or JSON, or `key=value` text.
pub(crate) fn parse(
    given: &[String],
    files: &dyn Fn(&std::path::Path) -> std::io::Result<String>,
) -> Result<Dict, Failure> {
    let mut vars = Dict::new();
    for text in given {
        let one = if let Some(path) = text.strip_prefix('@') {
            let path = expand(path);
            let content = files(&path).map_err(|error| {
                Failure::new(
                    exit::ERROR,
                    format!("Unable to retrieve file contents of {}: {error}", path.display()),
                )
            })?;
            data(&path.to_string_lossy(), &content)?
        } else if text.trim_start().starts_with(['{', '[']) {
            data("<CLI option '-e'>", text)?
        } else if text.starts_with(['/', '.']) {
            return Err(Failure::new(
                exit::OPTIONS,
                format!("Please prepend extra_vars filename '{text}' with '@'"),
            ));
        } else {
            words(text)?
        };
        vars.extend(one);
    }
    Ok(vars)
}

fn data(name: &str, text: &str) -> Result<Dict, Failure> {
    let source = Source { name: name.into(), text: text.into() };
    let document = rplay_yaml::load(&source, Trust::Trusted)
        .map_err(|error| Failure::new(exit::PARSER, error.report()))?;
    let value = document.root.to_value();
    // What is JSON may have marks for what JSON has not.
    let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
    match if is_json { unmarked(&value) } else { value } {
        Value::Dict(dict) => Ok((*dict).clone()),
        Value::None => Ok(Dict::new()),
        _ => Err(Failure::new(
            exit::OPTIONS,
            format!("Invalid extra vars data supplied. '{name}' could not be made into a dictionary"),
        )),
    }
}

/// The data with its marks read: of text that is no template, and of encrypted text.
fn unmarked(value: &Value) -> Value {
    let mark = |dict: &Dict, name: &str| match dict.get(name) {
        Some(Value::Str(text)) if dict.len() == 1 => Some(text.clone()),
        _ => None,
    };
    match value {
        Value::Dict(dict) => {
            if let Some(text) = mark(dict, "__ansible_unsafe") {
                return Value::Str(text.untrusted());
            }
            if let Some(text) = mark(dict, "__ansible_vault") {
                let origin = text.origin().cloned();
                return Value::Vaulted(Arc::new(Vaulted { ciphertext: text.text().clone(), origin }));
            }
            Value::from(dict.iter().map(|(key, value)| (key.clone(), unmarked(value))).collect::<Dict>())
        }
        Value::List(items) => Value::list(items.iter().map(unmarked).collect::<Vec<_>>()),
        other => other.clone(),
    }
}

fn words(text: &str) -> Result<Dict, Failure> {
    let origin = Origin { file: "<CLI option '-e'>".into(), line: 0, column: 0 };
    let source = Str::tagged(text, Tag { trusted: true, origin: Some(origin), ..Tag::default() });
    pairs(&source, Free::No).map_err(|error| Failure::new(exit::ERROR, error.to_string()))
}

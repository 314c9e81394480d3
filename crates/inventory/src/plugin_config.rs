//! Files that configure an inventory plugin: YAML with a key `plugin`.

use crate::{Inventory, InventoryError, kinds, kinds::Candidate};
use rplay_value::{Dict, Value};
use rplay_yaml::{Trust, load};
use std::sync::Arc;

/// Reads the file with the plugin it names (`auto`).
pub(crate) fn auto(inventory: &mut Inventory, candidate: &Candidate<'_>) -> Result<(), InventoryError> {
    let root = load(&*candidate.source(inventory)?, Trust::Trusted)?.root.to_value();
    let shown = candidate.path.display();
    let name = root.get("plugin").filter(|name| name.is_true()).map(Value::to_text);
    let name = name.ok_or_else(|| {
        let problem = "is not a valid YAML inventory plugin config file";
        candidate.fault(format!("no root 'plugin' key found, '{shown}' {problem}"))
    })?;
    let kind = kinds::find(&name).ok_or_else(|| {
        candidate.fault(format!("inventory config '{shown}' specifies unknown plugin '{name}'"))
    })?;
    if kind.name == "auto" || !(kind.accepts)(candidate) {
        let problem =
            format!("inventory source '{shown}' could not be verified by inventory plugin '{name}'");
        return Err(candidate.fault(problem));
    }
    (kind.read)(inventory, candidate)
}

/// The configuration for `plugin`, if the file is one.
pub(crate) fn read(
    inventory: &Inventory,
    candidate: &Candidate<'_>,
    plugin: &str,
) -> Result<Arc<Dict>, InventoryError> {
    let root = load(&*candidate.source(inventory)?, Trust::Trusted)?.root.to_value();
    let dict = match root {
        Value::Dict(dict) if !dict.is_empty() => dict,
        other if !other.is_true() => {
            return Err(candidate.fault(format!("{} is empty", candidate.path.display())));
        }
        other => {
            return Err(candidate.fault(format!(
                "inventory source has invalid structure, it should be a dictionary, got: {}",
                other.type_name()
            )));
        }
    };
    let named = dict.get("plugin").map_or_else(|| "none found".to_owned(), Value::to_text);
    match kinds::find(&named) {
        Some(kind) if kind.name == plugin => Ok(dict),
        _ => Err(candidate.fault(format!("Incorrect plugin name in file: {named}"))),
    }
}

/// A boolean option.
pub(crate) fn flag(config: &Dict, key: &str, default: bool) -> Result<bool, InventoryError> {
    match config.get(key) {
        None | Some(Value::None) => Ok(default),
        Some(value) => boolean(value).ok_or_else(|| {
            InventoryError::Graph(format!(
                "Invalid value for the option '{key}': {} is no boolean",
                value.repr()
            ))
        }),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(bool) => Some(*bool),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Str(text) => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" => Some(true),
            "n" | "no" | "off" | "0" | "false" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

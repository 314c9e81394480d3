//! Inventories in TOML format.

use crate::{Inventory, InventoryError, model::GroupId, range};
use rplay_value::{Dict, Origin, Tag, Value};
use rplay_yaml::Source;

/// Reads a TOML inventory into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, source: &Source) -> Result<(), InventoryError> {
    let origin = Origin { file: source.name.clone(), line: 0, column: 0 };
    let tag = Tag { trusted: true, origin: Some(origin), ..Tag::default() };
    let groups = Dict::from_toml(&source.text, &tag)
        .map_err(|error| fault(format!("TOML file '{}' is invalid. {error}", source.name)))?;
    if groups.is_empty() {
        return Err(fault("Parsed empty TOML file"));
    }
    if groups.contains("plugin") {
        return Err(fault("Plugin configuration TOML file, not TOML inventory"));
    }
    let mut reader = Reader { inventory };
    for (name, data) in &groups {
        reader.group(&name.as_value().to_text(), data)?;
    }
    Ok(())
}

struct Reader<'a> {
    inventory: &'a mut Inventory,
}

impl Reader<'_> {
    fn group(&mut self, name: &str, data: &Value) -> Result<(), InventoryError> {
        let Value::Dict(data) = data else {
            self.inventory.warn(format!("Skipping '{name}' as this is not a valid group definition"));
            return Ok(());
        };
        let group = self.inventory.add_group(name)?;
        for (key, value) in data.iter() {
            match (key.as_str().unwrap_or_default(), value) {
                ("vars", Value::Dict(vars)) => {
                    for (key, value) in vars.iter() {
                        self.inventory.set_group_var(group, key.clone(), value.clone())?;
                    }
                }
                ("children", Value::List(children)) => self.children(group, children)?,
                ("hosts", Value::Dict(hosts)) => self.hosts(group, hosts)?,
                (key @ ("vars" | "hosts"), other) => return Err(wrong(key, name, "dict", other)),
                ("children", other) => return Err(wrong("children", name, "list", other)),
                (key, _) => self.inventory.warn(format!(
                    "Skipping unexpected key \"{key}\" in group \"{name}\", only \"vars\", \"children\" and \"hosts\" are valid"
                )),
            }
        }
        Ok(())
    }

    fn children(&mut self, group: GroupId, children: &[Value]) -> Result<(), InventoryError> {
        for child in children {
            let Some(name) = child.as_str() else {
                return Err(fault(format!(
                    "Invalid group name supplied, expected a string but got {} for {}",
                    class(child),
                    child.to_text()
                )));
            };
            let child = self.inventory.add_group(name)?;
            self.inventory.add_child(group, child)?;
        }
        Ok(())
    }

    fn hosts(&mut self, group: GroupId, hosts: &Dict) -> Result<(), InventoryError> {
        for (pattern, vars) in hosts {
            let (hosts, port) = range::expand_pattern(&pattern.as_value().to_text()).map_err(fault)?;
            let Value::Dict(vars) = vars else {
                return Err(fault(format!(
                    "Invalid data from file, expected dictionary and got:\n\n{}",
                    vars.to_text()
                )));
            };
            self.inventory.populate(&hosts, Some(group), port, vars)?;
        }
        Ok(())
    }
}

fn wrong(key: &str, group: &str, wanted: &str, found: &Value) -> InventoryError {
    fault(format!(
        "Invalid \"{key}\" entry for \"{group}\" group, requires a {wanted}, found \"{}\" instead.",
        class(found)
    ))
}

/// A type as Python shows it.
fn class(value: &Value) -> String {
    format!("<class '{}'>", value.type_name())
}

fn fault(message: impl Into<String>) -> InventoryError {
    InventoryError::Graph(message.into())
}

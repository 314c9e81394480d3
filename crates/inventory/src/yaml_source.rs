//! Inventories in YAML (and JSON) format.

use crate::{Inventory, InventoryError, Warning, model::GroupId, range};
use rplay_value::{Dict, Key, Value};
use rplay_yaml::{Kind, Node, Source, Trust, load};
use std::sync::Arc;

const MAX_DEPTH: usize = 100;

struct Reader<'a> {
    inventory: &'a mut Inventory,
    source: &'a Arc<Source>,
}

/// Reads a YAML inventory into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, source: &Arc<Source>) -> Result<(), InventoryError> {
    let document = load(source, Trust::Trusted)?;
    let mut reader = Reader { inventory, source };
    let root = &document.root;
    let Some(groups) = root.as_map() else {
        let message = match root.is_null() {
            true => "Parsed empty YAML file".to_owned(),
            false => format!(
                "YAML inventory has invalid structure, it should be a dictionary, got: {}",
                root.type_name()
            ),
        };
        return Err(reader.fault(root, message));
    };
    if let Some(plugin) = root.get("plugin").filter(|plugin| plugin.to_value().is_true()) {
        return Err(reader.fault(plugin, "Plugin configuration YAML file, not YAML inventory"));
    }
    for (name, data) in groups {
        reader.group(name, data, 0)?;
    }
    let warnings = document.warnings.iter().map(|warning| Warning::of_yaml(source, warning));
    reader.inventory.warnings.extend(warnings);
    Ok(())
}

impl Reader<'_> {
    fn fault(&self, node: &Node, message: impl Into<String>) -> InventoryError {
        InventoryError::Line {
            origin: self.source.clone(),
            line: node.span.line,
            column: node.span.column,
            message: message.into(),
        }
    }

    fn at(&self, node: &Node, error: InventoryError) -> InventoryError {
        match error {
            InventoryError::Graph(message) => self.fault(node, message),
            other => other,
        }
    }

    fn group(&mut self, name: &Node, data: &Node, depth: usize) -> Result<Option<GroupId>, InventoryError> {
        let Some(text) = name.as_str() else {
            let message =
                format!("Invalid group name supplied, expected a string but got {}", name.type_name());
            return Err(self.fault(name, message));
        };
        if depth > MAX_DEPTH {
            return Err(self.fault(name, "groups are nested too deeply"));
        }
        if data.as_map().is_none() && !data.is_null() {
            self.inventory.warn(format!("Skipping '{text}' as this is not a valid group definition"));
            return Ok(self.inventory.group(text));
        }
        let group = self.inventory.add_group(text).map_err(|error| self.at(name, error))?;
        for (key, value) in data.as_map().unwrap_or_default() {
            self.section(group, key, value, depth)?;
        }
        Ok(Some(group))
    }

    fn section(
        &mut self,
        group: GroupId,
        key: &Node,
        value: &Node,
        depth: usize,
    ) -> Result<(), InventoryError> {
        let name = key.to_value().to_text();
        let title = self.inventory.group_name(group).to_owned();
        let known = matches!(name.as_str(), "vars" | "children" | "hosts");
        let entries = match &value.kind {
            Kind::Map(entries) => entries.clone(),
            Kind::Scalar(Value::None) => return Ok(()),
            Kind::Scalar(Value::Str(_)) if known => {
                Arc::new(vec![(value.clone(), Node::scalar(value.span, Value::None))])
            }
            _ if known => {
                let found = value.type_name();
                let message = format!(
                    "Invalid \"{name}\" entry for \"{title}\" group, requires a dictionary, found \"{found}\" instead."
                );
                return Err(self.fault(value, message));
            }
            _ => {
                let found = value.type_name();
                self.inventory.warn(format!(
                    "Skipping key ({name}) in group ({title}) as it is not a mapping, it is a {found}"
                ));
                return Ok(());
            }
        };
        match name.as_str() {
            "vars" => self.vars(group, &entries),
            "children" => self.children(group, &entries, depth),
            "hosts" => self.hosts(group, &entries),
            _ => {
                self.inventory.warn(format!(
                    "Skipping unexpected key ({name}) in group ({title}), only \"vars\", \"children\" and \
                     \"hosts\" are valid"
                ));
                Ok(())
            }
        }
    }

    fn vars(&mut self, group: GroupId, entries: &[(Node, Node)]) -> Result<(), InventoryError> {
        for (key, value) in entries {
            if let Some(name) = Key::new(key.to_value()) {
                let set = self.inventory.set_group_var(group, name, value.to_value());
                set.map_err(|error| self.at(key, error))?;
            }
        }
        Ok(())
    }

    fn children(
        &mut self,
        group: GroupId,
        entries: &[(Node, Node)],
        depth: usize,
    ) -> Result<(), InventoryError> {
        for (key, value) in entries {
            let Some(child) = self.group(key, value, depth + 1)? else {
                let name = key.to_value().to_text();
                return Err(self.fault(key, format!("{name} is not a known host nor group")));
            };
            self.inventory.add_child(group, child).map_err(|error| self.at(key, error))?;
        }
        Ok(())
    }

    fn hosts(&mut self, group: GroupId, entries: &[(Node, Node)]) -> Result<(), InventoryError> {
        for (key, value) in entries {
            let Some(pattern) = key.as_str() else {
                let message = format!(
                    "Host pattern {} must be a string. Enclose integers/floats in quotation marks.",
                    key.to_value().to_text()
                );
                return Err(self.fault(key, message));
            };
            let (hosts, port) = range::expand_pattern(pattern).map_err(|problem| self.fault(key, problem))?;
            let vars = self.host_vars(value)?;
            let added = self.inventory.populate(&hosts, Some(group), port, &vars);
            added.map_err(|error| self.at(key, error))?;
        }
        Ok(())
    }

    fn host_vars(&self, node: &Node) -> Result<Dict, InventoryError> {
        match node.to_value() {
            Value::Dict(dict) => Ok((*dict).clone()),
            other if !other.is_true() => Ok(Dict::new()),
            other => {
                let message =
                    format!("Invalid data from file, expected dictionary and got: {}", other.repr());
                Err(self.fault(node, message))
            }
        }
    }
}

//! The `generator` plugin: a host for every combination of the items of its layers.

use crate::{Inventory, InventoryError, Templates, kinds::Candidate, model::Member, plugin_config};
use rplay_value::{Dict, Key, Value};
use std::sync::Arc;

/// More hosts than this are a mistake.
const MAX_HOSTS: usize = 1_000_000;
/// Parents above parents above parents …
const MAX_DEPTH: usize = 100;

/// Makes the hosts.
pub(crate) fn read(inventory: &mut Inventory, candidate: &Candidate<'_>) -> Result<(), InventoryError> {
    let config = plugin_config::read(inventory, candidate, "generator")?;
    let templates = candidate.options.templates();
    let layers = layers(&config)?;
    let hosts = config
        .get("hosts")
        .and_then(Value::as_dict)
        .ok_or_else(|| fault("'hosts' must be a dictionary with a 'name'"))?;
    let name = hosts.get("name").ok_or_else(|| fault("'hosts' lacks its 'name'"))?;
    let parents = hosts.get("parents").cloned().unwrap_or_else(|| Value::list([]));
    let count = layers.iter().try_fold(1_usize, |count, (_, items)| count.checked_mul(items.len()));
    let count = count.filter(|count| *count <= MAX_HOSTS);
    let count = count.ok_or_else(|| fault(format!("the layers stand for more than {MAX_HOSTS} hosts")))?;
    let mut generator = Generator { inventory, templates: &*templates };
    for index in 0..count {
        let vars = Arc::new(combination(&layers, index));
        let host = generator.text(name, &vars)?;
        let id = generator.inventory.add_host(&host, None)?;
        generator.parents(Member::Host(id), &host, &parents, &vars, 0)?;
    }
    Ok(())
}

type Layers<'a> = Vec<(&'a Key, &'a [Value])>;

fn layers(config: &Dict) -> Result<Layers<'_>, InventoryError> {
    let layers = config.get("layers").and_then(Value::as_dict);
    let layers = layers.ok_or_else(|| fault("'layers' must be a dictionary of lists"))?;
    let mut out = Layers::new();
    for (key, items) in layers {
        let items = items.as_list().ok_or_else(|| {
            fault(format!(
                "the layer '{}' must be a list, not {}",
                key.as_value().to_text(),
                items.type_name()
            ))
        })?;
        out.push((key, items));
    }
    Ok(out)
}

/// One of the combinations; the last layer changes fastest.
fn combination(layers: &Layers<'_>, mut index: usize) -> Dict {
    let mut picked: Vec<(Key, Value)> = Vec::with_capacity(layers.len());
    for (key, items) in layers.iter().rev() {
        picked.push(((*key).clone(), items[index % items.len()].clone()));
        index /= items.len();
    }
    picked.into_iter().rev().collect()
}

struct Generator<'a> {
    inventory: &'a mut Inventory,
    templates: &'a dyn Templates,
}

impl Generator<'_> {
    /// Only text is a template here; other data is kept for later.
    fn render(&self, value: &Value, vars: &Arc<Dict>) -> Result<Value, InventoryError> {
        match value {
            Value::Str(_) => self.templates.render(vars, value).map(Option::unwrap_or_default).map_err(fault),
            other => Ok(other.clone()),
        }
    }

    fn text(&self, value: &Value, vars: &Arc<Dict>) -> Result<String, InventoryError> {
        match self.render(value, vars)? {
            Value::Str(text) => Ok(text.to_string()),
            Value::None => Ok(String::new()),
            other => Err(fault(format!("Invalid name supplied, expected a string but got {}", other.repr()))),
        }
    }

    fn parents(
        &mut self,
        child: Member,
        child_name: &str,
        parents: &Value,
        vars: &Arc<Dict>,
        depth: usize,
    ) -> Result<(), InventoryError> {
        if depth > MAX_DEPTH {
            return Err(fault("the parents are nested too deeply"));
        }
        for parent in parents.as_list().unwrap_or_default() {
            let name = parent.get("name").cloned().unwrap_or_default();
            let name = self.text(&name, vars)?;
            if name.is_empty() {
                return Err(fault(format!("Element {child_name} has a parent with no name.")));
            }
            let group = self.inventory.add_group(&name)?;
            if let Some(Value::Dict(own)) = parent.get("vars") {
                for (key, value) in own.iter() {
                    let value = self.render(value, vars)?;
                    self.inventory.set_group_var(group, key.clone(), value)?;
                }
            }
            self.inventory.add_member(group, child)?;
            let above = parent.get("parents").cloned().unwrap_or_default();
            self.parents(Member::Group(group), &name, &above, vars, depth + 1)?;
        }
        Ok(())
    }
}

fn fault(message: impl Into<String>) -> InventoryError {
    InventoryError::Graph(message.into())
}

//! Variables as `ansible-inventory` shows them.

use crate::{Failure, exit, wiring::Opened};
use rplay_inventory::{GroupId, HostId, InventoryError};
use rplay_value::{Dict, Key, Value};
use std::path::Path;

/// Variables that exist by themselves and are not shown (`INTERNAL_STATIC_VARS`).
const INTERNAL: [&str; 33] = [
    "ansible_async_path",
    "ansible_collection_name",
    "ansible_config_file",
    "ansible_dependent_role_names",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_forks",
    "ansible_inventory_sources",
    "ansible_limit",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_role_names",
    "ansible_playbook_python",
    "ansible_role_name",
    "ansible_role_names",
    "ansible_run_tags",
    "ansible_skip_tags",
    "ansible_verbosity",
    "ansible_version",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
    "role_uuid",
];

/// Where variables come from.
pub(super) struct Vars<'a> {
    pub opened: &'a Opened,
    /// A directory whose `group_vars` and `host_vars` count as the inventory's own do.
    pub dir: Option<&'a Path>,
    /// The directory that stands in for a playbook's: that one, or the working directory.
    pub here: &'a Path,
    /// Only what is defined at the host or group itself.
    pub export: bool,
}

impl Vars<'_> {
    /// A host's variables.
    pub(super) fn of_host(&self, host: HostId) -> Result<Dict, Failure> {
        let inventory = &self.opened.inventory;
        if self.export {
            return inventory.own_host_vars(host, self.dir).map(shown).map_err(failure);
        }
        let merge = inventory.merges();
        let layers = inventory.host_vars(host, Some(self.here)).map_err(failure)?;
        let mut vars = layers.merged(merge);
        let cached = self.opened.facts.as_ref().map(|cache| cache.get(inventory.host_name(host)));
        let cached = cached.transpose().map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
        if let Some(facts) = cached.flatten() {
            self.add_facts(&mut vars, &facts);
        }
        Ok(shown(combined(vars, &self.opened.settings.extra_vars, merge)))
    }

    /// Facts under their own names, as far as they are.
    fn add_facts(&self, vars: &mut Dict, facts: &Dict) {
        let own = self.opened.settings.inject_facts;
        for (key, value) in facts {
            let name = key.as_str().unwrap_or_default();
            if (own || name == "ansible_local") && !name.starts_with('_') {
                vars.insert(key.clone(), value.clone());
            }
        }
    }

    /// A group's own variables.
    pub(super) fn of_group(&self, group: GroupId) -> Result<Dict, Failure> {
        let inventory = &self.opened.inventory;
        let mut vars = inventory.group_vars(group, self.dir).map_err(failure)?;
        if inventory.group_priority(group) != 1 {
            vars.insert("ansible_group_priority", inventory.group_priority(group).into());
        }
        Ok(shown(vars))
    }
}

fn failure(error: InventoryError) -> Failure {
    Failure::new(exit::ERROR, error.report())
}

fn combined(below: Dict, above: &Dict, merge: bool) -> Dict {
    let mut out = below;
    for (key, value) in above {
        let value = match (merge, out.get_key(key), value) {
            (true, Some(Value::Dict(below)), Value::Dict(above)) => {
                combined((**below).clone(), above, true).into()
            }
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    out
}

fn shown(mut vars: Dict) -> Dict {
    for name in INTERNAL {
        vars.remove(name);
    }
    vars
}

/// The data with marks for what JSON has not: encrypted text, and among variables text that is no template.
pub(super) fn marked(data: &Value) -> Value {
    mark(data, &mut Vec::new())
}

/// Whether what stands at the path is part of a variable.
fn is_variable(path: &[String]) -> bool {
    let at = |index: usize| path.get(index).map(String::as_str);
    (path.len() >= 4 && at(0) == Some("_meta") && at(1) == Some("hostvars"))
        || (path.len() >= 3 && at(1) == Some("vars"))
}

fn mark(value: &Value, path: &mut Vec<String>) -> Value {
    match value {
        Value::Str(text) if !text.is_trusted() && is_variable(path) => {
            Value::dict([("__ansible_unsafe", Value::from(text.as_str()))])
        }
        Value::Vaulted(vaulted) => Value::dict([("__ansible_vault", Value::from(&*vaulted.ciphertext))]),
        Value::List(items) => {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                path.push(index.to_string());
                out.push(mark(item, path));
                path.pop();
            }
            Value::list(out)
        }
        Value::Dict(entries) => {
            let mut out: Vec<(Key, Value)> = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                path.push(key.as_value().to_text());
                out.push((key.clone(), mark(value, path)));
                path.pop();
            }
            Value::from(out.into_iter().collect::<Dict>())
        }
        other => other.clone(),
    }
}

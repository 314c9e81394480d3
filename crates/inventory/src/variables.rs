//! The variables that sources give to the groups and hosts of the graph.

use crate::{GroupId, HostId, Inventory, InventoryError, files::combined};
use rplay_value::{Dict, Key, Value};
use std::sync::Arc;

impl Inventory {
    /// Sets a group's variable; `ansible_group_priority` sets its priority.
    ///
    /// # Errors
    /// For a priority that is no integer.
    pub fn set_group_var(&mut self, group: GroupId, key: Key, value: Value) -> Result<(), InventoryError> {
        if key.as_str() == Some("ansible_group_priority") {
            let number = value.as_int().or_else(|| value.to_text().trim().parse().ok());
            let number = number.ok_or_else(|| {
                InventoryError::Graph(format!(
                    "ansible_group_priority of group '{}' must be an integer, not {}",
                    self.group_name(group),
                    value.repr()
                ))
            })?;
            if let Some(group) = self.group_mut(group) {
                group.priority = number;
            }
        } else if let Some((_, group)) = self.groups.get_index_mut(group.0) {
            put(&mut group.vars, key, value, self.rules.merge_hashes);
        }
        Ok(())
    }

    /// Sets a host's variable.
    pub fn set_host_var(&mut self, host: HostId, key: Key, value: Value) {
        let merge = self.rules.merge_hashes;
        if let Some(host) = self.host_mut(host) {
            put(&mut host.vars, key, value, merge);
        }
    }

    /// Sets a variable of the host, or of the group that has its name, as Ansible does.
    pub(crate) fn set_named_var(
        &mut self,
        host: HostId,
        key: Key,
        value: Value,
    ) -> Result<(), InventoryError> {
        match self.group(&self.host_name(host).clone()) {
            Some(group) => self.set_group_var(group, key, value),
            None => {
                self.set_host_var(host, key, value);
                Ok(())
            }
        }
    }

    /// Makes the variables of files beside the sources those of the groups and hosts themselves.
    pub(crate) fn absorb_files(&mut self) -> Result<(), InventoryError> {
        let merge = self.rules.merge_hashes;
        for group in self.groups().collect::<Vec<_>>() {
            let found = self.files_of_group(group)?;
            if let Some((_, group)) = self.groups.get_index_mut(group.0) {
                found.iter().for_each(|vars| group.vars = Arc::new(combined(&group.vars, vars, merge)));
            }
        }
        for host in self.hosts() {
            let found = self.files_of_host(host)?;
            if let Some(host) = self.host_mut(host) {
                found.iter().for_each(|vars| host.vars = Arc::new(combined(&host.vars, vars, merge)));
            }
        }
        Ok(())
    }

    /// Adds hosts of an inventory file to a group with their variables. A name that is also a group's sets
    /// that group's variables, as in Ansible.
    pub(crate) fn populate(
        &mut self,
        hosts: &[String],
        group: Option<GroupId>,
        port: Option<u32>,
        vars: &Dict,
    ) -> Result<(), InventoryError> {
        for name in hosts {
            let host = self.add_host(name, port)?;
            if let Some(group) = group {
                self.add_host_to_group(group, host);
            }
            let namesake = self.group(name);
            for (key, value) in vars {
                // Hosts of one line share their text, not their containers.
                let value = if hosts.len() > 1 { unshared(value) } else { value.clone() };
                match namesake {
                    Some(group) => self.set_group_var(group, key.clone(), value)?,
                    None => self.set_host_var(host, key.clone(), value),
                }
            }
        }
        Ok(())
    }
}

/// Sets an entry; where dictionaries are merged, one over another keeps the entries of both.
fn put(vars: &mut Arc<Dict>, key: Key, value: Value, merge: bool) {
    let value = match (merge, vars.get_key(&key), value) {
        (true, Some(Value::Dict(below)), Value::Dict(above)) => combined(below, &above, true).into(),
        (_, _, value) => value,
    };
    Arc::make_mut(vars).insert(key, value);
}

/// The same data in containers of its own.
fn unshared(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.iter().map(unshared).collect::<Vec<_>>()),
        Value::Dict(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), unshared(value))).collect::<Dict>().into()
        }
        other => other.clone(),
    }
}

//! Inventory scripts: executables that print JSON.

use crate::{Inventory, InventoryError, model::GroupId};
use indexmap::IndexSet;
use rplay_value::{Dict, Key, Origin, Str, Tag, Value, Vaulted};
use serde_json::{Map, Value as Json};
use std::{path::Path, process::Command, sync::Arc};

/// Runs a script and reads what it prints into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, path: &Path) -> Result<(), InventoryError> {
    Reader { path, hosts: IndexSet::new(), inventory }.read()
}

struct Reader<'a> {
    path: &'a Path,
    hosts: IndexSet<String>,
    inventory: &'a mut Inventory,
}

impl Reader<'_> {
    fn fault(&self, message: impl Into<String>) -> InventoryError {
        InventoryError::Content { name: self.path.display().to_string(), message: message.into() }
    }

    fn read(&mut self) -> Result<(), InventoryError> {
        let text = self.run(&["--list"])?;
        let Ok(Json::Object(mut data)) = serde_json::from_str(&text) else {
            return Err(self.fault("Inventory script result could not be parsed as JSON."));
        };
        let meta = data.shift_remove("_meta");
        for (name, value) in data {
            self.group(&name, value)?;
        }
        match meta.as_ref().and_then(|meta| meta.get("hostvars")) {
            Some(Json::Object(hostvars)) => self.vars_from_meta(hostvars),
            Some(_) => Err(self.fault("Value contains '_meta.hostvars' which is not a dictionary")),
            None => self.vars_from_calls(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<String, InventoryError> {
        let output = Command::new(self.path)
            .args(arguments)
            .output()
            .map_err(|error| self.fault(format!("Failed to execute inventory script: {error}")))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            let code = output.status.code().map_or_else(|| "a signal".into(), |code| code.to_string());
            return Err(self.fault(format!(
                "Inventory script returned non-zero exit code {code}. Standard error: {}",
                errors.trim()
            )));
        }
        String::from_utf8(output.stdout).map_err(|_| {
            self.fault("Inventory script result contained characters that cannot be interpreted as UTF-8.")
        })
    }

    fn group(&mut self, name: &str, data: Json) -> Result<(), InventoryError> {
        let group = self.inventory.add_group(name)?;
        let data = match data {
            Json::Object(data) if ["hosts", "vars", "children"].iter().any(|key| data.contains_key(*key)) => {
                data
            }
            Json::Object(vars) => {
                self.inventory
                    .warn(format!("Treating malformed group '{name}' as the sole host of that group."));
                Map::from_iter([
                    ("hosts".to_owned(), Json::from(vec![name])),
                    ("vars".to_owned(), Json::Object(vars)),
                ])
            }
            hosts => Map::from_iter([("hosts".to_owned(), hosts)]),
        };
        for (key, value) in data {
            match (key.as_str(), value) {
                ("hosts", Json::Array(hosts)) => self.group_hosts(group, &hosts)?,
                ("vars", Json::Object(vars)) => {
                    for (key, value) in vars {
                        let value = self.value(value);
                        self.inventory.set_group_var(group, Key::from(key), value)?;
                    }
                }
                ("children", Json::Array(children)) => {
                    for child in children.iter().filter_map(Json::as_str) {
                        let child = self.inventory.add_group(child)?;
                        self.inventory.add_child(group, child)?;
                    }
                }
                (key @ ("hosts" | "vars" | "children"), _) => {
                    return Err(self.fault(format!("Value contains '{name}.{key}' of a wrong type")));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn group_hosts(&mut self, group: GroupId, hosts: &[Json]) -> Result<(), InventoryError> {
        for host in hosts {
            let name =
                host.as_str().ok_or_else(|| self.fault(format!("the host name {host} is not a string")))?;
            let id = self.inventory.add_host(name, None)?;
            self.inventory.add_host_to_group(group, id);
            self.hosts.insert(name.to_owned());
        }
        Ok(())
    }

    fn vars_from_meta(&mut self, hostvars: &Map<String, Json>) -> Result<(), InventoryError> {
        for host in std::mem::take(&mut self.hosts) {
            match hostvars.get(&host) {
                Some(Json::Object(vars)) => self.host_vars(&host, vars.clone())?,
                Some(_) => return Err(self.fault(format!("the variables of {host} are not a dictionary"))),
                None => {}
            }
        }
        Ok(())
    }

    /// Scripts without `_meta.hostvars` are asked for each host.
    fn vars_from_calls(&mut self) -> Result<(), InventoryError> {
        self.inventory.warn(
            "Inventory scripts should always provide '_meta.hostvars'. Host variables are collected by running \
             the script with '--host' for each host.",
        );
        for host in std::mem::take(&mut self.hosts) {
            let text = self.run(&["--host", &host])?;
            if text.trim().is_empty() {
                continue;
            }
            let Ok(Json::Object(vars)) = serde_json::from_str(&text) else {
                let message =
                    format!("Inventory script result for host '{host}' could not be parsed as JSON.");
                return Err(self.fault(message));
            };
            self.host_vars(&host, vars)?;
        }
        Ok(())
    }

    fn host_vars(&mut self, host: &str, vars: Map<String, Json>) -> Result<(), InventoryError> {
        let vars: Dict = vars.into_iter().map(|(key, value)| (Key::from(key), self.value(value))).collect();
        self.inventory.populate(&[host.to_owned()], None, None, &vars)
    }

    fn origin(&self) -> Origin {
        let file = format!("<inventory script output from {}>", self.path.display());
        Origin { file: file.into(), line: 0, column: 0 }
    }

    /// Strings may be templates; `{"__ansible_unsafe": …}` may not, `{"__ansible_vault": …}` is encrypted.
    fn value(&self, json: Json) -> Value {
        match json {
            Json::String(text) => Value::Str(Str::tagged(
                text,
                Tag { trusted: true, origin: Some(self.origin()), ..Tag::default() },
            )),
            Json::Array(items) => {
                Value::list(items.into_iter().map(|item| self.value(item)).collect::<Vec<_>>())
            }
            Json::Object(entries) => self.object(entries),
            other => Value::from(other),
        }
    }

    fn object(&self, mut entries: Map<String, Json>) -> Value {
        if let Some(Json::String(text)) = entries.get("__ansible_unsafe") {
            return Value::from(text.as_str());
        }
        if let Some(Json::String(text)) = entries.get("__ansible_vault") {
            let vaulted = Vaulted { ciphertext: text.as_str().into(), origin: Some(self.origin()) };
            return Value::Vaulted(Arc::new(vaulted));
        }
        let entries = std::mem::take(&mut entries);
        Value::from(
            entries.into_iter().map(|(key, value)| (Key::from(key), self.value(value))).collect::<Dict>(),
        )
    }
}

//! Inventory scripts: executables that print JSON.

use crate::{Inventory, InventoryError, kinds::Candidate, model::GroupId};
use indexmap::IndexSet;
use rplay_value::{Dict, Key, Origin, Str, Tag, Value, Vaulted};
use serde_json::{Map, Value as Json};
use std::{path::Path, process::Command, sync::Arc};

/// Runs a script and reads what it prints into `inventory`.
pub(crate) fn read(inventory: &mut Inventory, candidate: &Candidate<'_>) -> Result<(), InventoryError> {
    let show_errors = candidate.options.show_script_errors;
    Reader { path: candidate.path, hosts: IndexSet::new(), inventory, show_errors }.read()
}

/// What a script printed.
struct Output {
    text: String,
    /// What it said on standard error.
    errors: String,
}

struct Reader<'a> {
    path: &'a Path,
    hosts: IndexSet<String>,
    inventory: &'a mut Inventory,
    show_errors: bool,
}

impl Reader<'_> {
    fn fault(&self, message: impl Into<String>) -> InventoryError {
        InventoryError::Content { name: self.path.display().to_string(), message: message.into() }
    }

    /// An error with what the script said.
    fn fault_of(&self, message: impl Into<String>, errors: &str) -> InventoryError {
        let message = message.into();
        match errors.trim() {
            "" => self.fault(message),
            said => self.fault(format!("{message} Standard error from inventory script: {said}")),
        }
    }

    fn read(&mut self) -> Result<(), InventoryError> {
        let output = self.run(&["--list"])?;
        let mut data = profiled(&output.text).map_err(|problem| {
            let message = format!("Unable to get JSON decoder for inventory script result. {problem}");
            self.fault_of(message, &output.errors)
        })?;
        sound(std::iter::once(&Json::Object(data.clone()))).map_err(|problem| {
            let message = format!("Inventory script result could not be parsed as JSON. {problem}");
            self.fault_of(message, &output.errors)
        })?;
        if self.show_errors && !output.errors.trim().is_empty() {
            self.inventory.complain(output.errors.trim());
        }
        let hostvars =
            match data.shift_remove("_meta").and_then(|mut meta| meta.get_mut("hostvars").map(Json::take)) {
                None => None,
                Some(Json::Object(hostvars)) => Some(hostvars),
                Some(other) => return Err(self.wrong("_meta.hostvars", &other, "dict")),
            };
        for (name, value) in data {
            self.group(&name, value)?;
        }
        match hostvars {
            Some(hostvars) => self.vars_from_meta(&hostvars),
            None => self.vars_from_calls(),
        }
    }

    fn wrong(&self, what: &str, found: &Json, wanted: &str) -> InventoryError {
        self.fault(format!("Value contains '{what}' which is '{}' instead of '{wanted}'.", type_name(found)))
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, InventoryError> {
        let output = Command::new(self.path).args(arguments).output().map_err(|error| {
            let shown = format!("{} {}", self.path.display(), arguments.join(" "));
            self.fault(format!("Failed to execute inventory script command '{shown}'. {error}"))
        })?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            let code = output.status.code().map_or_else(|| "a signal".into(), |code| code.to_string());
            let message = format!("Inventory script returned non-zero exit code {code}.");
            return Err(self.fault_of(message, &errors));
        }
        match String::from_utf8(output.stdout) {
            Ok(text) => Ok(Output { text, errors }),
            Err(_) => {
                let problem = "contained characters that cannot be interpreted as UTF-8.";
                Err(self.fault_of(format!("Inventory script result {problem}"), &errors))
            }
        }
    }

    fn group(&mut self, name: &str, data: Json) -> Result<(), InventoryError> {
        let group = self.inventory.add_group(name)?;
        let mut trusted = true;
        let data = match data {
            Json::Object(data) if ["hosts", "vars", "children"].iter().any(|key| data.contains_key(*key)) => {
                data
            }
            Json::Object(vars) => {
                trusted = false;
                self.inventory.deprecate(format!(
                    "Treating malformed group '{name}' as the sole host of that group. Variables provided in \
                     this manner cannot be templated."
                ));
                Map::from_iter([
                    ("hosts".to_owned(), Json::from(vec![name])),
                    ("vars".to_owned(), Json::Object(vars)),
                ])
            }
            hosts => {
                self.inventory.deprecate(format!(
                    "Group '{name}' was converted to 'dict' from '{}'.",
                    type_name(&hosts)
                ));
                Map::from_iter([("hosts".to_owned(), hosts)])
            }
        };
        match data.get("hosts") {
            None => {}
            Some(Json::Array(hosts)) => self.group_hosts(group, hosts)?,
            Some(other) => return Err(self.wrong(&format!("{name}.hosts"), other, "list")),
        }
        match data.get("vars") {
            None => {}
            Some(Json::Object(vars)) => {
                for (key, value) in vars {
                    let value = self.value(value.clone()).with_trust_of(trusted);
                    self.inventory.set_group_var(group, Key::from(key.as_str()), value)?;
                }
            }
            Some(other) => return Err(self.wrong(&format!("{name}.vars"), other, "dict")),
        }
        self.children(group, name, data.get("children"))
    }

    fn children(
        &mut self,
        group: GroupId,
        name: &str,
        children: Option<&Json>,
    ) -> Result<(), InventoryError> {
        let children = match children {
            None => return Ok(()),
            Some(Json::Array(children)) => children,
            Some(other) => return Err(self.wrong(&format!("{name}.children"), other, "list")),
        };
        for child in children {
            let child = child.as_str().ok_or_else(|| {
                let found = type_name(child);
                self.fault(format!(
                    "Invalid group name supplied, expected a string but got {found} for {child}"
                ))
            })?;
            let child = self.inventory.add_group(child)?;
            self.inventory.add_child(group, child)?;
        }
        Ok(())
    }

    fn group_hosts(&mut self, group: GroupId, hosts: &[Json]) -> Result<(), InventoryError> {
        for host in hosts {
            let name = host.as_str().ok_or_else(|| {
                let found = type_name(host);
                self.fault(format!(
                    "Invalid host name supplied, expected a string but got {found} for {host}"
                ))
            })?;
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
                Some(other) => {
                    let problem = "Invalid data from file, expected dictionary and got";
                    return Err(self.fault(format!("{problem}: {other}")));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Scripts without `_meta.hostvars` are asked for each host.
    fn vars_from_calls(&mut self) -> Result<(), InventoryError> {
        self.inventory.deprecate(
            "Inventory scripts should always provide 'meta.hostvars'. Host variables will be collected by \
             running the inventory script with the '--host' option for each host.",
        );
        for host in std::mem::take(&mut self.hosts) {
            let output = self.run(&["--host", &host])?;
            if output.text.trim().is_empty() {
                continue;
            }
            let Ok(Json::Object(vars)) = serde_json::from_str(&output.text) else {
                let message =
                    format!("Inventory script result for host '{host}' could not be parsed as JSON.");
                return Err(self.fault_of(message, &output.errors));
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

    fn object(&self, entries: Map<String, Json>) -> Value {
        if let Some(Json::String(text)) = entries.get("__ansible_unsafe") {
            return Value::from(text.as_str());
        }
        if let Some(Json::String(text)) = entries.get("__ansible_vault") {
            let vaulted = Vaulted { ciphertext: text.as_str().into(), origin: Some(self.origin()) };
            return Value::Vaulted(Arc::new(vaulted));
        }
        Value::from(
            entries.into_iter().map(|(key, value)| (Key::from(key), self.value(value))).collect::<Dict>(),
        )
    }
}

trait Trust {
    /// The value as it is, or with no string in it allowed to be a template.
    fn with_trust_of(self, trusted: bool) -> Self;
}

impl Trust for Value {
    fn with_trust_of(self, trusted: bool) -> Self {
        if trusted { self } else { self.with_trust(false) }
    }
}

/// The top-level entries, if the text is JSON of a profile for inventories.
fn profiled(text: &str) -> Result<Map<String, Json>, String> {
    let data: Json =
        serde_json::from_str(text).map_err(|error| format!("Value could not be parsed as JSON. {error}"))?;
    let Json::Object(data) = data else {
        return Err(format!("Value is '{}' instead of 'dict'.", type_name(&data)));
    };
    let meta = match data.get("_meta") {
        None => return Ok(data),
        Some(Json::Object(meta)) => meta,
        Some(other) => {
            return Err(format!("Value contains '_meta' which is '{}' instead of 'dict'.", type_name(other)));
        }
    };
    match meta.get("profile") {
        None => Ok(data),
        Some(Json::String(name)) if name == "inventory_legacy" => Ok(data),
        Some(Json::String(name)) if name.starts_with("inventory_") => {
            Err(format!("Unknown profile name '{name}'"))
        }
        Some(Json::String(name)) => Err(format!("Non-inventory profile '{name}' is not allowed.")),
        Some(other) => {
            Err(format!("Value contains '_meta.profile' which is '{}' instead of 'str'.", type_name(other)))
        }
    }
}

/// Whether markers of untrusted and encrypted text hold text. The JSON parser bounds how deep this goes.
fn sound<'a>(values: impl Iterator<Item = &'a Json>) -> Result<(), String> {
    for value in values {
        match value {
            Json::Array(items) => sound(items.iter())?,
            Json::Object(entries) => {
                for marker in ["__ansible_unsafe", "__ansible_vault"] {
                    if let Some(other) = entries.get(marker).filter(|value| !value.is_string()) {
                        return Err(format!("{marker} is '{}' instead of 'str'.", type_name(other)));
                    }
                }
                sound(entries.values())?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn type_name(json: &Json) -> &'static str {
    match json {
        Json::Null => "NoneType",
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_i64() || number.is_u64() => "int",
        Json::Number(_) => "float",
        Json::String(_) => "str",
        Json::Array(_) => "list",
        Json::Object(_) => "dict",
    }
}

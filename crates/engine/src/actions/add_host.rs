//! `add_host`: a host for the rest of the run.

use super::{Action, ActionContext, Step};
use crate::{error::TaskError, hosts::Addition};
use rplay_value::{Dict, Key, Str, Value};
use std::sync::PoisonError;

/// `add_host`.
pub(super) struct AddHost;

const SPECIAL: &[&str] = &["name", "hostname", "host", "group", "groups", "groupname"];

impl Action for AddHost {
    fn name(&self) -> &'static str {
        "add_host"
    }

    fn once(&self) -> bool {
        true
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        let args = merged(&context.args)?;
        let first = |names: &[&str]| names.iter().find_map(|name| args.get(name).filter(|v| v.is_true()));
        let name = first(&["name", "hostname", "host"])
            .map(Value::to_text)
            .ok_or_else(|| TaskError::refused("name, host or hostname needs to be provided"))?;
        let groups = match first(&["groupname", "groups", "group"]) {
            None => Vec::new(),
            Some(value) => group_names(value)?,
        };
        let (name, port) = host_and_port(name);
        let mut vars: Dict = args
            .iter()
            .filter(|(key, _)| !key.as_str().is_some_and(|key| SPECIAL.contains(&key)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if let Some(port) = port {
            vars.insert("ansible_ssh_port", i64::from(port).into());
        }
        let wanted =
            Addition::Host { name: name.as_str().into(), groups: groups.clone(), vars: vars.clone() };
        let changed = changes(context, &name, &groups, &vars) && is_first(context, wanted);
        let mut add = Dict::new();
        add.insert("host_name", name.into());
        add.insert("groups", Value::list(groups.into_iter().map(Value::from)));
        add.insert("host_vars", vars.into());
        let mut result = Dict::new();
        result.insert("changed", changed.into());
        result.insert("add_host", add.into());
        Ok(Step::Done(result))
    }
}

/// `host:port` as inventories have it; what cannot be read so is a name.
fn host_and_port(text: String) -> (String, Option<u16>) {
    let split = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    match split.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host.trim_start_matches('[').trim_end_matches(']').to_owned(), Some(port)),
        None => (text, None),
    }
}

/// False where an earlier item of the same loop asked for the same.
fn is_first(context: &ActionContext<'_>, wanted: Addition) -> bool {
    let mut asked = context.engine.asked_hosts.lock().unwrap_or_else(PoisonError::into_inner);
    let first = !asked.contains(&wanted);
    if first {
        asked.push(wanted);
    }
    first
}

/// All arguments, when some stand in one dictionary (`add_host: "{{ host }}"`).
fn merged(args: &Dict) -> Result<Dict, TaskError> {
    let mut own = args.clone();
    let mut all = match own.remove("_raw_params") {
        None => Dict::new(),
        Some(Value::Dict(dict)) => dict.as_ref().clone(),
        Some(other) => {
            return Err(TaskError::refused(format!(
                "Invalid raw parameters passed, requires a dictionary/mapping got a {}",
                other.type_name()
            )));
        }
    };
    all.extend(own);
    Ok(all)
}

/// Whether the inventory lacks the host, a group of it or a variable.
fn changes(context: &ActionContext<'_>, name: &str, groups: &[Str], vars: &Dict) -> bool {
    let inventory = context.engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
    let Some(host) = inventory.host(name) else { return true };
    let known = inventory.host_groups(host);
    let layers = context.engine.hosts.get(name).map(|host| host.inventory()).unwrap_or_default();
    let has = |key: &Key, value: &Value| {
        key.as_str().is_some_and(|key| layers.iter().any(|layer| layer.get(key) == Some(value)))
    };
    groups.iter().any(|group| !known.contains(&group.as_str()))
        || vars.iter().any(|(key, value)| !has(key, value))
}

fn group_names(value: &Value) -> Result<Vec<Str>, TaskError> {
    match value {
        Value::List(items) => Ok(items.iter().map(|item| item.to_text().trim().into()).collect()),
        Value::Str(text) => Ok(text.split(',').map(|group| group.trim().into()).collect()),
        _ => Err(TaskError::failed("Groups must be specified as a list.")),
    }
}

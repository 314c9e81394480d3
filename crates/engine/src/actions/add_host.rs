//! `add_host`: a host for the rest of the run.

use super::{Action, ActionContext, Step};
use crate::error::TaskError;
use rplay_value::{Dict, Str, Value};

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
        let first =
            |names: &[&str]| names.iter().find_map(|name| context.args.get(name).filter(|v| v.is_true()));
        let name = first(&["name", "hostname", "host"])
            .map(Value::to_text)
            .ok_or_else(|| TaskError::failed("name, host or hostname needs to be provided"))?;
        let groups = match first(&["groupname", "groups", "group"]) {
            None => Vec::new(),
            Some(value) => group_names(value)?,
        };
        let vars: Dict = context
            .args
            .iter()
            .filter(|(key, _)| !key.as_str().is_some_and(|key| SPECIAL.contains(&key)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut add = Dict::new();
        add.insert("host_name", name.into());
        add.insert("groups", Value::list(groups.into_iter().map(Value::from)));
        add.insert("host_vars", vars.into());
        let mut result = Dict::new();
        result.insert("changed", false.into());
        result.insert("add_host", add.into());
        Ok(Step::Done(result))
    }
}

fn group_names(value: &Value) -> Result<Vec<Str>, TaskError> {
    match value {
        Value::List(items) => Ok(items.iter().map(|item| item.to_text().trim().into()).collect()),
        Value::Str(text) => Ok(text.split(',').map(|group| group.trim().into()).collect()),
        _ => Err(TaskError::failed("Groups must be specified as a list.")),
    }
}

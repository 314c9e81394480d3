//! Argument specifications: the check that comes before a role's own tasks.

use super::files::Wanted;
use crate::{
    Entry, Place, Role, Task,
    load::{Loader, Reading, Result},
};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// The specifications of `meta/argument_specs.yml` with their place, if the role has that file.
pub(super) fn of_file(wanted: &Wanted<'_>, loader: &Loader) -> Result<Option<(Option<Value>, Place)>> {
    let name = Str::new("argument_specs");
    let exists = ["yml", "yaml", "json"]
        .iter()
        .any(|extension| wanted.role.join("meta").join(format!("argument_specs.{extension}")).exists());
    if !exists {
        return Ok(None);
    }
    let wanted = Wanted { subdir: "meta", from: Some(&name), ..*wanted };
    let Some(document) = wanted.document(loader)? else { return Ok(None) };
    let specs = document.root.get("argument_specs").map(|node| node.to_value()).filter(Value::is_true);
    Ok(Some((specs, Reading::start_of(&document))))
}

/// The task that checks the parameters of the role's entry point, if that has a specification.
pub(super) fn task(role: &Arc<Role>, place: &Place) -> Option<Entry> {
    let entry = role.from.tasks.as_ref().map_or("main", |name| name.as_str());
    let spec = role.meta.argument_specs.as_ref()?.get(entry).filter(|spec| spec.is_true())?;
    let mut name = format!("Validating arguments against arg spec '{entry}'");
    if let Some(description) = spec.get("short_description") {
        name.push_str(&format!(" - {}", description.to_text()));
    }
    let context = Value::dict([
        ("type", Value::from("role")),
        ("name", Value::Str(role.name.clone())),
        ("argument_spec_name", Value::from(entry)),
        ("path", Value::from(role.path.to_string_lossy().into_owned())),
    ]);
    let options = spec.get("options").cloned().unwrap_or_else(|| Value::from(Dict::new()));
    let mut args = Dict::new();
    args.insert("argument_spec", options);
    args.insert("provided_arguments", Value::Dict(role.params.clone()));
    args.insert("validate_args_context", context);
    let mut task = Task::unwritten("ansible.builtin.validate_argument_spec", args, place.clone());
    task.name = Some(Str::trusted(name));
    task.keywords.tags.push("always".into());
    task.role = Some(role.clone());
    Some(Entry::Task(Arc::new(task)))
}

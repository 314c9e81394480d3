//! Argument specifications: the check that comes before a role's own tasks.

use super::files::Wanted;
use crate::{
    Action, Entry, Keywords, LoopControl, Place, Role, Task,
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
    Some(Entry::Task(Arc::new(Task {
        name: Some(Str::trusted(name)),
        action: Action {
            name: "ansible.builtin.validate_argument_spec".into(),
            args: Arc::new(args),
            template: None,
            span: place.span,
        },
        keywords: Keywords { tags: vec![Value::from("always")], ..Keywords::default() },
        r#loop: None,
        loop_control: LoopControl::default(),
        register: None,
        until: None,
        changed_when: None,
        failed_when: None,
        r#async: None,
        poll: None,
        listen: Vec::new(),
        role: Some(role.clone()),
        place: place.clone(),
    })))
}

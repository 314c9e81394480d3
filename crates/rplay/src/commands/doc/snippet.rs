//! `-s`: a task to begin with.

use super::{catalogue::Entry, text::strings};
use crate::{Failure, exit};
use rplay_value::Value;

/// A task with all options in comments.
pub(super) fn of(kind: &str, entry: &Entry) -> Result<String, Failure> {
    if kind != "module" {
        return Err(Failure::new(
            exit::OPTIONS,
            format!("snippets are for modules, not for the type {kind}"),
        ));
    }
    let short = entry.doc.get("module").map_or_else(|| entry.name.clone(), Value::to_text);
    let title = entry.doc.get("short_description").map(Value::to_text).unwrap_or_default();
    let mut lines = vec![format!("- name: {title}"), format!("  {short}:")];
    let options = entry.doc.get("options").and_then(Value::as_dict);
    let mut names: Vec<String> =
        options.into_iter().flat_map(|all| all.keys()).map(|key| key.as_value().to_text()).collect();
    names.sort_unstable();
    for name in names {
        let Some(option) = options.and_then(|all| all.get(&name)) else { continue };
        let required = if option.get("required").is_some_and(Value::is_true) { "(required) " } else { "" };
        let about = strings(option.get("description")).into_iter().next().unwrap_or_default();
        lines.push(format!("      {:<22} # {required}{about}", format!("{name}:")).trim_end().to_owned());
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

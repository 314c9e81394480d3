//! Modules that nobody may use (`plugin_filters_cfg`).

use super::style;
use crate::{Failure, config::Config, exit};
use rplay_output::{Color, Screen, Style};
use rplay_value::Value;
use std::path::PathBuf;

/// Modules that nobody may use, from the file of `plugin_filters_cfg`. What is wrong with the file is warned of.
pub(super) fn rejected(config: &Config) -> Result<Vec<String>, Failure> {
    let set = config.paths("defaults", "plugin_filters_cfg", '\0').and_then(|paths| paths.into_iter().next());
    let usual = PathBuf::from("/etc/ansible/plugin_filters.yml");
    let path = set.clone().unwrap_or(usual);
    let warn = |problem: &str| {
        let mut screen = Screen::standard(Style { status: false, ..style() });
        let text = format!("[WARNING]: The plugin filter file, {} {problem}. Skipping.", path.display());
        screen.error_line(&text, Color::Warn);
        Ok(Vec::new())
    };
    let Ok(text) = std::fs::read_to_string(&path) else {
        return if set.is_some() { warn("does not exist") } else { Ok(Vec::new()) };
    };
    let source = rplay_yaml::Source::new(path.to_string_lossy(), text);
    let Ok(document) = rplay_yaml::load(&source, rplay_yaml::Trust::Untrusted) else {
        return warn("was not valid YAML");
    };
    let content = document.root.to_value();
    let Some(version) = content.get("filter_version") else { return warn("was invalid") };
    if version.to_text().trim() != "1.0" {
        return warn("was a version not recognized by this version of Ansible");
    }
    let Some(list) = content.get("module_rejectlist").and_then(Value::as_list) else {
        return warn("has a module_rejectlist that is not a list");
    };
    let names: Vec<String> = list.iter().map(Value::to_text).collect();
    if names.iter().any(|name| name == "stat") {
        return Err(Failure::new(
            exit::ERROR,
            format!(
                "The stat module was specified in the module reject list file, {}, but Ansible will not \
                 function without the stat module.  Please remove stat from the reject list.",
                path.display()
            ),
        ));
    }
    Ok(names)
}

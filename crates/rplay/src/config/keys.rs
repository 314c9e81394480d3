//! The settings ansible-core and its plugins know.

use std::{collections::HashMap, sync::LazyLock};

/// `section`, `key` → environment variables, one setting a line.
const TABLE: &str = include_str!("keys.tsv");

/// Known settings with the variables that set them.
pub(super) static KEYS: LazyLock<HashMap<(&'static str, &'static str), Vec<&'static str>>> =
    LazyLock::new(|| {
        TABLE
            .lines()
            .filter_map(|line| {
                let mut fields = line.split('\t');
                let (section, key) = (fields.next()?, fields.next()?);
                let names =
                    fields.next().unwrap_or_default().split(',').filter(|name| !name.is_empty()).collect();
                Some(((section, key), names))
            })
            .collect()
    });

/// Sections whose keys are the user's or another program's own.
const FREE: [&str; 4] = ["galaxy", "persistent_connection", "rplay", "tags"];

/// Settings that change what a run does and are not there yet: whoever sets one is told.
const NOT_YET: [&str; 24] = [
    "action_plugins",
    "ansible_managed",
    "ask_pass",
    "become_ask_pass",
    "become_exe",
    "become_flags",
    "callback_plugins",
    "callback_result_format",
    "callbacks_enabled",
    "connection_plugins",
    "error_on_undefined_vars",
    "executable",
    "filter_plugins",
    "inventory_plugins",
    "library",
    "lookup_plugins",
    "module_utils",
    "result_format",
    "ssh_executable",
    "stdout_callback",
    "strategy_plugins",
    "test_plugins",
    "vars_plugins",
    "verbose_to_stderr",
];

/// Whether a known setting has no effect yet. Values that ask for what happens anyway are no matter.
pub(super) fn not_yet(key: &str, value: &str) -> bool {
    let usual = matches!(
        (key, value.to_ascii_lowercase().as_str()),
        ("stdout_callback", "default")
            | ("ask_pass" | "become_ask_pass", "false" | "no" | "0")
            | ("error_on_undefined_vars", "true" | "yes" | "1")
    );
    NOT_YET.contains(&key) && !usual
}

/// What is wrong with a setting's name, if anything; names the nearest known one.
pub(super) fn check(section: &str, key: &str) -> Option<String> {
    if FREE.contains(&section) || section.starts_with("galaxy_server.") || KEYS.contains_key(&(section, key))
    {
        return None;
    }
    let elsewhere = KEYS.keys().find(|(_, known)| *known == key);
    if let Some((other, _)) = elsewhere {
        return Some(format!(
            "the setting '{key}' belongs into the section [{other}], it has no effect in [{section}]"
        ));
    }
    let names = KEYS.keys().filter(|(known, _)| *known == section).map(|(_, key)| *key);
    Some(match rplay_value::nearest(key, names) {
        Some(near) => format!("unknown setting '{key}' in [{section}]; did you mean '{near}'?"),
        None => format!("unknown setting '{key}' in [{section}], it has no effect"),
    })
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn unknown_settings_are_told_with_the_nearest_name() {
        assert_eq!(check("defaults", "forks"), None);
        assert!(check("defaults", "fork").unwrap().contains("'forks'"));
        assert!(check("defaults", "pipelining").is_none() || check("connection", "pipelining").is_none());
        assert!(check("defaults", "control_path").unwrap().contains("[ssh_connection]"));
    }
}

//! The value of a setting and where it comes from.

use super::{Config, ConfigError, coerce, definitions::Definition};
use rplay_value::Value;
use std::path::{Path, PathBuf};

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resolved {
    /// The value, of the setting's type.
    pub value: Value,
    /// `env: NAME`, the configuration file, `default`, or `REQUIRED` where it must be set and is not.
    pub origin: String,
}

impl Resolved {
    /// Whether something set it.
    pub(crate) fn is_set(&self) -> bool {
        !matches!(self.origin.as_str(), "default" | "REQUIRED")
    }
}

impl Config {
    /// The value of a setting: of the environment, the file, or the default.
    ///
    /// # Errors
    /// When what was set is not of the setting's type or none of its choices.
    pub(crate) fn resolve(&self, setting: &Definition) -> Result<Resolved, ConfigError> {
        if setting.plugin.is_none() && setting.name == "CONFIG_FILE" {
            let path = self.path.as_ref().map(|path| path.to_string_lossy().into_owned());
            return Ok(Resolved { value: path.into(), origin: String::new() });
        }
        let Some((text, origin)) = self.found(setting) else { return self.by_default(setting) };
        let from_file = self.path.as_deref().is_some_and(|path| path.as_os_str() == origin.as_str());
        let base = if from_file { self.path.as_deref().and_then(Path::parent) } else { None };
        let kind = setting.text("type");
        match coerce::coerce(&Value::from(text.as_str()), kind, base) {
            Ok(value) => {
                let value = if from_file { coerce::unquoted(value) } else { value };
                check_choice(setting, &value, &origin)?;
                Ok(Resolved { value, origin })
            }
            // An empty variable stands for no value.
            Err(_) if text.is_empty() && !from_file => self.by_default(setting),
            Err(problem) => Err(ConfigError::Invalid { setting: setting.label(), origin, problem }),
        }
    }

    /// A value something other than environment and file gives.
    ///
    /// # Errors
    /// When it is not of the setting's type or none of its choices.
    pub(crate) fn given(
        &self,
        setting: &Definition,
        value: &Value,
        origin: String,
    ) -> Result<Resolved, ConfigError> {
        let value = coerce::coerce(value, setting.text("type"), None).map_err(|problem| {
            ConfigError::Invalid { setting: setting.label(), origin: origin.clone(), problem }
        })?;
        check_choice(setting, &value, &origin)?;
        Ok(Resolved { value, origin })
    }

    /// The paths of one of ansible-core's own settings: of the environment, the file, or the default.
    ///
    /// # Errors
    /// As for [`Config::resolve`].
    pub(crate) fn setting_paths(&self, name: &str) -> Result<Vec<PathBuf>, ConfigError> {
        let setting = super::definitions::base().iter().find(|setting| setting.name == name);
        let Some(setting) = setting else { return Ok(Vec::new()) };
        let resolved = self.resolve(setting)?.value;
        Ok(resolved.as_list().unwrap_or_default().iter().map(|path| path.to_text().into()).collect())
    }

    /// What the environment or the file say; the last place of each that says anything.
    fn found(&self, setting: &Definition) -> Option<(String, String)> {
        let variable =
            setting.names("env").filter_map(|name| Some((name, self.environment.get(name)?))).last();
        if let Some((name, value)) = variable {
            return Some((value.clone(), format!("env: {name}")));
        }
        let path = self.path.as_ref()?;
        let value = setting
            .ini()
            .filter_map(|(section, key)| self.values.get(&(section.to_owned(), key.to_lowercase())))
            .last()?;
        Some((value.clone(), path.to_string_lossy().into_owned()))
    }

    fn by_default(&self, setting: &Definition) -> Result<Resolved, ConfigError> {
        if setting.required() {
            return Ok(Resolved { value: Value::None, origin: "REQUIRED".into() });
        }
        let default = self.filled(setting.fields.get("default").cloned().unwrap_or(Value::None));
        let value = coerce::coerce(&default, setting.text("type"), None).map_err(|problem| {
            ConfigError::Invalid { setting: setting.label(), origin: "default".into(), problem }
        })?;
        Ok(Resolved { value, origin: "default".into() })
    }

    fn home(&self) -> String {
        let known = super::definitions::base().iter().find(|setting| setting.name == "ANSIBLE_HOME");
        let home = known.and_then(|setting| self.resolve(setting).ok());
        home.map_or_else(|| "~/.ansible".into(), |home| home.value.to_text())
    }

    /// A default with what it refers to filled in: `{{ ANSIBLE_HOME }}`, `{{ ANSIBLE_HOME ~ "…" }}` and `{{ REJECT_EXTS + […] }}` are
    /// all there is.
    pub(crate) fn filled(&self, default: Value) -> Value {
        let Some(text) = default.as_str() else { return default };
        let Some(inner) = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) else {
            return default;
        };
        let inner = inner.trim();
        if let Some(rest) = inner.strip_prefix("ANSIBLE_HOME") {
            let below = rest.trim_start_matches([' ', '~']).trim_matches('"');
            return Value::from(format!("{}{below}", self.home()));
        }
        if let Some(rest) = inner.strip_prefix("REJECT_EXTS + [") {
            let more = rest.trim_end_matches(']').split(',').map(|part| part.trim().trim_matches('\''));
            return Value::list(REJECTED.into_iter().chain(more).map(Value::from));
        }
        default
    }
}

/// Endings of files that are never content.
const REJECTED: [&str; 9] = [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst"];

fn check_choice(setting: &Definition, value: &Value, origin: &str) -> Result<(), ConfigError> {
    let Some(choices) = setting.fields.get("choices").and_then(Value::as_list) else { return Ok(()) };
    let known = |value: &Value| choices.contains(value);
    let fits = match value {
        Value::List(items) => items.iter().all(known),
        other => other.is_none() || known(other),
    };
    if fits {
        return Ok(());
    }
    let choices: Vec<String> = choices.iter().map(Value::to_text).collect();
    Err(ConfigError::Choice {
        setting: setting.label(),
        origin: origin.to_owned(),
        value: value.to_text(),
        choices: choices.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::definitions;

    fn resolved(config: &Config, name: &str) -> Resolved {
        let setting = definitions::base().iter().find(|setting| setting.name == name).unwrap();
        config.resolve(setting).unwrap()
    }

    fn with(name: &str, value: &str) -> Config {
        Config { environment: [(name.to_owned(), value.to_owned())].into(), ..Config::default() }
    }

    #[test]
    fn values_come_with_their_origin_and_type() {
        let config = with("ANSIBLE_FORKS", "7");
        let forks = resolved(&config, "DEFAULT_FORKS");
        assert_eq!((forks.value, forks.origin.as_str()), (Value::Int(7), "env: ANSIBLE_FORKS"));
        let timeout = resolved(&config, "DEFAULT_TIMEOUT");
        assert_eq!((timeout.value, timeout.origin.as_str()), (Value::Int(10), "default"));
        let config = with("ANSIBLE_HOME", "/h");
        assert_eq!(
            resolved(&config, "DEFAULT_ROLES_PATH").value.repr(),
            "['/h/roles', '/usr/share/ansible/roles', '/etc/ansible/roles']"
        );
        assert_eq!(
            resolved(&config, "MODULE_IGNORE_EXTS").value.repr(),
            "['.pyc', '.pyo', '.swp', '.bak', '~', '.rpm', '.md', '.txt', '.rst', '.yaml', '.yml', '.ini']"
        );
    }

    #[test]
    fn wrong_values_are_errors_and_empty_variables_are_none() {
        let setting = definitions::base().iter().find(|setting| setting.name == "DEFAULT_FORKS").unwrap();
        let error = with("ANSIBLE_FORKS", "many").resolve(setting).unwrap_err().to_string();
        assert!(error.contains("'DEFAULT_FORKS'") && error.contains("env: ANSIBLE_FORKS"), "{error}");
        assert_eq!(with("ANSIBLE_FORKS", "").resolve(setting).unwrap().origin, "default");
    }
}

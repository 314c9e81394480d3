//! Configuration: `ansible.cfg`, `ANSIBLE_*` variables, defaults.

mod coerce;
pub(crate) mod definitions;
mod file;
mod keys;
mod lookup;
mod resolve;

pub(crate) use file::{find, sections};
pub(crate) use lookup::SettingsLookup;
pub(crate) use resolve::Resolved;

use keys::KEYS;
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    /// A line that is neither a section, nor a setting, nor a comment.
    #[error("{}:{line}: {problem}", path.display())]
    Syntax { path: PathBuf, line: usize, problem: String },
    /// A value that is not of the setting's type.
    #[error("Config {setting} from '{origin}' has an invalid value: {problem}")]
    Invalid { setting: String, origin: String, problem: String },
    /// A value that is none of the setting's choices.
    #[error("Invalid value '{value}' for config {setting} from '{origin}'. Valid values are: {choices}")]
    Choice { setting: String, origin: String, value: String, choices: String },
}

/// Settings from the environment and the configuration file.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The file in use.
    pub path: Option<PathBuf>,
    values: HashMap<(String, String), String>,
    environment: BTreeMap<String, String>,
    /// What is odd about it.
    pub warnings: Vec<String>,
    /// Warnings about variables of the environment that have no effect.
    pub idle: Vec<String>,
}

impl Config {
    /// The keys the file sets, with their sections.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.keys().map(|(section, key)| (section.as_str(), key.as_str()))
    }

    /// The variables of the environment.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.environment.keys().map(String::as_str)
    }

    /// Reads the configuration in force.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub(crate) fn load(environment: BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let found = find(&environment);
        let mut config = Self { environment, warnings: found.warnings, ..Self::default() };
        let idle = config.environment.iter().filter(|(name, value)| keys::variable_not_yet(name, value));
        config.idle = idle
            .map(|(name, _)| format!("the variable {name} is not yet supported and has no effect"))
            .collect();
        if let Some(path) = found.path {
            config.read(&path)?;
            config.path = Some(path);
        }
        Ok(config)
    }

    fn read(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_path_buf(), error })?;
        let entries = file::parse(&text).map_err(|(line, problem)| ConfigError::Syntax {
            path: path.to_path_buf(),
            line,
            problem,
        })?;
        for entry in entries {
            if let Some(warning) = keys::check(&entry.section, &entry.key) {
                self.warnings.push(format!("{}:{}: {warning}", path.display(), entry.line));
            }
            if keys::not_yet(&entry.key, &entry.value) {
                let place = format!("{}:{}", path.display(), entry.line);
                self.warnings.push(format!(
                    "{place}: the setting '{}' is not yet supported and has no effect",
                    entry.key
                ));
            }
            self.values.insert((entry.section, entry.key), entry.value);
        }
        Ok(())
    }

    /// The text of a setting and where it comes from: its variables, then the file.
    fn raw(&self, section: &str, key: &str) -> Option<(String, String)> {
        let names = KEYS.get(&(section, key)).into_iter().flat_map(|names| names.iter());
        for name in names {
            if let Some(value) = self.environment.get(*name) {
                return Some((value.clone(), format!("env: {name}")));
            }
        }
        let value = self.values.get(&(section.to_owned(), key.to_owned()))?;
        let path = self.path.as_deref().unwrap_or(Path::new("ansible.cfg"));
        Some((value.clone(), path.display().to_string()))
    }

    /// A text.
    pub(crate) fn text(&self, section: &str, key: &str) -> Option<String> {
        self.raw(section, key).map(|(value, _)| value)
    }

    /// A boolean in any of ansible-core's spellings.
    pub(crate) fn bool(&self, section: &str, key: &str) -> Result<Option<bool>, ConfigError> {
        let Some((value, from)) = self.raw(section, key) else { return Ok(None) };
        match value.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" => Ok(Some(true)),
            "n" | "no" | "off" | "0" | "false" | "f" | "" => Ok(Some(false)),
            _ => Err(invalid((section, key), from, format!("{value:?} is not a boolean"))),
        }
    }

    /// A number; an empty variable stands for none.
    pub(crate) fn number<T: std::str::FromStr>(
        &self,
        section: &str,
        key: &str,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, from)) = self.raw(section, key).filter(|(value, _)| !value.is_empty()) else {
            return Ok(None);
        };
        let parsed = value.trim().parse().map(Some);
        parsed.map_err(|_| invalid((section, key), from, format!("{value:?} is not a number")))
    }

    /// One path; a relative one of the file is relative to it.
    pub(crate) fn file(&self, section: &str, key: &str) -> Option<PathBuf> {
        let (value, from) = self.raw(section, key)?;
        let base = self.path.as_ref().filter(|path| from == path.display().to_string());
        let path = expand(&value);
        Some(base.and_then(|base| base.parent()).map_or_else(|| path.clone(), |base| base.join(&path)))
    }

    /// Paths separated by `:`; relative ones of the file are relative to it.
    pub(crate) fn paths(&self, section: &str, key: &str, separator: char) -> Option<Vec<PathBuf>> {
        let (value, from) = self.raw(section, key)?;
        let base = match &self.path {
            Some(path) if from == path.display().to_string() => path.parent().map(Path::to_path_buf),
            _ => None,
        };
        let absolute = |part: &str| match &base {
            Some(base) => base.join(expand(part)),
            None => expand(part),
        };
        Some(value.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(absolute).collect())
    }
}

/// An error about a setting by its place in the file.
fn invalid(place: (&str, &str), origin: String, problem: String) -> ConfigError {
    let known = definitions::base().iter().find(|setting| setting.ini().any(|known| known == place));
    let setting = known.map_or_else(|| format!("'{}'", place.1), definitions::Definition::label);
    ConfigError::Invalid { setting, origin, problem }
}

/// What is said of the file in use.
pub(crate) fn in_use(path: Option<&Path>) -> String {
    path.map_or_else(
        || "No config file found; using defaults".into(),
        |path| format!("Using {} as config file", path.display()),
    )
}

/// A path with `~` and `$HOME`-like variables filled in.
pub(crate) fn expand(path: &str) -> PathBuf {
    let home = || std::env::var("HOME").unwrap_or_default();
    if path == "~" {
        return home().into();
    }
    match path.strip_prefix("~/") {
        Some(rest) => PathBuf::from(home()).join(rest),
        None => path.replace("$HOME", &home()).into(),
    }
}

//! `validate`: settings that do not exist.

use super::Scope;
use crate::{Failure, config::sections, exit};
use std::collections::{HashMap, HashSet};

/// What is wrong in the file; nothing without one.
pub(super) fn file(scope: &Scope) -> Result<Vec<String>, Failure> {
    let Some(path) = &scope.config.path else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(exit::ERROR, format!("cannot read {}: {error}", path.display())))?;
    let mut known: HashMap<&str, HashSet<String>> = HashMap::new();
    for (section, key) in settings(scope).flat_map(|setting| setting.ini()) {
        known.entry(section).or_default().insert(key.to_lowercase());
    }
    let path = path.display();
    let mut problems = Vec::new();
    for section in sections(&text) {
        let Some(keys) = known.get(section.as_str()) else {
            problems.push(format!("Found unknown section '{section}' in '{path}."));
            continue;
        };
        let mut unknown: Vec<&str> = scope
            .config
            .keys()
            .filter(|(of, key)| *of == section && !keys.contains(*key))
            .map(|(_, key)| key)
            .collect();
        unknown.sort_unstable();
        problems.extend(
            unknown.iter().map(|key| format!("Found unknown key '{key}' in section '{section}' in '{path}.")),
        );
    }
    Ok(problems)
}

/// Variables of the environment that look like settings and are none.
pub(super) fn environment(scope: &Scope) -> Vec<String> {
    let known: HashSet<&str> = settings(scope).flat_map(|setting| setting.names("env")).collect();
    let looks_like_one = |name: &&str| {
        name.starts_with("ANSIBLE_")
            && !name.starts_with("ANSIBLE_TEST_")
            && !name.starts_with("ANSIBLE_LINT_")
            && !matches!(*name, "ANSIBLE_CONFIG" | "ANSIBLE_DEV_HOME")
    };
    let unknown = scope.config.variables().filter(looks_like_one).filter(|name| !known.contains(name));
    unknown.map(|name| format!("Found unknown environment variable '{name}'.")).collect()
}

fn settings(scope: &Scope) -> impl Iterator<Item = &crate::config::definitions::Definition> {
    scope
        .base()
        .iter()
        .chain(scope.servers.iter().flat_map(|(_, settings)| settings))
        .chain(scope.kinds().into_iter().flat_map(|(_, plugins)| plugins).flat_map(|plugin| &plugin.settings))
}

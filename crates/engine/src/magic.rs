//! Magic variables of the run and of plays.

use crate::{play::PlayState, settings::Settings};
use rplay_inventory::Inventory;
use rplay_playbook::Role;
use rplay_value::{Dict, Str, Value};
use rplay_vars::PlayLayers;
use std::sync::Arc;

/// What every host sees outside of plays: extra variables, and what is the same for the whole run.
pub(crate) fn base(settings: &Settings, inventory: &Inventory) -> PlayLayers {
    let mut magic = run(settings);
    magic.insert("groups", groups(inventory));
    PlayLayers {
        extra: settings.extra_vars.clone(),
        magic: vec![Arc::new(magic)],
        merge: settings.merge_hashes,
        ..PlayLayers::default()
    }
}

fn run(settings: &Settings) -> Dict {
    let mut magic = Dict::new();
    magic.insert("ansible_check_mode", settings.check.into());
    magic.insert("ansible_diff_mode", settings.diff.into());
    magic.insert("ansible_playbook_python", python().into());
    magic.insert("ansible_forks", settings.forks.into());
    magic.insert("ansible_verbosity", i64::from(settings.verbosity).into());
    if let Some(dir) = &settings.playbook_dir {
        magic.insert("playbook_dir", dir.to_string_lossy().into_owned().into());
    }
    magic.insert("ansible_version", version(&settings.ansible_version));
    let names = |names: &mut dyn Iterator<Item = &str>| Value::list(names.map(Value::from));
    magic.insert("ansible_run_tags", names(&mut settings.tags.only()));
    magic.insert("ansible_skip_tags", names(&mut settings.tags.skipped()));
    magic.insert(
        "ansible_inventory_sources",
        names(&mut settings.inventory_sources.iter().map(String::as_str)),
    );
    if let Some(limit) = &settings.limit {
        magic.insert("ansible_limit", limit.as_str().into());
    }
    let config = settings.config_file.as_ref().map(|path| path.to_string_lossy().into_owned());
    magic.insert("ansible_config_file", config.into());
    magic
}

/// The controller's Python, for content that runs it: the first in the path, which need not exist here.
fn python() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join("python3")).find(|file| file.is_file());
    found.map_or_else(|| "/usr/bin/python3".to_owned(), |file| file.to_string_lossy().into_owned())
}

/// `ansible_version` for a version such as `2.19.14`.
fn version(text: &str) -> Value {
    let mut numbers = text.split('.').map(|part| part.parse::<i64>().unwrap_or(0));
    let mut next = || Value::from(numbers.next().unwrap_or(0));
    let (major, minor, revision) = (next(), next(), next());
    Value::dict([
        ("full", Value::from(text)),
        ("major", major),
        ("minor", minor),
        ("revision", revision),
        ("string", Value::from(text)),
    ])
}

/// `groups`.
pub(crate) fn groups(inventory: &Inventory) -> Value {
    Value::Dict(inventory.groups_dict())
}

/// Hosts of a play as its magic variables show them.
pub(crate) struct PlayHosts<'a> {
    /// All hosts of the play.
    pub all: &'a [Str],
    /// All that did not fail.
    pub left: Vec<Str>,
    /// Those of the batch that are still at work.
    pub active: Vec<Str>,
}

/// Magic variables of a play.
pub(crate) fn play(state: &PlayState, name: &str, hosts: &PlayHosts<'_>) -> Dict {
    let list = |names: &[Str]| Value::list(names.iter().cloned().map(Value::from));
    let mut magic = Dict::new();
    let dir = state.play.dir.to_string_lossy().into_owned();
    magic.insert("playbook_dir", dir.into());
    magic.insert("ansible_play_name", name.into());
    magic.insert("ansible_play_hosts_all", list(hosts.all));
    magic.insert("ansible_play_hosts", list(&hosts.left));
    magic.insert("ansible_play_batch", list(&hosts.active));
    magic.insert("play_hosts", list(&hosts.active));
    magic.extend(roles(&state.roles()));
    magic
}

/// Magic variables about the roles of a play: those it names, and those imported and included so far.
pub(crate) fn roles(used: &[Arc<Role>]) -> Dict {
    let mut magic = Dict::new();
    let roles: Vec<Value> = used.iter().map(|role| role.full_name().clone().into()).collect();
    magic.insert("role_names", Value::list(roles.clone()));
    magic.insert("ansible_play_role_names", Value::list(roles.clone()));
    let mut dependent = Vec::new();
    for role in used {
        dependencies(role, &mut dependent);
    }
    let dependent: Vec<Value> = dependent.into_iter().map(Value::from).collect();
    magic.insert("ansible_dependent_role_names", Value::list(dependent.clone()));
    magic.insert("ansible_role_names", Value::list(union(dependent, roles)));
    magic
}

fn dependencies(role: &Role, out: &mut Vec<Str>) {
    for dep in &role.dependencies {
        if !out.contains(dep.full_name()) {
            out.push(dep.full_name().clone());
        }
        dependencies(dep, out);
    }
}

fn union(first: Vec<Value>, second: Vec<Value>) -> Vec<Value> {
    let mut both = Vec::new();
    for value in first.into_iter().chain(second) {
        if !both.contains(&value) {
            both.push(value);
        }
    }
    both
}

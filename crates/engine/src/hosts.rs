//! Hosts of the inventory as variables see them.

use rplay_inventory::Inventory;
use rplay_value::{Dict, Str, Value};
use rplay_vars::{AllHosts, HostVars};
use std::sync::Arc;

/// Makes the variables of every host of the inventory known.
pub(crate) fn fill(all: &AllHosts, inventory: &Inventory) {
    for name in inventory.host_names() {
        all.insert(Arc::new(listed(inventory, &name)));
    }
}

/// A host of the inventory.
pub(crate) fn listed(inventory: &Inventory, name: &Str) -> HostVars {
    HostVars::new(name.clone(), inventory.layers(name), Arc::new(magic(inventory, name)))
}

/// Reads a host's layers again after the inventory changed.
pub(crate) fn update(all: &AllHosts, inventory: &Inventory, name: &Str) {
    match all.get(name) {
        Some(host) => host.set_inventory(inventory.layers(name), Arc::new(magic(inventory, name))),
        None => all.insert(Arc::new(listed(inventory, name))),
    }
}

fn magic(inventory: &Inventory, name: &Str) -> Dict {
    let mut magic = own(name);
    let groups = inventory.group_names(name);
    magic.insert("group_names", Value::list(groups.into_iter().map(Value::from)));
    let file = inventory.source_of(name);
    let dir = file.as_ref().and_then(|file| file.parent()).map(|dir| dir.to_string_lossy().into_owned());
    magic.insert("inventory_dir", dir.into());
    magic.insert("inventory_file", file.map(|file| file.to_string_lossy().into_owned()).into());
    magic
}

fn own(name: &Str) -> Dict {
    let mut magic = Dict::new();
    magic.insert("inventory_hostname", name.clone().into());
    let short = if name.parse::<std::net::IpAddr>().is_ok() { name } else { name.split('.').next().unwrap_or(name) };
    magic.insert("inventory_hostname_short", short.into());
    magic
}

/// A host that tasks are delegated to though the inventory does not list it. This machine is reached
/// locally.
pub(crate) fn unlisted(name: &Str) -> HostVars {
    let mut vars = Dict::new();
    if matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1") {
        vars.insert("ansible_connection", "local".into());
    }
    let mut magic = own(name);
    magic.insert("group_names", Value::list([]));
    HostVars::new(name.clone(), vec![Arc::new(vars)], Arc::new(magic))
}

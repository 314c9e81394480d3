//! Hosts of the inventory as variables see them.

use rplay_inventory::{HostId, Inventory, InventoryError};
use rplay_value::{Dict, Key, Str, Value};
use rplay_vars::{AllHosts, HostVars};
use std::{collections::HashMap, path::Path, sync::Arc};

/// Hosts whose variables no secret opens, and why.
pub(crate) type Locked = HashMap<Str, String>;

/// Makes the variables of every host of the inventory known. A vault that cannot be opened concerns only the
/// plays that take its hosts.
pub(crate) fn fill(
    all: &AllHosts,
    inventory: &Inventory,
    dir: Option<&Path>,
) -> Result<Locked, InventoryError> {
    let mut locked = Locked::new();
    let local = LOCAL.iter().filter_map(|name| inventory.host(name)).filter(|id| inventory.is_implicit(*id));
    for host in inventory.hosts().chain(local) {
        match update(all, inventory, host, dir) {
            Ok(()) => {}
            Err(error @ InventoryError::Vault { .. }) => {
                let name = Str::from(&**inventory.host_name(host));
                all.insert(Arc::new(HostVars::new(name.clone(), Vec::new(), Arc::new(own(&name)))));
                locked.insert(name, error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(locked)
}

/// Names of this machine, which need no inventory.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Reads a host's layers, again if they are known.
pub(crate) fn update(
    all: &AllHosts,
    inventory: &Inventory,
    id: HostId,
    dir: Option<&Path>,
) -> Result<(), InventoryError> {
    let name = Str::from(&**inventory.host_name(id));
    let layers: Vec<Arc<Dict>> = inventory.host_vars(id, dir)?.layers().cloned().collect();
    let mut magic = own(&name);
    let groups = inventory.host_groups(id).into_iter().map(Value::from);
    magic.insert("group_names", Value::list(groups));
    let magic = Arc::new(magic);
    match all.get(&name) {
        Some(host) => host.set_inventory(layers, magic),
        None if inventory.is_implicit(id) => {
            all.insert_implicit(Arc::new(HostVars::new(name, layers, magic)));
        }
        None => all.insert(Arc::new(HostVars::new(name, layers, magic))),
    }
    Ok(())
}

fn own(name: &Str) -> Dict {
    let mut magic = Dict::new();
    magic.insert("inventory_hostname", name.clone().into());
    let short =
        if name.parse::<std::net::IpAddr>().is_ok() { name } else { name.split('.').next().unwrap_or(name) };
    magic.insert("inventory_hostname_short", short.into());
    magic
}

/// A host that tasks are delegated to though the inventory does not list it. This machine is reached
/// locally.
pub(crate) fn unlisted(name: &Str) -> HostVars {
    let mut vars = Dict::new();
    if LOCAL.contains(&name.as_str()) {
        vars.insert("ansible_connection", "local".into());
    }
    let mut magic = own(name);
    magic.insert("group_names", Value::list([]));
    HostVars::new(name.clone(), vec![Arc::new(vars)], Arc::new(magic))
}

/// What a task adds to the inventory.
#[derive(Clone, Debug)]
pub(crate) enum Addition {
    /// A host with groups and variables (`add_host`).
    Host { name: Str, groups: Vec<Str>, vars: Dict },
    /// A host's membership in a group below others (`group_by`).
    Group { host: Str, group: Str, parents: Vec<Str> },
}

impl Addition {
    /// Adds it; the host concerned, unless the inventory lacks it.
    pub(crate) fn apply(&self, inventory: &mut Inventory) -> Result<Option<HostId>, InventoryError> {
        let host = match self {
            Addition::Host { name, groups, vars } => Some(add(inventory, name, groups, vars)?),
            Addition::Group { host, group, parents } => add_to_group(inventory, host, group, parents)?,
        };
        inventory.reconcile();
        Ok(host)
    }

    /// Hosts come before memberships when an inventory is read anew.
    pub(crate) fn is_host(&self) -> bool {
        matches!(self, Addition::Host { .. })
    }
}

fn add(inventory: &mut Inventory, name: &str, groups: &[Str], vars: &Dict) -> Result<HostId, InventoryError> {
    let (name, port) = match name.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, port.parse().ok()),
        _ => (name, None),
    };
    let listed = |host: &HostId| !inventory.is_implicit(*host) && **inventory.host_name(*host) == *name;
    let known = inventory.host(name).filter(listed).is_some();
    let host = inventory.add_host(name, port)?;
    if !known && let Some(all) = inventory.group("all") {
        inventory.add_host_to_group(all, host);
    }
    for (key, value) in vars {
        inventory.set_host_var(host, Key::clone(key), value.clone());
    }
    for group in groups {
        let group = inventory.add_group(group)?;
        inventory.add_host_to_group(group, host);
    }
    Ok(host)
}

fn add_to_group(
    inventory: &mut Inventory,
    host: &str,
    group: &str,
    parents: &[Str],
) -> Result<Option<HostId>, InventoryError> {
    let group = inventory.add_group(group)?;
    for parent in parents {
        let parent = inventory.add_group(parent)?;
        inventory.add_child(parent, group)?;
    }
    let host = inventory.host(host);
    if let Some(host) = host {
        inventory.add_host_to_group(group, host);
    }
    Ok(host)
}

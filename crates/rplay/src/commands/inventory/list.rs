//! `--list`: all groups and hosts, in the three shapes of inventory files.

use super::vars::Vars;
use crate::Failure;
use rplay_inventory::{GroupId, HostId, Inventory};
use rplay_value::{Dict, Key, Value};
use std::collections::HashSet;

/// What is listed.
pub(super) struct Listing<'a> {
    pub vars: &'a Vars<'a>,
    /// The hosts within the limit.
    pub hosts: &'a [HostId],
}

impl Listing<'_> {
    fn inventory(&self) -> &Inventory {
        &self.vars.opened.inventory
    }

    fn walk(&self) -> Walk<'_> {
        Walk {
            listing: self,
            within: self.hosts.iter().copied().collect(),
            hosts: HashSet::new(),
            groups: HashSet::new(),
        }
    }

    fn all(&self) -> Option<GroupId> {
        self.inventory().group("all")
    }

    /// As inventory scripts print it.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        let mut out = Dict::new();
        if let Some(all) = self.all() {
            self.walk().json(all, &mut out)?;
        }
        let mut hostvars = Dict::new();
        for host in self.hosts {
            let vars = self.vars.of_host(*host)?;
            if !vars.is_empty() {
                hostvars.insert(&**self.inventory().host_name(*host), vars.into());
            }
        }
        let meta = [("hostvars", Value::from(hostvars)), ("profile", Value::from("inventory_legacy"))];
        out.insert("_meta", Value::dict(meta));
        Ok(out.into())
    }

    /// As YAML inventories are.
    pub(super) fn yaml(&self) -> Result<Value, Failure> {
        self.all().map_or_else(|| Ok(Value::from(Dict::new())), |all| self.walk().yaml(all).map(Value::from))
    }

    /// As TOML inventories are.
    pub(super) fn toml(&self) -> Result<Value, Failure> {
        let mut out = Dict::new();
        if let Some(all) = self.all() {
            self.walk().toml(all, &mut out)?;
        }
        Ok(out.into())
    }
}

/// One way through the groups.
struct Walk<'a> {
    listing: &'a Listing<'a>,
    within: HashSet<HostId>,
    /// Hosts whose variables were shown.
    hosts: HashSet<HostId>,
    /// Groups whose content was shown.
    groups: HashSet<GroupId>,
}

impl Walk<'_> {
    fn name(&self, group: GroupId) -> Key {
        Key::from(self.listing.inventory().group_name(group))
    }

    fn children(&self, group: GroupId) -> Vec<GroupId> {
        self.listing.inventory().children(group).collect()
    }

    /// A group's own hosts within the limit; those of `all` show elsewhere.
    fn own_hosts(&self, group: GroupId) -> Vec<HostId> {
        let all = self.listing.all() == Some(group);
        let inventory = self.listing.inventory();
        inventory.own_hosts(group).filter(|host| !all && self.within.contains(host)).collect()
    }

    /// Hosts with their variables, which show once.
    fn hosts_with_vars(&mut self, group: GroupId) -> Result<Dict, Failure> {
        let mut out = Dict::new();
        for host in self.own_hosts(group) {
            let vars = match self.hosts.insert(host) {
                true => self.listing.vars.of_host(host)?,
                false => Dict::new(),
            };
            out.insert(&**self.listing.inventory().host_name(host), vars.into());
        }
        Ok(out)
    }

    fn vars(&self, group: GroupId) -> Result<Dict, Failure> {
        if self.listing.vars.export { self.listing.vars.of_group(group) } else { Ok(Dict::new()) }
    }

    fn json(&mut self, group: GroupId, out: &mut Dict) -> Result<(), Failure> {
        let inventory = self.listing.inventory();
        let hosts = self.own_hosts(group).into_iter();
        let hosts: Vec<Value> = hosts.map(|host| Value::from(&**inventory.host_name(host))).collect();
        let mut names = Vec::new();
        for child in self.children(group) {
            names.push(Value::from(inventory.group_name(child)));
            if !self.groups.contains(&child) {
                self.json(child, out)?;
                self.groups.insert(child);
            }
        }
        let vars = self.vars(group)?;
        let entry = [("hosts", Value::list(hosts)), ("children", Value::list(names)), ("vars", vars.into())];
        put(out, self.name(group), filled(entry));
        Ok(())
    }

    /// The group under its name; nothing for an empty one.
    fn yaml(&mut self, group: GroupId) -> Result<Dict, Failure> {
        let mut children = Dict::new();
        for child in self.children(group) {
            if self.groups.contains(&child) {
                children.insert(self.name(child), Dict::new().into());
            } else {
                children.extend(self.yaml(child)?);
                self.groups.insert(child);
            }
        }
        let hosts = self.hosts_with_vars(group)?;
        let vars = self.vars(group)?;
        let entry = [("children", children.into()), ("hosts", hosts.into()), ("vars", Value::from(vars))];
        let mut out = Dict::new();
        put(&mut out, self.name(group), filled(entry));
        Ok(out)
    }

    fn toml(&mut self, group: GroupId, out: &mut Dict) -> Result<(), Failure> {
        let inventory = self.listing.inventory();
        // The place of a group is before those below it, whatever becomes of it.
        let name = self.name(group);
        let mut below = Dict::new();
        let mut names = Vec::new();
        for child in self.children(group) {
            let unused =
                inventory.group_name(child) == "ungrouped" && inventory.own_hosts(child).next().is_none();
            if unused {
                continue;
            }
            if self.listing.all() != Some(group) {
                names.push(Value::from(inventory.group_name(child)));
            }
            self.toml(child, &mut below)?;
        }
        let hosts = self.hosts_with_vars(group)?;
        let vars = self.vars(group)?;
        let entry = [("children", Value::list(names)), ("hosts", hosts.into()), ("vars", vars.into())];
        put(out, name, filled(entry));
        out.extend(below);
        Ok(())
    }
}

/// The entries that hold something.
fn filled(entries: [(&str, Value); 3]) -> Dict {
    entries.into_iter().filter(|(_, value)| value.is_true()).collect()
}

fn put(out: &mut Dict, name: Key, entry: Dict) {
    if !entry.is_empty() {
        out.insert(name, entry.into());
    }
}

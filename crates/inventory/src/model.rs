//! The graph of groups and hosts.

use crate::{GroupNames, InventoryError, Rules, Severity, Warning, files::Files};
use indexmap::{IndexMap, IndexSet};
use rplay_value::{Dict, Value};
use std::{
    borrow::Cow,
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// A host of one inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostId(pub(crate) usize);

/// A group of one inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub(crate) usize);

#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) vars: Arc<Dict>,
    groups: IndexSet<GroupId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) vars: Arc<Dict>,
    hosts: IndexSet<HostId>,
    children: IndexSet<GroupId>,
    parents: IndexSet<GroupId>,
    depth: usize,
    pub(crate) priority: i64,
}

impl Default for Group {
    fn default() -> Self {
        let none = IndexSet::new;
        let (children, parents) = (IndexSet::new(), IndexSet::new());
        Self { vars: Arc::default(), hosts: none(), children, parents, depth: 0, priority: 1 }
    }
}

/// What may be a member of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Member {
    Host(HostId),
    Group(GroupId),
}

/// The source that is being read, as new hosts tell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    file: Value,
    dir: Value,
}

impl Place {
    pub(crate) fn new(text: &str, path: &Path) -> Self {
        let dir = path.parent().filter(|_| path.is_file());
        let dir = dir.map(|dir| Value::from(dir.display().to_string())).unwrap_or_default();
        Self { file: Value::from(text), dir }
    }
}

/// Names that mean this machine even where no inventory has them.
const LOCALHOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// Ids of the implicit hosts for these names: none of them is in the table of hosts.
const IMPLICIT: usize = usize::MAX - LOCALHOSTS.len();

/// Hosts, groups and where their variables come from. Cloning shares everything that is large.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(crate) groups: IndexMap<Arc<str>, Group>,
    pub(crate) hosts: IndexMap<Arc<str>, Host>,
    implicit: Vec<(Arc<str>, Host)>,
    localhost: Option<HostId>,
    /// The source being read: new hosts get it as `inventory_file` and its directory as `inventory_dir`.
    pub(crate) current: Option<Place>,
    /// Directories whose variables belong to the sources read so far.
    pub(crate) processed: Vec<PathBuf>,
    pub(crate) files: Arc<Files>,
    pub(crate) rules: Arc<Rules>,
    groups_dict: OnceLock<Arc<Dict>>,
    pub(crate) warnings: Vec<Warning>,
}

impl Inventory {
    pub(crate) fn with_rules(files: Files, rules: Rules) -> Self {
        let implicit = || Host {
            vars: Arc::new(Dict::from_iter([
                ("ansible_connection", Value::from("local")),
                ("ansible_python_interpreter", Value::template("{{ ansible_playbook_python }}")),
            ])),
            groups: IndexSet::new(),
        };
        let mut groups = IndexMap::new();
        let mut all = Group::default();
        all.children.insert(GroupId(1));
        let mut ungrouped = Group { depth: 1, ..Group::default() };
        ungrouped.parents.insert(GroupId(0));
        groups.insert("all".into(), all);
        groups.insert("ungrouped".into(), ungrouped);
        Self {
            groups,
            hosts: IndexMap::new(),
            implicit: LOCALHOSTS.iter().map(|name| (Arc::from(*name), implicit())).collect(),
            localhost: None,
            current: None,
            processed: Vec::new(),
            files: Arc::new(files),
            rules: Arc::new(rules),
            groups_dict: OnceLock::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) const ALL: GroupId = GroupId(0);
    const UNGROUPED: GroupId = GroupId(1);

    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        self.tell(Severity::Warning, message);
    }

    pub(crate) fn deprecate(&mut self, message: impl Into<String>) {
        self.tell(Severity::Deprecated, message);
    }

    pub(crate) fn complain(&mut self, message: impl Into<String>) {
        self.tell(Severity::Error, message);
    }

    pub(crate) fn say(&mut self, message: impl Into<String>) {
        self.tell(Severity::Verbose, message);
    }

    /// Whether dictionaries of the same name are merged deeply (`hash_behaviour=merge`).
    pub fn merges(&self) -> bool {
        self.rules.merge_hashes
    }

    fn tell(&mut self, severity: Severity, message: impl Into<String>) {
        let warning = Warning { severity, ..Warning::new(message) };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Hosts in the order they were first named, without the implicit localhost.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = HostId> + use<> {
        (0..self.hosts.len()).map(HostId)
    }

    /// Groups in the order they were first named, `all` and `ungrouped` first.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        (0..self.groups.len()).map(GroupId)
    }

    /// A host's name.
    pub fn host_name(&self, host: HostId) -> &Arc<str> {
        static NONE: OnceLock<Arc<str>> = OnceLock::new();
        let listed = self.hosts.get_index(host.0).map(|(name, _)| name);
        let implicit = || self.implicit.get(host.0.checked_sub(IMPLICIT)?).map(|(name, _)| name);
        listed.or_else(implicit).unwrap_or_else(|| NONE.get_or_init(|| "".into()))
    }

    /// A group's name.
    pub fn group_name(&self, group: GroupId) -> &str {
        self.groups.get_index(group.0).map_or("", |(name, _)| name)
    }

    /// The host of a name. `localhost` and its addresses are always there: where the inventory lacks them
    /// they stand for the one of them that it has, or for an implicit host.
    pub fn host(&self, name: &str) -> Option<HostId> {
        if let Some(index) = self.hosts.get_index_of(name) {
            return Some(HostId(index));
        }
        let index = LOCALHOSTS.iter().position(|local| *local == name)?;
        Some(self.localhost.unwrap_or(HostId(IMPLICIT + index)))
    }

    /// The group of a name.
    pub fn group(&self, name: &str) -> Option<GroupId> {
        self.groups.get_index_of(name).map(GroupId)
    }

    /// Whether the host is not in the inventory (`localhost` named by a play only).
    pub fn is_implicit(&self, host: HostId) -> bool {
        host.0 >= IMPLICIT
    }

    /// The number of hosts.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Whether there are no hosts.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    pub(crate) fn group_at(&self, group: GroupId) -> Option<&Group> {
        self.groups.get_index(group.0).map(|(_, group)| group)
    }

    pub(crate) fn group_mut(&mut self, group: GroupId) -> Option<&mut Group> {
        self.groups_dict = OnceLock::new();
        self.groups.get_index_mut(group.0).map(|(_, group)| group)
    }

    pub(crate) fn host_at(&self, host: HostId) -> Option<&Host> {
        match host.0.checked_sub(IMPLICIT) {
            Some(index) => self.implicit.get(index).map(|(_, host)| host),
            None => self.hosts.get_index(host.0).map(|(_, host)| host),
        }
    }

    pub(crate) fn host_mut(&mut self, host: HostId) -> Option<&mut Host> {
        match host.0.checked_sub(IMPLICIT) {
            Some(index) => self.implicit.get_mut(index).map(|(_, host)| host),
            None => self.hosts.get_index_mut(host.0).map(|(_, host)| host),
        }
    }

    /// A group's own children.
    pub fn children(&self, group: GroupId) -> impl Iterator<Item = GroupId> {
        self.group_at(group).into_iter().flat_map(|group| group.children.iter().copied())
    }

    /// Hosts that are members of the group itself.
    pub fn own_hosts(&self, group: GroupId) -> impl Iterator<Item = HostId> {
        self.group_at(group).into_iter().flat_map(|group| group.hosts.iter().copied())
    }

    /// Hosts of a group and of the groups below it, in Ansible's order.
    pub fn group_hosts(&self, group: GroupId) -> Vec<HostId> {
        let mut hosts = IndexSet::new();
        for group in self.reach(group, |group| &group.children) {
            hosts.extend(self.own_hosts(group));
        }
        hosts.into_iter().filter(|host| group != Self::ALL || !self.is_implicit(*host)).collect()
    }

    /// A group and all that can be reached from it, level by level.
    fn reach(&self, from: GroupId, next: impl Fn(&Group) -> &IndexSet<GroupId>) -> IndexSet<GroupId> {
        let mut reached = IndexSet::from([from]);
        let mut index = 0;
        while let Some(group) = reached.get_index(index).copied() {
            reached.extend(self.group_at(group).into_iter().flat_map(|group| next(group).iter().copied()));
            index += 1;
        }
        reached
    }

    /// All groups of a host, with the groups above them.
    pub fn groups_of(&self, host: HostId) -> IndexSet<GroupId> {
        let mut groups = IndexSet::new();
        for group in self.host_at(host).into_iter().flat_map(|host| host.groups.iter()) {
            if !groups.contains(group) {
                groups.extend(self.reach(*group, |group| &group.parents));
            }
        }
        groups
    }

    /// Names of a host's groups without `all`, sorted: the variable `group_names`.
    pub fn host_groups(&self, host: HostId) -> Vec<&str> {
        let groups = self.groups_of(host);
        let mut names: Vec<&str> =
            groups.iter().filter(|group| **group != Self::ALL).map(|group| self.group_name(*group)).collect();
        names.sort_unstable();
        names
    }

    /// A host's groups without `all` by ascending precedence: depth, `ansible_group_priority`, name.
    pub(crate) fn groups_by_precedence(&self, host: HostId) -> Vec<GroupId> {
        let mut groups: Vec<GroupId> =
            self.groups_of(host).into_iter().filter(|group| *group != Self::ALL).collect();
        groups.sort_by_key(|id| {
            let (depth, priority) = self.group_at(*id).map_or((0, 1), |group| (group.depth, group.priority));
            (depth, priority, self.group_name(*id))
        });
        groups
    }

    /// The variable `groups`: host names by group name; made once and shared.
    pub fn groups_dict(&self) -> Arc<Dict> {
        let names = |group| {
            let hosts = self.group_hosts(group).into_iter();
            Value::list(hosts.map(|host| Value::Str(self.host_name(host).clone().to_string().into())))
        };
        self.groups_dict
            .get_or_init(|| {
                Arc::new(self.groups().map(|group| (self.group_name(group), names(group))).collect())
            })
            .clone()
    }

    /// Adds a group, or finds the one there is.
    ///
    /// # Errors
    /// For an empty name.
    pub fn add_group(&mut self, name: &str) -> Result<GroupId, InventoryError> {
        if name.is_empty() {
            return Err(InventoryError::Graph("Invalid empty/false group name provided".into()));
        }
        if let Some(group) = self.group(name) {
            return Ok(group);
        }
        let name = self.group_name_used(name);
        if let Some(group) = self.group(&name) {
            return Ok(group);
        }
        self.groups_dict = OnceLock::new();
        Ok(GroupId(self.groups.insert_full(name.as_ref().into(), Group::default()).0))
    }

    pub(crate) fn group_name_used<'n>(&mut self, name: &'n str) -> Cow<'n, str> {
        if is_identifier(name) {
            return Cow::Borrowed(name);
        }
        let found = "Invalid characters were found in group names";
        match self.rules.group_names {
            GroupNames::Keep => self.warn(format!("{found} but not replaced, use -vvvv to see details")),
            GroupNames::Change => {
                self.warn(format!("{found} and automatically replaced, use -vvvv to see details"));
            }
            GroupNames::Ignore | GroupNames::ChangeSilently => {}
        }
        match self.rules.group_names {
            GroupNames::Keep | GroupNames::Ignore => Cow::Borrowed(name),
            GroupNames::Change | GroupNames::ChangeSilently => Cow::Owned(identifier(name)),
        }
    }

    /// Adds a host, or finds the one there is; the port counts only for a new one.
    ///
    /// # Errors
    /// For an empty name.
    pub fn add_host(&mut self, name: &str, port: Option<u32>) -> Result<HostId, InventoryError> {
        if name.is_empty() {
            return Err(InventoryError::Graph("Invalid empty host name provided".into()));
        }
        if let Some(index) = self.hosts.get_index_of(name) {
            return Ok(HostId(index));
        }
        self.groups_dict = OnceLock::new();
        let mut vars = Dict::new();
        if let Some(port) = port {
            vars.insert("ansible_port", Value::from(port));
        }
        let place = self.current.clone().unwrap_or_default();
        vars.insert("inventory_file", place.file);
        vars.insert("inventory_dir", place.dir);
        let host = Host { vars: Arc::new(vars), ..Host::default() };
        let host = HostId(self.hosts.insert_full(name.into(), host).0);
        if LOCALHOSTS.contains(&name) {
            self.found_localhost(host);
        }
        Ok(host)
    }

    fn found_localhost(&mut self, host: HostId) {
        match self.localhost {
            None => self.localhost = Some(host),
            Some(first) => {
                let (host, first) = (self.host_name(host).clone(), self.host_name(first).clone());
                self.warn(format!(
                    "A duplicate localhost-like entry was found ({host}). First found localhost was {first}"
                ));
            }
        }
    }

    /// Makes a host a member of a group; whether it was not before.
    pub fn add_host_to_group(&mut self, group: GroupId, host: HostId) -> bool {
        if let Some(host) = self.host_mut(host) {
            host.groups.insert(group);
        }
        self.group_mut(group).is_some_and(|group| group.hosts.insert(host))
    }

    pub(crate) fn add_member(&mut self, group: GroupId, member: Member) -> Result<bool, InventoryError> {
        match member {
            Member::Host(host) => Ok(self.add_host_to_group(group, host)),
            Member::Group(child) => self.add_child(group, child),
        }
    }

    fn remove_host_from_group(&mut self, group: GroupId, host: HostId) {
        if let Some(host) = self.host_mut(host) {
            host.groups.shift_remove(&group);
        }
        if let Some(group) = self.group_mut(group) {
            group.hosts.shift_remove(&host);
        }
    }

    /// Makes `child` a child of `parent`; whether it was not before.
    ///
    /// # Errors
    /// Where a group would become its own ancestor.
    pub fn add_child(&mut self, parent: GroupId, child: GroupId) -> Result<bool, InventoryError> {
        if parent == child {
            return Err(InventoryError::Graph(format!(
                "can't add group '{}' to itself",
                self.group_name(parent)
            )));
        }
        if self.group_at(parent).is_some_and(|group| group.children.contains(&child)) {
            return Ok(false);
        }
        if self.reach(parent, |group| &group.parents).contains(&child) {
            return Err(InventoryError::Graph(format!(
                "Adding group '{}' as child to '{}' creates a recursive dependency loop.",
                self.group_name(child),
                self.group_name(parent)
            )));
        }
        if let Some(group) = self.group_mut(parent) {
            group.children.insert(child);
        }
        if let Some(group) = self.group_mut(child) {
            group.parents.insert(parent);
        }
        self.deepen(parent);
        Ok(true)
    }

    /// Keeps every group below `top` deeper than its parents.
    fn deepen(&mut self, top: GroupId) {
        let mut pending = vec![top];
        while let Some(parent) = pending.pop() {
            let depth = self.group_at(parent).map_or(0, |group| group.depth) + 1;
            for child in self.children(parent).collect::<Vec<_>>() {
                if let Some(group) = self.group_mut(child)
                    && group.depth < depth
                {
                    group.depth = depth;
                    pending.push(child);
                }
            }
        }
    }

    /// Restores the rules: every group is below `all`, a host without groups is `ungrouped`. To be called
    /// after additions; `add_host` and `group_by` of a running play need it too.
    pub fn reconcile(&mut self) {
        self.current = None;
        for group in self.groups().skip(1).collect::<Vec<_>>() {
            if self.group_at(group).is_some_and(|group| group.parents.is_empty()) {
                // A group without parents cannot be above `all`, unless `all` was made its child.
                if let Err(error) = self.add_child(Self::ALL, group) {
                    self.warn(error.to_string());
                }
            }
        }
        for host in self.hosts().collect::<Vec<_>>() {
            let own = self.host_at(host).map(|host| host.groups.clone()).unwrap_or_default();
            let elsewhere = own.iter().any(|group| *group != Self::ALL && *group != Self::UNGROUPED);
            if elsewhere && own.contains(&Self::UNGROUPED) {
                self.remove_host_from_group(Self::UNGROUPED, host);
            } else if !elsewhere {
                self.add_host_to_group(Self::UNGROUPED, host);
            }
        }
        self.warn_of_namesakes();
    }

    fn warn_of_namesakes(&mut self) {
        let hosts: HashSet<&str> = self.hosts().map(|host| &**self.host_name(host)).collect();
        let both: Vec<String> =
            self.groups.keys().filter(|name| hosts.contains(&***name)).map(ToString::to_string).collect();
        for name in both {
            self.warn(format!("Found both group and host with same name: {name}"));
        }
    }
}

/// The name with `_` for whatever no variable name may hold.
pub(crate) fn identifier(name: &str) -> String {
    let sound =
        |index, char: char| (char.is_alphanumeric() || char == '_') && !(index == 0 && char.is_numeric());
    name.chars().enumerate().map(|(index, char)| if sound(index, char) { char } else { '_' }).collect()
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|char: char| char.is_numeric())
        && name.chars().all(|char| char.is_alphanumeric() || char == '_')
}

//! A host's variables, each level of the precedence ladder apart.

use crate::{
    GroupId, HostId, Inventory, InventoryError, Level, Rules,
    files::{VarsDir, combined},
};
use rplay_value::{Dict, Value};
use std::{path::Path, sync::Arc};

/// The levels of a host's inventory variables, lowest precedence first; within a level the later overrides.
/// Everything is shared between hosts.
#[derive(Clone, Debug, Default)]
pub struct HostVars {
    /// Variables of `all` in inventory files and scripts.
    pub all: Vec<Arc<Dict>>,
    /// Variables of the other groups in inventory files and scripts.
    pub groups: Vec<Arc<Dict>>,
    /// `group_vars/all` beside inventories.
    pub all_files_inventory: Vec<Arc<Dict>>,
    /// `group_vars/all` beside the playbook.
    pub all_files_playbook: Vec<Arc<Dict>>,
    /// `group_vars/*` beside inventories.
    pub groups_files_inventory: Vec<Arc<Dict>>,
    /// `group_vars/*` beside the playbook.
    pub groups_files_playbook: Vec<Arc<Dict>>,
    /// Variables of the host in inventory files and scripts.
    pub host: Vec<Arc<Dict>>,
    /// `host_vars/*` beside inventories.
    pub host_files_inventory: Vec<Arc<Dict>>,
    /// `host_vars/*` beside the playbook.
    pub host_files_playbook: Vec<Arc<Dict>>,
    rules: Option<Arc<Rules>>,
}

impl HostVars {
    /// All levels in the configured order, lowest precedence first.
    pub fn layers(&self) -> impl Iterator<Item = &Arc<Dict>> {
        let level = |level: &Level| match level {
            Level::AllInventory => &self.all,
            Level::GroupsInventory => &self.groups,
            Level::AllFilesInventory => &self.all_files_inventory,
            Level::AllFilesPlay => &self.all_files_playbook,
            Level::GroupsFilesInventory => &self.groups_files_inventory,
            Level::GroupsFilesPlay => &self.groups_files_playbook,
        };
        let order: &[Level] = self.rules.as_ref().map_or(&Level::DEFAULT, |rules| &rules.precedence);
        let hosts = [&self.host, &self.host_files_inventory, &self.host_files_playbook];
        order.iter().map(level).chain(hosts).flatten()
    }

    /// The levels merged into one dictionary; `hash_behaviour=merge` when `merge` is set.
    pub fn merged(&self, merge: bool) -> Dict {
        self.layers().fold(Dict::new(), |below, above| combined(&below, above, merge))
    }
}

impl Inventory {
    /// The variables of a host from inventory sources and the `group_vars` and `host_vars` directories beside
    /// them and in `playbook_dir`. Files are read on first use and kept.
    ///
    /// # Errors
    /// Where a variables file cannot be read, decrypted or parsed.
    pub fn host_vars(&self, host: HostId, playbook_dir: Option<&Path>) -> Result<HostVars, InventoryError> {
        let groups = self.groups_by_precedence(host);
        let own =
            |group| self.group_at(group).map(|group| group.vars.clone()).filter(|vars| !vars.is_empty());
        let names: Vec<&str> = groups.iter().map(|group| self.group_name(*group)).collect();
        let demand = self.rules.vars_stage.on_demand();
        let playbook: Vec<&Path> = playbook_dir.into_iter().filter(|_| demand).collect();
        let inventory: Vec<&Path> =
            self.files.inventory_dirs.iter().filter(|_| demand).map(AsRef::as_ref).collect();
        let host_name = [&**self.host_name(host)];
        let files = |dirs: &[&Path], kind, names: &[&str]| self.files_of(dirs, kind, names);
        Ok(HostVars {
            all: own(Self::ALL).into_iter().collect(),
            groups: groups.iter().filter_map(|group| own(*group)).collect(),
            all_files_inventory: files(&inventory, VarsDir::Group, &["all"])?,
            all_files_playbook: files(&playbook, VarsDir::Group, &["all"])?,
            groups_files_inventory: files(&inventory, VarsDir::Group, &names)?,
            groups_files_playbook: files(&playbook, VarsDir::Group, &names)?,
            host: self.host_at(host).map(|host| host.vars.clone()).into_iter().collect(),
            host_files_inventory: files(&inventory, VarsDir::Host, &host_name)?,
            host_files_playbook: files(&playbook, VarsDir::Host, &host_name)?,
            rules: Some(self.rules.clone()),
        })
    }

    /// A group's own variables: of sources and of `group_vars` beside them and in `dir`; not its priority.
    ///
    /// # Errors
    /// Where a variables file cannot be read, decrypted or parsed.
    pub fn group_vars(&self, group: GroupId, dir: Option<&Path>) -> Result<Dict, InventoryError> {
        let mut layers: Vec<Arc<Dict>> =
            self.group_at(group).map(|group| group.vars.clone()).into_iter().collect();
        layers.extend(self.files_of_group(group)?);
        let dirs: Vec<&Path> = dir.into_iter().collect();
        layers.extend(self.files_of(&dirs, VarsDir::Group, &[self.group_name(group)])?);
        Ok(self.folded(&layers))
    }

    /// A host's own variables, without those of its groups: of sources, and of `host_vars` beside them and
    /// in `dir`.
    ///
    /// # Errors
    /// Where a variables file cannot be read, decrypted or parsed.
    pub fn own_host_vars(&self, host: HostId, dir: Option<&Path>) -> Result<Dict, InventoryError> {
        let mut layers: Vec<Arc<Dict>> =
            self.host_at(host).map(|host| host.vars.clone()).into_iter().collect();
        layers.extend(self.files_of_host(host)?);
        let dirs: Vec<&Path> = dir.into_iter().collect();
        layers.extend(self.files_of(&dirs, VarsDir::Host, &[&**self.host_name(host)])?);
        Ok(self.folded(&layers))
    }

    fn folded(&self, layers: &[Arc<Dict>]) -> Dict {
        layers.iter().fold(Dict::new(), |below, above| combined(&below, above, self.merges()))
    }

    pub(crate) fn files_of_group(&self, group: GroupId) -> Result<Vec<Arc<Dict>>, InventoryError> {
        let dirs: Vec<&Path> = self.files.inventory_dirs.iter().map(AsRef::as_ref).collect();
        self.files_of(&dirs, VarsDir::Group, &[self.group_name(group)])
    }

    pub(crate) fn files_of_host(&self, host: HostId) -> Result<Vec<Arc<Dict>>, InventoryError> {
        let dirs: Vec<&Path> = self.files.inventory_dirs.iter().map(AsRef::as_ref).collect();
        self.files_of(&dirs, VarsDir::Host, &[&**self.host_name(host)])
    }

    /// What `constructed` knows of a host while sources are read; with `files`, also what stands in
    /// `group_vars` and `host_vars` beside the sources read before.
    pub(crate) fn vars_so_far(&self, host: HostId, files: bool) -> Result<Dict, InventoryError> {
        let dirs: Vec<&Path> = self.processed.iter().filter(|_| files).map(AsRef::as_ref).collect();
        let mut groups = self.groups_by_precedence(host);
        if self.groups_of(host).contains(&Self::ALL) {
            groups.insert(0, Self::ALL);
        }
        let names: Vec<&str> = groups.iter().map(|group| self.group_name(*group)).collect();
        let own = |group: &GroupId| self.group_at(*group).map(|group| group.vars.clone());
        let mut layers: Vec<Arc<Dict>> = groups.iter().filter_map(own).collect();
        layers.extend(self.files_of(&dirs, VarsDir::Group, &names)?);
        layers.extend(self.host_at(host).map(|host| host.vars.clone()));
        layers.push(Arc::new(self.host_magic(host)));
        layers.extend(self.files_of(&dirs, VarsDir::Host, &[&**self.host_name(host)])?);
        Ok(self.folded(&layers))
    }

    /// `inventory_hostname`, `inventory_hostname_short` and `group_names`.
    pub fn host_magic(&self, host: HostId) -> Dict {
        let name = &**self.host_name(host);
        let short = match name.parse::<std::net::IpAddr>() {
            Ok(_) => name,
            Err(_) => name.split('.').next().unwrap_or(name),
        };
        let groups = self.host_groups(host).into_iter().map(Value::from);
        Dict::from_iter([
            ("inventory_hostname", Value::from(name)),
            ("inventory_hostname_short", Value::from(short)),
            ("group_names", Value::list(groups.collect::<Vec<_>>())),
        ])
    }

    /// A group's `ansible_group_priority`.
    pub fn group_priority(&self, group: GroupId) -> i64 {
        self.group_at(group).map_or(1, |group| group.priority)
    }

    fn files_of(
        &self,
        dirs: &[&Path],
        kind: VarsDir,
        names: &[&str],
    ) -> Result<Vec<Arc<Dict>>, InventoryError> {
        let mut found = Vec::new();
        for dir in dirs {
            for name in names {
                found.extend(self.files.vars(dir, kind, name)?);
            }
        }
        Ok(found)
    }
}

//! A host's variables, each level of the precedence ladder apart.

use crate::{HostId, Inventory, InventoryError, files::VarsDir};
use rplay_value::Dict;
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
}

impl HostVars {
    /// All levels in Ansible's order, lowest precedence first.
    pub fn layers(&self) -> impl Iterator<Item = &Arc<Dict>> {
        [
            &self.all,
            &self.groups,
            &self.all_files_inventory,
            &self.all_files_playbook,
            &self.groups_files_inventory,
            &self.groups_files_playbook,
            &self.host,
            &self.host_files_inventory,
            &self.host_files_playbook,
        ]
        .into_iter()
        .flatten()
    }

    /// The levels merged into one dictionary; `hash_behaviour=merge` when `merge` is set.
    pub fn merged(&self, merge: bool) -> Dict {
        self.layers().fold(Dict::new(), |below, above| crate::files::combined(&below, above, merge))
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
        let playbook: Vec<&Path> = playbook_dir.into_iter().collect();
        let inventory: Vec<&Path> = self.files.inventory_dirs.iter().map(AsRef::as_ref).collect();
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
        })
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

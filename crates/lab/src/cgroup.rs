//! A control group of its own for every host, in every hierarchy the machine mounts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{LabError, Result};
use crate::file;

/// A mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hierarchy {
    root: PathBuf,
    unified: bool,
}

/// The control groups of one host.
#[derive(Debug, Clone)]
pub(crate) struct HostCgroup {
    hierarchies: Vec<Hierarchy>,
    lab: String,
    host: String,
}

impl HostCgroup {
    /// The groups `LAB/HOST` in all hierarchies; nothing is created.
    pub(crate) fn new(lab: &str, host: &str) -> Result<Self> {
        let mounts = file::read(Path::new("/proc/self/mounts"))?;
        Ok(Self { hierarchies: hierarchies(&mounts), lab: lab.to_owned(), host: host.to_owned() })
    }

    fn lab_dir(&self, hierarchy: &Hierarchy) -> PathBuf {
        hierarchy.root.join(&self.lab)
    }

    /// The host's directory in each hierarchy.
    pub(crate) fn dirs(&self) -> Vec<PathBuf> {
        self.hierarchies.iter().map(|hierarchy| self.lab_dir(hierarchy).join(&self.host)).collect()
    }

    /// Creates the groups and limits the host's memory (`memory` as the kernel reads it: `5G`, `512M`).
    pub(crate) fn create(&self, memory: &str) -> Result<()> {
        let alone = self.hierarchies.len() == 1;
        for hierarchy in &self.hierarchies {
            let lab = self.lab_dir(hierarchy);
            file::make_dirs(&lab)?;
            if hierarchy.unified && alone {
                delegate(&hierarchy.root)?;
                delegate(&lab)?;
            }
            inherit_cpuset(&hierarchy.root, &lab)?;
            let host = lab.join(&self.host);
            file::make_dirs(&host)?;
            for limit in ["memory.limit_in_bytes", "memory.max"] {
                let limit = host.join(limit);
                if limit.exists() {
                    file::write(&limit, memory)?;
                }
            }
        }
        Ok(())
    }

    /// All processes of the host, in whatever group below its own.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let mut found = Vec::new();
        for dir in self.dirs() {
            collect(&dir, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Stops (or continues) every process of the host at once, children to come included.
    pub(crate) fn freeze(&self, frozen: bool) -> Result<()> {
        let name = if frozen { "FROZEN" } else { "THAWED" };
        for dir in self.dirs() {
            let (v1, v2) = (dir.join("freezer.state"), dir.join("cgroup.freeze"));
            if v1.exists() {
                file::write(&v1, name)?;
                return wait_for(&v1, name);
            }
            if v2.exists() && !self.has_v1_freezer() {
                return file::write(&v2, if frozen { "1" } else { "0" });
            }
        }
        Err(LabError::NoFreezer { host: self.host.clone() })
    }

    fn has_v1_freezer(&self) -> bool {
        self.dirs().iter().any(|dir| dir.join("freezer.state").exists())
    }

    /// Removes the host's empty groups; the lab's go with its last host.
    pub(crate) fn remove(&self) {
        for hierarchy in &self.hierarchies {
            let lab = self.lab_dir(hierarchy);
            // A group just emptied stays busy for a moment.
            for _ in 0..20 {
                remove_groups(&lab.join(&self.host));
                if !lab.join(&self.host).exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = fs::remove_dir(lab);
        }
    }
}

fn hierarchies(mounts: &str) -> Vec<Hierarchy> {
    let mut found: Vec<Hierarchy> = Vec::new();
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        let (Some(root), Some(kind)) = (fields.next(), fields.next()) else { continue };
        let hierarchy = Hierarchy { root: PathBuf::from(root), unified: kind == "cgroup2" };
        if kind.starts_with("cgroup") && root.starts_with("/sys/fs/cgroup") && !found.contains(&hierarchy) {
            found.push(hierarchy);
        }
    }
    found
}

/// Lets children of a unified group have the controllers the hosts need.
fn delegate(group: &Path) -> Result<()> {
    let offered = file::read(&group.join("cgroup.controllers"))?;
    let wanted: Vec<String> = ["cpu", "cpuset", "io", "memory", "pids"]
        .iter()
        .filter(|name| offered.split_whitespace().any(|offer| offer == **name))
        .map(|name| format!("+{name}"))
        .collect();
    file::write(&group.join("cgroup.subtree_control"), &wanted.join(" "))
}

/// A v1 cpuset group takes no process before it has CPUs and memory nodes.
fn inherit_cpuset(root: &Path, group: &Path) -> Result<()> {
    if !root.join("cpuset.cpus").exists() {
        return Ok(());
    }
    for name in ["cpuset.cpus", "cpuset.mems"] {
        file::write(&group.join(name), &file::read(&root.join(name))?)?;
    }
    file::write(&group.join("cgroup.clone_children"), "1")
}

fn wait_for(path: &Path, state: &str) -> Result<()> {
    for _ in 0..100 {
        if file::read(path)?.trim() == state {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(LabError::Record {
        path: path.to_owned(),
        why: format!("the group did not become {state} within 2 s"),
    })
}

fn collect(dir: &Path, found: &mut Vec<i32>) {
    let text = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 0));
    for entry in file::entries(dir).iter().filter(|path| path.is_dir()) {
        collect(entry, found);
    }
}

fn remove_groups(dir: &Path) {
    for entry in file::entries(dir).iter().filter(|path| path.is_dir()) {
        remove_groups(entry);
    }
    let _ = fs::remove_dir(dir);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_hybrid_and_unified_machines() {
        let hybrid = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n\
                      cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        let found = hierarchies(hybrid);
        assert_eq!(found.len(), 2);
        assert!(!found[0].unified && found[1].unified);
        assert_eq!(hierarchies("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n").len(), 1);
    }
}

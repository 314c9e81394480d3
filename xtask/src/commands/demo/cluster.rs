//! What the demonstration's inventory says about the cluster.

use std::net::Ipv4Addr;
use std::path::Path;

use crate::error::{Result, TaskError};

/// The parts of the inventory that the health check looks at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cluster {
    /// Members of the group `etcd`.
    pub(super) etcd: Vec<String>,
    /// Members of the group `lb`.
    pub(super) balancers: Vec<String>,
    /// The virtual address.
    pub(super) address: Ipv4Addr,
}

impl Cluster {
    /// Reads `hosts` and `group_vars/all.yml` of an inventory directory.
    pub(super) fn read(inventory: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = inventory.join(name);
            std::fs::read_to_string(&path).map_err(TaskError::io("cannot read", &path))
        };
        let (hosts, variables) = (read("hosts")?, read("group_vars/all.yml")?);
        let missing = |what: &str| TaskError::Failed(format!("{} names no {what}", inventory.display()));
        let (etcd, balancers) = (group(&hosts, "etcd"), group(&hosts, "lb"));
        if etcd.is_empty() {
            return Err(missing("host in the group etcd"));
        }
        let address = variables.lines().find_map(|line| line.strip_prefix("vip:"));
        let address = address.and_then(|text| text.trim().trim_matches(['"', '\'']).parse().ok());
        Ok(Self { etcd, balancers, address: address.ok_or_else(|| missing("vip"))? })
    }
}

/// Names in a section of an INI inventory.
fn group(hosts: &str, name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    let lines = hosts.lines().map(str::trim).skip_while(|line| *line != header).skip(1);
    let members = lines.take_while(|line| !line.starts_with('['));
    let named = members.filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    named.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_end_at_the_next_section() {
        let hosts = "[etcd]\nn1\n# n9\n\nn2 a=b\n[lb]\nn3 vrrp_priority=1\n";
        assert_eq!(group(hosts, "etcd"), ["n1", "n2"]);
        assert_eq!(group(hosts, "lb"), ["n3"]);
        assert!(group(hosts, "worker").is_empty());
    }
}

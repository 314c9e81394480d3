//! Files that let rplay, ansible-core and ssh reach a lab without further flags.

use crate::base::{DEPLOY_USER, OPS_USER};
use crate::cache::Cache;
use crate::error::Result;
use crate::file;
use crate::record::LabRecord;

/// Writes inventory, known hosts and ssh configuration of a lab.
pub(crate) fn write(cache: &Cache, record: &LabRecord) -> Result<()> {
    file::write(&record.inventory, &inventory(record))?;
    file::write(&record.known_hosts, &known_hosts(cache, record)?)?;
    file::write(&record.ssh_config, &ssh_config(record))
}

fn inventory(record: &LabRecord) -> String {
    let mut text =
        format!("# Hosts of the lab `{}`; users root, {OPS_USER}, {DEPLOY_USER}.\n[lab]\n", record.name);
    for host in &record.hosts {
        text.push_str(&format!("{} ansible_host={}\n", host.name, host.addr));
    }
    text.push_str(&format!(
        "\n[all:vars]\nansible_user=root\nansible_ssh_private_key_file={}\n\
         ansible_ssh_common_args='-o UserKnownHostsFile={} -o StrictHostKeyChecking=yes'\n",
        record.key.display(),
        record.known_hosts.display()
    ));
    text
}

fn known_hosts(cache: &Cache, record: &LabRecord) -> Result<String> {
    let mut text = String::new();
    for host in &record.hosts {
        for path in file::entries(&cache.host_keys(&record.name, &host.name).join("etc/ssh")) {
            if path.extension().is_some_and(|ext| ext == "pub") {
                let key = file::read(&path)?;
                let mut words = key.split_whitespace();
                let (kind, data) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                text.push_str(&format!("{},{} {kind} {data}\n", host.addr, host.name));
            }
        }
    }
    Ok(text)
}

fn ssh_config(record: &LabRecord) -> String {
    let mut text = String::new();
    for host in &record.hosts {
        text.push_str(&format!("Host {}\n  HostName {}\n", host.name, host.addr));
    }
    // Last, so that what a command line or a host's own block says wins.
    text.push_str(&format!(
        "Host *\n  User root\n  IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
         StrictHostKeyChecking yes\n  ConnectTimeout 5\n  LogLevel ERROR\n",
        record.key.display(),
        record.known_hosts.display()
    ));
    text
}

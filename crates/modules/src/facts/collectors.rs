//! The table of collectors: one entry each.

use super::host::Host;
use super::{
    apparmor, caps, chroot, cmdline, date_time, distribution, dns, env, fips, hardware, loadavg, local, lsb,
    network, outside, pkg_mgr, platform, python, selinux, service_mgr, ssh_pub_keys, systemd, user,
    virtualization,
};
use crate::args::Map;
use std::collections::BTreeSet;

/// A collector: a name for `gather_subset`, and the function that looks.
pub(super) struct Collector {
    pub(super) name: &'static str,
    /// Facts of its that can be asked for by name.
    pub(super) facts: &'static [&'static str],
    /// Collectors whose facts are returned along with its own.
    pub(super) needs: &'static [&'static str],
    /// What its facts' names begin with.
    pub(super) prefix: &'static str,
    run: fn(&Host<'_>) -> Map,
}

impl Collector {
    const fn new(name: &'static str, facts: &'static [&'static str], run: fn(&Host<'_>) -> Map) -> Self {
        Self { name, facts, needs: &[], prefix: "ansible", run }
    }

    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    const fn prefix(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    /// All names it answers to.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.facts.iter().copied())
    }

    pub(super) fn answers_any(&self, names: &BTreeSet<&str>) -> bool {
        self.names().any(|name| names.contains(name))
    }

    /// Looks; fact names are without prefix.
    pub(super) fn collect(&self, host: &Host<'_>) -> Map {
        (self.run)(host)
    }
}

const PLATFORM: &[&str] =
    &["system", "kernel", "kernel_version", "machine", "python_version", "architecture", "machine_id"];
const DISTRIBUTION: &[&str] =
    &["distribution_version", "distribution_release", "distribution_major_version", "os_family"];
const SSH_KEYS: &[&str] = &[
    "ssh_host_pub_keys",
    "ssh_host_key_dsa_public",
    "ssh_host_key_rsa_public",
    "ssh_host_key_ecdsa_public",
    "ssh_host_key_ed25519_public",
];
const USER: &[&str] = &[
    "user_id",
    "user_uid",
    "user_gid",
    "user_gecos",
    "user_dir",
    "user_shell",
    "real_user_id",
    "effective_user_id",
    "effective_group_ids",
];
const VIRTUAL: &[&str] =
    &["virtualization_type", "virtualization_role", "virtualization_tech_guest", "virtualization_tech_host"];
const HARDWARE: &[&str] = &["processor", "processor_cores", "processor_count", "mounts", "devices"];
const NETWORK: &[&str] =
    &["interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses"];

/// All collectors, in the order their facts are returned.
pub(super) static COLLECTORS: &[Collector] = &[
    Collector::new("platform", PLATFORM, platform::collect),
    Collector::new("distribution", DISTRIBUTION, distribution::collect),
    Collector::new("lsb", &[], lsb::collect),
    Collector::new("selinux", &[], selinux::collect),
    Collector::new("apparmor", &[], apparmor::collect),
    Collector::new("chroot", &["is_chroot"], chroot::collect),
    Collector::new("fips", &[], fips::collect),
    Collector::new("python", &[], python::collect),
    Collector::new("caps", &["system_capabilities", "system_capabilities_enforced"], caps::collect),
    Collector::new("pkg_mgr", &[], pkg_mgr::collect).needs(&["distribution"]),
    Collector::new("service_mgr", &[], service_mgr::collect).needs(&["platform", "distribution"]),
    Collector::new("cmdline", &[], cmdline::collect),
    Collector::new("date_time", &[], date_time::collect),
    Collector::new("env", &[], env::collect),
    Collector::new("loadavg", &[], loadavg::collect),
    Collector::new("ssh_pub_keys", SSH_KEYS, ssh_pub_keys::collect),
    Collector::new("user", USER, user::collect),
    Collector::new("systemd", &[], systemd::collect),
    Collector::new("virtual", VIRTUAL, virtualization::collect),
    Collector::new("hardware", HARDWARE, hardware::collect).needs(&["platform"]),
    Collector::new("dns", &[], dns::collect),
    Collector::new("fibre_channel_wwn", &[], network::initiators::fibre_channel),
    Collector::new("network", NETWORK, network::collect).needs(&["distribution", "platform"]),
    Collector::new("iscsi", &[], network::initiators::iscsi),
    Collector::new("nvme", &[], network::initiators::nvme),
    Collector::new("local", &[], local::collect),
    Collector::new("facter", &[], outside::facter).prefix("facter"),
    Collector::new("ohai", &[], outside::ohai).prefix("ohai"),
];

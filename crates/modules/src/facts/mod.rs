//! Facts: what `setup` tells about the host. One file per collector, one line each in
//! `collectors.rs`; names, types and values are those of ansible-core's collectors.

mod apparmor;
mod caps;
mod chroot;
mod cmdline;
mod collectors;
mod date_time;
mod distribution;
mod dns;
mod env;
mod fips;
mod fqdn;
pub use fqdn::fqdn;
mod hardware;
mod host;
mod ini;
mod loadavg;
mod local;
mod lsb;
pub(crate) mod mount_facts;
mod network;
mod outside;
mod pkg_mgr;
mod platform;
mod python;
mod selinux;
mod service_mgr;
pub(crate) mod setup;
mod ssh_pub_keys;
mod subset;
mod systemd;
mod user;
mod virtualization;

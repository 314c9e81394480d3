//! Modules that manage the machine: kernel, mounts, time, jobs, names.

pub(crate) mod alternatives;
pub(crate) mod cron;
pub(crate) mod hostname;
pub(crate) mod iptables;
pub(crate) mod locale_gen;
pub(crate) mod modprobe;
pub(crate) mod mount;
pub(crate) mod seboolean;
pub(crate) mod selinux;
pub(crate) mod sysctl;
pub(crate) mod timezone;

mod crontab;
mod fstab;
mod iptables_rule;

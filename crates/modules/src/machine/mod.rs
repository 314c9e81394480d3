//! Modules that manage the machine: kernel, mounts, time, jobs, names.

pub(crate) mod cron;
pub(crate) mod hostname;
pub(crate) mod modprobe;
pub(crate) mod mount;
pub(crate) mod sysctl;

mod crontab;
mod fstab;

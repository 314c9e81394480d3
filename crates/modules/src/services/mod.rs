//! Modules that manage services.

pub(crate) mod service;
pub(crate) mod service_facts;
pub(crate) mod systemd;
pub(crate) mod systemd_service;
pub(crate) mod sysvinit;

mod systemctl;
mod sysv;

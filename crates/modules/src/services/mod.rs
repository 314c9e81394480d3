//! Modules that manage services.

pub(crate) mod service;
pub(crate) mod service_facts;
pub(crate) mod systemd;
pub(crate) mod systemd_service;

mod systemctl;
mod sysv;

//! `systemd_service`: the other name of `systemd`.

pub(crate) use super::systemd::{Args, plan};

//! `yum`: the other name of `dnf`, as in Ansible.

pub(crate) use super::dnf::{Args, plan};

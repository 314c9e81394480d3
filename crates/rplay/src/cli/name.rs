//! The names the program answers to.

use std::{ffi::OsStr, path::Path};

/// What the program was called as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `rplay`.
    Rplay,
    /// `ansible`.
    Ansible,
    /// `ansible-playbook`.
    AnsiblePlaybook,
    /// `ansible-vault`.
    AnsibleVault,
    /// Another of Ansible's commands, not there yet.
    Later(&'static str),
}

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Playbooks.
    Playbook,
    /// One task on a pattern of hosts.
    Adhoc,
}

/// The names links are made for: those that work.
pub(crate) const LINKED: [&str; 3] = ["ansible", "ansible-playbook", "ansible-vault"];

const LATER: [&str; 6] = [
    "ansible-config",
    "ansible-console",
    "ansible-doc",
    "ansible-galaxy",
    "ansible-inventory",
    "ansible-pull",
];

impl Name {
    /// The name in `argv[0]`.
    pub(crate) fn of(arg0: &OsStr) -> Self {
        let file = Path::new(arg0).file_name().and_then(OsStr::to_str).unwrap_or_default();
        match file {
            "ansible" => Name::Ansible,
            "ansible-playbook" => Name::AnsiblePlaybook,
            "ansible-vault" => Name::AnsibleVault,
            other => {
                LATER.iter().find(|later| **later == other).map_or(Name::Rplay, |later| Name::Later(later))
            }
        }
    }
}

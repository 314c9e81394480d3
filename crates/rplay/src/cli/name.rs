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
    /// Another command by its Ansible name: `config` of `ansible-config`.
    Command(&'static str),
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
pub(crate) const LINKED: [&str; 8] = [
    "ansible",
    "ansible-inventory",
    "ansible-playbook",
    "ansible-config",
    "ansible-console",
    "ansible-doc",
    "ansible-pull",
    "ansible-vault",
];

/// Commands by their Ansible names.
const COMMANDS: [(&str, &str); 6] = [
    ("ansible-config", "config"),
    ("ansible-console", "console"),
    ("ansible-doc", "doc"),
    ("ansible-inventory", "inventory"),
    ("ansible-pull", "pull"),
    ("ansible-vault", "vault"),
];

const LATER: [&str; 1] = ["ansible-galaxy"];

impl Name {
    /// The name in `argv[0]`.
    pub(crate) fn of(arg0: &OsStr) -> Self {
        let file = Path::new(arg0).file_name().and_then(OsStr::to_str).unwrap_or_default();
        match file {
            "ansible" => Name::Ansible,
            "ansible-playbook" => Name::AnsiblePlaybook,
            other => match COMMANDS.iter().find(|(name, _)| *name == other) {
                Some((_, command)) => Name::Command(command),
                None => LATER
                    .iter()
                    .find(|later| **later == other)
                    .map_or(Name::Rplay, |later| Name::Later(later)),
            },
        }
    }
}

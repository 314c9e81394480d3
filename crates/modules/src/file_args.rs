//! The parameters all modules that write files share.

use crate::args::{ModuleArgs, Value};

/// Mode, owner, group and the like of a file.
#[derive(Clone, Debug, Default, ModuleArgs)]
pub struct FileArgs {
    /// The permissions, as an octal number (quote it, or write the leading zero) or symbolic
    /// (`u=rwX,g=rX,o=`).
    pub mode: Value,
    /// Name or number of the user who is to own it.
    pub owner: Option<String>,
    /// Name or number of the group that is to own it.
    pub group: Option<String>,
    /// The user part of the SELinux context; `_default` takes it from the policy.
    pub seuser: Option<String>,
    /// The role part of the SELinux context; `_default` takes it from the policy.
    pub serole: Option<String>,
    /// The level part of the SELinux context; `_default` takes it from the policy.
    pub selevel: Option<String>,
    /// The type part of the SELinux context; `_default` takes it from the policy.
    pub setype: Option<String>,
    /// Attribute flags as `lsattr` shows them, with an optional `+`, `-` or `=` before them.
    #[arg(alias = "attr")]
    pub attributes: Option<String>,
    /// Whether the file may be overwritten in place where it cannot be replaced atomically.
    #[arg(default = false, env("ANSIBLE_UNSAFE_WRITES"))]
    pub unsafe_writes: bool,
}

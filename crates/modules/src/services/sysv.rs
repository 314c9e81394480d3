//! Init scripts of System V.

use crate::System;
use crate::text::glob::glob;
use rustix::fs::Access;
use std::path::Path;

/// Whether there is an executable init script of this name.
pub(super) fn exists(name: &str, sys: &System) -> bool {
    !name.contains('/') && sys.access(format!("/etc/init.d/{name}"), Access::EXEC_OK)
}

/// Whether a run level starts it.
pub(super) fn is_enabled(name: &str) -> bool {
    has_links('S', name)
}

/// Whether a run level has a start (`S`) or stop (`K`) link of it.
pub(super) fn has_links(kind: char, name: &str) -> bool {
    !glob(&format!("/etc/rc?.d/{kind}??{name}"), Path::new("/")).is_empty()
}

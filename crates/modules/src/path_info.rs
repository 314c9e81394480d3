//! What AnsibleModule adds to every result that names a file.

use crate::args::{Map, Value};
use crate::system::System;
use std::os::unix::fs::MetadataExt as _;

/// Adds owner, group, mode, state and size of the result's `path` (or `dest`), when it exists.
pub(crate) fn add(result: &mut Map, sys: &System) {
    let named = result.get("path").or_else(|| result.get("dest"));
    let Some(path) = named.and_then(Value::as_str).map(str::to_owned) else { return };
    let (Ok(Some(found)), true) = (sys.lstat(&path), sys.exists(&path)) else { return };
    let user = sys.user_name(found.uid()).unwrap_or_else(|| found.uid().to_string());
    let group = sys.group_name(found.gid()).unwrap_or_else(|| found.gid().to_string());
    let state = if found.is_symlink() {
        "link"
    } else if found.is_dir() {
        "directory"
    } else if found.nlink() > 1 {
        "hard"
    } else {
        "file"
    };
    let mut set = |key: &str, value: Value| result.insert(key.to_owned(), value);
    set("uid", found.uid().into());
    set("gid", found.gid().into());
    set("owner", user.into());
    set("group", group.into());
    set("mode", format!("0{:03o}", found.mode() & 0o7777).into());
    set("state", state.into());
    if let Some(context) = sys.selinux_context(path.as_ref()) {
        set("secontext", context.into());
    }
    set("size", found.len().into());
}

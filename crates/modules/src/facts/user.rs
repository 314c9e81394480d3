//! The user that tasks run as.

use super::host::Host;
use crate::args::Map;
use crate::system::User;
use rustix::process::{getegid, geteuid, getgid, getuid};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let sys = host.sys;
    let mut facts = Map::new();
    let mut set = |name: &str, value: crate::args::Value| facts.insert(name.to_owned(), value);
    let uid = getuid().as_raw();
    let named = ["LOGNAME", "USER", "LNAME", "USERNAME"].iter().filter_map(|name| sys.env(name));
    let named = named.into_iter().find(|name| !name.is_empty());
    let entry = named.as_deref().and_then(|name| sys.user(name)).or_else(|| sys.user_by_id(uid));
    if let Some(id) = named.or_else(|| entry.as_ref().map(|user| user.name.clone())) {
        set("user_id", id.into());
    }
    if let Some(User { uid, gid, gecos, home, shell, .. }) = entry {
        set("user_uid", uid.into());
        set("user_gid", gid.into());
        set("user_gecos", gecos.into());
        set("user_dir", home.into());
        set("user_shell", shell.into());
    }
    set("real_user_id", uid.into());
    set("effective_user_id", geteuid().as_raw().into());
    set("real_group_id", getgid().as_raw().into());
    set("effective_group_id", getegid().as_raw().into());
    facts
}

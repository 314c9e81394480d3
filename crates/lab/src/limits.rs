//! Limits counted over the whole machine.

use std::path::Path;

use crate::error::Result;
use crate::file;

/// Counted per user id over the machine and all hosts; a few hosts with a kubelet exhaust the defaults.
const RAISED: &[(&str, u64)] =
    &[("/proc/sys/fs/inotify/max_user_instances", 1024), ("/proc/sys/fs/inotify/max_user_watches", 524_288)];

/// Raises the machine's limits to what labs need; never lowers one.
pub(crate) fn raise() -> Result<()> {
    for (path, wanted) in RAISED {
        let path = Path::new(path);
        let found: u64 = file::read(path)?.trim().parse().unwrap_or(0);
        if found < *wanted {
            file::write(path, &wanted.to_string())?;
        }
    }
    Ok(())
}

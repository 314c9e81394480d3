//! `is_chroot`.

use super::host::Host;
use crate::args::Map;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

const BTRFS: u64 = 0x9123_683e;
const XFS: u64 = 0x5846_5342;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let named = host.sys.env("debian_chroot").is_some_and(|name| !name.is_empty());
    Map::from_iter([("is_chroot".to_owned(), (named || differs()).into())])
}

/// Whether `/` is another directory than the first process's; who may not look there judges by the
/// number file systems give their root directory.
fn differs() -> bool {
    let Ok(own) = fs::metadata("/") else { return false };
    match fs::metadata("/proc/1/root/.") {
        Ok(first) => (own.ino(), own.dev()) != (first.ino(), first.dev()),
        Err(_) => own.ino() != usual_root(),
    }
}

fn usual_root() -> u64 {
    match rustix::fs::statfs("/").map(|found| u64::try_from(found.f_type).unwrap_or(0)) {
        Ok(BTRFS) => 256,
        Ok(XFS) => 128,
        _ => 2,
    }
}

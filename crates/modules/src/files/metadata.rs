//! What `stat` and `find` tell of a file's metadata, under the same names.

use crate::args::Value;
use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

/// The bits of a mode that have a name.
const PERMISSIONS: [(&str, u32); 11] = [
    ("wusr", 0o200),
    ("rusr", 0o400),
    ("xusr", 0o100),
    ("wgrp", 0o020),
    ("rgrp", 0o040),
    ("xgrp", 0o010),
    ("woth", 0o002),
    ("roth", 0o004),
    ("xoth", 0o001),
    ("isuid", 0o4000),
    ("isgid", 0o2000),
];

/// Seconds as Python's float has them.
pub(crate) fn seconds(whole: i64, nanoseconds: i64) -> f64 {
    whole as f64 + 1e-9 * nanoseconds as f64
}

/// `mode`, in octal.
pub(super) fn mode<R>(found: &Metadata, set: &mut impl FnMut(&str, Value) -> R) {
    set("mode", format!("{:04o}", found.mode() & 0o7777).into());
}

/// Owner, size, place and times.
pub(super) fn numbers<R>(found: &Metadata, set: &mut impl FnMut(&str, Value) -> R) {
    set("uid", found.uid().into());
    set("gid", found.gid().into());
    set("size", found.size().into());
    set("inode", found.ino().into());
    set("dev", found.dev().into());
    set("nlink", found.nlink().into());
    set("atime", seconds(found.atime(), found.atime_nsec()).into());
    set("mtime", seconds(found.mtime(), found.mtime_nsec()).into());
    set("ctime", seconds(found.ctime(), found.ctime_nsec()).into());
}

/// Which kind of file it is.
pub(super) fn kinds<R>(found: &Metadata, set: &mut impl FnMut(&str, Value) -> R) {
    let kind = found.file_type();
    set("isdir", kind.is_dir().into());
    set("ischr", kind.is_char_device().into());
    set("isblk", kind.is_block_device().into());
    set("isreg", kind.is_file().into());
    set("isfifo", kind.is_fifo().into());
    set("islnk", kind.is_symlink().into());
    set("issock", kind.is_socket().into());
}

/// The bits of its mode, one by one.
pub(super) fn permissions<R>(found: &Metadata, set: &mut impl FnMut(&str, Value) -> R) {
    for (key, bit) in PERMISSIONS {
        set(key, (found.mode() & bit != 0).into());
    }
}

//! `stat`: what is known about a file.

use super::metadata;
use crate::args::{Map, ModuleArgs, Value};
use crate::system::{Algorithm, os_text};
use crate::{Failure, ModuleResult, Plan, System};
use rustix::fs::Access;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Look at a file or directory.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The file.
    #[arg(aliases("dest", "name"))]
    path: PathBuf,
    /// Look at what a link points to.
    #[arg(default = false)]
    follow: bool,
    /// Compute a checksum of regular files.
    #[arg(default = true)]
    get_checksum: bool,
    /// Ask `file` for type and encoding.
    #[arg(default = true, aliases("mime", "mime_type", "mime-type"))]
    get_mime: bool,
    /// Ask `lsattr` for the attribute flags.
    #[arg(default = true, aliases("attr", "attributes"))]
    get_attributes: bool,
    /// Which checksum.
    #[arg(default = "sha1", aliases("checksum", "checksum_algo"))]
    checksum_algorithm: Algorithm,
    /// Accepted and without effect: there is no separate MD5 any more.
    #[arg(name = "get_md5", removed_in = "2.9")]
    _get_md5: Option<bool>,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let looked = if args.follow { sys.stat(&args.path) } else { sys.lstat(&args.path) };
    let found = looked.map_err(|error| {
        let text = error.io().map_or_else(|| error.to_string(), os_text);
        Failure::new(text).cause(&error)
    })?;
    let Some(found) = found else {
        // A file where a directory should be is an error here, though elsewhere it is just absence.
        let looked = std::fs::symlink_metadata(sys.resolve(&args.path));
        if let Some(error) = looked.err().filter(|error| error.kind() == ErrorKind::NotADirectory) {
            return Err(Failure::new(os_text(&error)));
        }
        let mut absent = Map::new();
        absent.insert("exists".to_owned(), Value::from(false));
        return Ok(Plan::done(ModuleResult::unchanged().with("stat", absent)));
    };
    let mut stat = Map::new();
    let mut set = |key: &str, value: Value| stat.insert(key.to_owned(), value);
    set("exists", true.into());
    set("path", text(&args.path).into());
    metadata::mode(&found, &mut set);
    metadata::numbers(&found, &mut set);
    set("blocks", found.blocks().into());
    set("block_size", found.blksize().into());
    set("device_type", found.rdev().into());
    metadata::kinds(&found, &mut set);
    metadata::permissions(&found, &mut set);
    names(&args.path, &found, sys, &mut set);
    let readable = sys.access(&args.path, Access::READ_OK);
    set("readable", readable.into());
    set("writeable", sys.access(&args.path, Access::WRITE_OK).into());
    set("executable", sys.access(&args.path, Access::EXEC_OK).into());
    if args.get_checksum && found.is_file() && readable {
        set("checksum", sys.checksum(&args.path, args.checksum_algorithm)?.into());
    }
    if args.get_mime {
        let (mimetype, charset) = mime(&args.path, sys).unwrap_or(("unknown".into(), "unknown".into()));
        set("mimetype", mimetype.into());
        set("charset", charset.into());
    }
    if args.get_attributes {
        attributes(&args.path, sys, &mut set);
    }
    Ok(Plan::done(ModuleResult::unchanged().with("stat", stat)))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn names<R>(path: &Path, found: &Metadata, sys: &System, set: &mut impl FnMut(&str, Value) -> R) {
    if found.is_symlink() {
        set("lnk_source", text(&sys.real_path(path)).into());
        if let Ok(target) = sys.read_link(path) {
            set("lnk_target", text(&target).into());
        }
    }
    if let Some(name) = sys.user_name(found.uid()) {
        set("pw_name", name.into());
    }
    if let Some(name) = sys.group_name(found.gid()) {
        set("gr_name", name.into());
    }
}

/// Type and encoding as `file` tells them.
fn mime(path: &Path, sys: &System) -> Option<(String, String)> {
    let program = sys.bin_path("file")?;
    let output = sys.command([program.as_str(), "--mime-type", "--mime-encoding", &text(path)]).run().ok()?;
    let said = output.stdout_text();
    let (mimetype, charset) = said.rsplit_once(':')?.1.split_once(';')?;
    (output.rc == 0).then_some(())?;
    Some((mimetype.trim().to_owned(), charset.split_once('=')?.1.trim().to_owned()))
}

/// Words for the flags of `lsattr`.
const FLAGS: [(char, &str); 20] = [
    ('A', "noatime"),
    ('a', "append"),
    ('c', "compressed"),
    ('C', "nocow"),
    ('d', "nodump"),
    ('D', "dirsync"),
    ('e', "extents"),
    ('E', "encrypted"),
    ('h', "blocksize"),
    ('i', "immutable"),
    ('I', "indexed"),
    ('j', "journalled"),
    ('N', "inline"),
    ('s', "zero"),
    ('S', "synchronous"),
    ('t', "notail"),
    ('T', "blockroot"),
    ('u', "undelete"),
    ('X', "compressedraw"),
    ('Z', "compresseddirty"),
];

fn attributes<R>(path: &Path, sys: &System, set: &mut impl FnMut(&str, Value) -> R) {
    let words = sys.lsattr(path, "-vd").unwrap_or_default();
    let (version, flags) = match words.as_slice() {
        [version, flags, ..] => (Value::from(version.as_str()), flags.replace('-', "")),
        _ => (Value::Null, String::new()),
    };
    let word = |flag: char| FLAGS.iter().find(|(letter, _)| *letter == flag).map(|(_, word)| *word);
    set("version", version);
    set("attributes", flags.chars().filter_map(word).collect::<Vec<_>>().into());
    set("attr_flags", flags.into());
}

//! `find`: files that fit criteria.

use super::file::text;
use super::find_filters::{Names, Reading, Scan, Scanned, amount};
use super::metadata::{self, seconds};
use crate::args::{Choice, Map, ModuleArgs, Value, type_name};
use crate::system::{Algorithm, SystemError, errno_text, os_text, parse_mode};
use crate::{Failure, ModuleResult, Plan, System};
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Return a list of files that fit criteria.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The directories to search.
    #[arg(aliases("name", "path"), elements = "path")]
    paths: Vec<String>,
    /// Patterns of file names, one of which must fit.
    #[arg(default = [], alias = "pattern")]
    patterns: Vec<String>,
    /// Patterns of file names, none of which may fit.
    #[arg(alias = "exclude")]
    excludes: Option<Vec<String>>,
    /// A regular expression that must match the start of a line.
    contains: Option<String>,
    /// Search `contains` anywhere in the whole file.
    #[arg(default = false)]
    read_whole_file: bool,
    /// What to look for.
    #[arg(default = "file")]
    file_type: FileType,
    /// Least age, or with a minus greatest age, in seconds or with a unit s, m, h, d, w.
    age: Option<String>,
    /// Which time counts as age.
    #[arg(default = "mtime")]
    age_stamp: AgeStamp,
    /// Least size, or with a minus greatest size, in bytes or with a unit b, k, m, g, t.
    size: Option<String>,
    /// Search directories below.
    #[arg(default = false)]
    recurse: bool,
    /// Names that begin with a dot count too.
    #[arg(default = false)]
    hidden: bool,
    /// Search directories that links point to.
    #[arg(default = false)]
    follow: bool,
    /// Return checksums of files.
    #[arg(default = false)]
    get_checksum: bool,
    /// Which checksum.
    #[arg(default = "sha1", aliases("checksum", "checksum_algo"))]
    checksum_algorithm: Algorithm,
    /// `patterns` and `excludes` are regular expressions.
    #[arg(default = false)]
    use_regex: bool,
    /// How many levels deep to search.
    depth: Option<i64>,
    /// Permissions the file must have.
    mode: Value,
    /// `mode` must fit exactly; otherwise any of its bits is enough.
    #[arg(default = true)]
    exact_mode: bool,
    /// Encoding of the files `contains` looks into: `utf-8`, `ascii` or `latin-1`.
    encoding: Option<String>,
    /// Stop after so many.
    limit: Option<i64>,
}

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum FileType {
    Any,
    Directory,
    File,
    Link,
}

/// Which time counts as age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum AgeStamp {
    Atime,
    Ctime,
    Mtime,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let criteria = Criteria::new(&args, sys)?;
    let mut search = Search { args: &args, criteria, sys, found: Vec::new(), looked: 0, skipped: Map::new() };
    let mut warned = false;
    for path in &args.paths {
        if let Err(why) = search.directory_of(path) {
            sys.warn(format!("Skipped '{path}' path due to this access issue: {why}\n"));
            search.skipped.insert(path.clone(), why.into());
            warned = true;
        }
    }
    let msg = if warned {
        "Not all paths examined, check warnings for details"
    } else if search.full() {
        "Limit of matches reached"
    } else {
        "All paths examined"
    };
    let result = ModuleResult::unchanged()
        .with("matched", search.found.len())
        .with("examined", search.looked)
        .with("msg", msg)
        .with("skipped_paths", search.skipped)
        .with("files", search.found);
    Ok(Plan::done(result))
}

/// What a file must fulfil, read from the arguments once.
struct Criteria {
    names: Names,
    age: Option<i64>,
    size: Option<i64>,
    mode: Option<u32>,
    content: Option<Scan>,
    now: f64,
}

const AGE_UNITS: &[(char, i64)] = &[('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
const SIZE_UNITS: &[(char, i64)] =
    &[('b', 1), ('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40)];

impl Criteria {
    fn new(args: &Args, sys: &System) -> Result<Self, Failure> {
        let truthy = !matches!(&args.mode, Value::Null | Value::Bool(false));
        if truthy && !args.mode.is_string() && args.mode.as_i64() != Some(0) {
            return Err(Failure::new(format!(
                "argument 'mode' is not a string and conversion is not allowed, value is of type {}",
                type_name(&args.mode)
            )));
        }
        let age = limit(args.age.as_deref(), "age", AGE_UNITS)?;
        let size = limit(args.size.as_deref(), "size", SIZE_UNITS)?;
        if let Some(limit) = args.limit.filter(|limit| *limit <= 0) {
            return Err(Failure::new(format!("limit cannot be {limit} (use None for unlimited)")));
        }
        let mode = match args.mode.as_str().filter(|text| !text.is_empty()) {
            Some(_) => {
                Some(parse_mode(&args.mode, 0, false).map_err(|(msg, why)| Failure::new(msg).cause(why))?)
            }
            None => None,
        };
        let content = match &args.contains {
            Some(pattern) => {
                Some(Scan::new(pattern, Reading::of(args.encoding.as_deref())?, args.read_whole_file)?)
            }
            None => None,
        };
        Ok(Self {
            names: Names::new(&args.patterns, args.excludes.as_deref().unwrap_or_default(), args.use_regex)?,
            age,
            size,
            mode,
            content,
            now: sys.now().timestamp().as_microsecond() as f64 / 1e6,
        })
    }

    fn fits(&self, found: &Metadata, name: &str, args: &Args) -> Result<bool, String> {
        Ok(self.names.fit(name).map_err(|error| error.to_string())?
            && self.fits_age(found, args.age_stamp)
            && self.fits_mode(found, args.exact_mode))
    }

    fn fits_age(&self, found: &Metadata, stamp: AgeStamp) -> bool {
        let Some(age) = self.age else { return true };
        let then = match stamp {
            AgeStamp::Atime => seconds(found.atime(), found.atime_nsec()),
            AgeStamp::Ctime => seconds(found.ctime(), found.ctime_nsec()),
            AgeStamp::Mtime => seconds(found.mtime(), found.mtime_nsec()),
        };
        let (old, limit) = (self.now - then, age.unsigned_abs() as f64);
        if age >= 0 { old >= limit } else { old <= limit }
    }

    fn fits_size(&self, found: &Metadata) -> bool {
        match self.size {
            None => true,
            Some(size) if size >= 0 => found.len() >= size.unsigned_abs(),
            Some(size) => found.len() <= size.unsigned_abs(),
        }
    }

    fn fits_mode(&self, found: &Metadata, exact: bool) -> bool {
        let now = found.mode() & 0o7777;
        self.mode.is_none_or(|mode| if exact { now == mode } else { now & mode != 0 })
    }
}

fn limit(text: Option<&str>, what: &'static str, units: &[(char, i64)]) -> Result<Option<i64>, Failure> {
    let Some(text) = text else { return Ok(None) };
    match amount(text, units) {
        Some(number) => Ok(Some(number)),
        None => Err(Failure::new(format!("failed to process {what}")).with(what, text)),
    }
}

struct Search<'a> {
    args: &'a Args,
    criteria: Criteria,
    sys: &'a System,
    found: Vec<Value>,
    looked: usize,
    skipped: Map,
}

/// A directory still to be searched.
struct Open {
    path: PathBuf,
    /// Links on the way to it: beyond forty the kernel itself gives up.
    links: usize,
}

impl Search<'_> {
    fn full(&self) -> bool {
        self.args.limit.is_some_and(|limit| i64::try_from(self.found.len()).is_ok_and(|count| count >= limit))
    }

    /// Searches one of the paths; an error ends the search of it.
    fn directory_of(&mut self, path: &str) -> Result<(), String> {
        if !self.sys.is_dir(path) {
            return Err(format!("'{path}' is not a directory"));
        }
        let mut open = vec![Open { path: PathBuf::from(path), links: 0 }];
        while let Some(dir) = open.pop() {
            let (files, dirs) = match self.list(&dir.path) {
                Ok(lists) => lists,
                Err(error) => {
                    self.skip_directory(&dir.path, &error)?;
                    continue;
                }
            };
            self.looked += files.len() + dirs.len();
            let mut below = dirs.clone();
            for entry in files.iter().chain(&dirs) {
                if self.too_deep(path, entry) {
                    below.clear();
                    continue;
                }
                self.entry(entry)?;
                if self.full() {
                    return Ok(());
                }
            }
            if !self.args.recurse {
                return Ok(());
            }
            for path in below.into_iter().rev() {
                let link = self.sys.lstat(&path).is_ok_and(|found| found.is_some_and(|it| it.is_symlink()));
                let links = dir.links + usize::from(link);
                if !link || (self.args.follow && links <= 40) {
                    open.push(Open { path, links });
                }
            }
        }
        Ok(())
    }

    /// What is in a directory: files first, then directories and links to them.
    fn list(&self, dir: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), SystemError> {
        Ok(self
            .sys
            .read_dir(dir)?
            .into_iter()
            .map(|path| normal(&path))
            .partition(|path| !self.sys.is_dir(path)))
    }

    fn skip_directory(&mut self, dir: &Path, error: &SystemError) -> Result<(), String> {
        let Some(io) = error.io() else { return Err(error.to_string()) };
        let why = errno_text(io, dir).replace(": b'", ": '");
        if !matches!(io.kind(), ErrorKind::PermissionDenied | ErrorKind::NotFound) {
            return Err(why);
        }
        self.skipped.insert(text(dir), why.into());
        Ok(())
    }

    fn too_deep(&self, base: &str, path: &Path) -> bool {
        let Some(most) = self.args.depth.filter(|depth| *depth != 0) else { return false };
        let slashes = |text: &str| i64::try_from(text.matches('/').count()).unwrap_or(i64::MAX);
        slashes(&text(path)) - (slashes(base.trim_end_matches('/')) + 1) + 1 > most
    }

    fn entry(&mut self, path: &Path) -> Result<(), String> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') && !self.args.hidden {
            return Ok(());
        }
        let found = match self.sys.lstat(path) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(error) => {
                let why = error.io().map_or_else(|| error.to_string(), os_text);
                self.sys.warn(format!("Skipped entry '{}' due to access issue.: {why}", text(path)));
                self.skipped.insert(text(path), why.into());
                return Ok(());
            }
        };
        if self.wanted(path, &name, &found)? {
            self.found.push(self.describe(path, &found).into());
        }
        Ok(())
    }

    fn wanted(&self, path: &Path, name: &str, found: &Metadata) -> Result<bool, String> {
        let kind = match self.args.file_type {
            FileType::Any => true,
            FileType::Directory => found.is_dir(),
            FileType::File => found.is_file(),
            FileType::Link => found.is_symlink(),
        };
        if !kind || !self.criteria.fits(found, name, self.args)? {
            return Ok(false);
        }
        if found.is_file() && !self.criteria.fits_size(found) {
            return Ok(false);
        }
        match &self.criteria.content {
            Some(scan) if self.args.file_type == FileType::File => match self.sys.open(path) {
                Ok(file) => match scan.file(file).map_err(|error| error.to_string())? {
                    Scanned::Fits => Ok(true),
                    Scanned::Differs => Ok(false),
                    Scanned::Undecodable => Err(format!(
                        "Failed to read the file {} due to an encoding error. current encoding: {}",
                        text(path),
                        self.args
                            .encoding
                            .as_deref()
                            .unwrap_or("None (default determined by the Python built-in function \"open\")")
                    )),
                },
                Err(_) => Ok(false),
            },
            _ => Ok(true),
        }
    }

    fn describe(&self, path: &Path, found: &Metadata) -> Map {
        let mut info = Map::new();
        let mut set = |key: &str, value: Value| info.insert(key.to_owned(), value);
        set("path", text(path).into());
        metadata::mode(found, &mut set);
        metadata::kinds(found, &mut set);
        metadata::numbers(found, &mut set);
        set("gr_name", self.sys.group_name(found.gid()).unwrap_or_default().into());
        set("pw_name", self.sys.user_name(found.uid()).unwrap_or_default().into());
        metadata::permissions(found, &mut set);
        if self.args.get_checksum && found.is_file() {
            let sum = self.sys.checksum(path, self.args.checksum_algorithm);
            set("checksum", sum.map_or(Value::Null, Value::from));
        }
        info
    }
}

/// `os.path.normpath`, for paths a listing made.
fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut made = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(made.components().next_back(), Some(Component::Normal(_))) => {
                made.pop();
            }
            other => made.push(other),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::{Value, json};

    fn names(bench: &Bench, mut args: Value) -> Vec<String> {
        args["paths"] = json!(["@"]);
        let result = bench.run("find", args);
        let mut found: Vec<String> = result["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn criteria_are_ansibles() {
        let bench = Bench::new();
        std::fs::create_dir_all(bench.path("d/e")).unwrap();
        bench
            .write("a.log", "one\ntwo\n")
            .write("b.txt", "x")
            .write(".h", "")
            .write("d/c.log", "")
            .write("d/e/f", "");
        std::os::unix::fs::symlink("a.log", bench.path("l")).unwrap();
        let table = [
            (json!({}), vec!["a.log", "b.txt"]),
            (json!({"hidden": true}), vec![".h", "a.log", "b.txt"]),
            (json!({"patterns": "*.log", "recurse": true}), vec!["a.log", "c.log"]),
            (json!({"patterns": "^.\\.(log|txt)$", "use_regex": true}), vec!["a.log", "b.txt"]),
            (json!({"excludes": "*.log"}), vec!["b.txt"]),
            (json!({"file_type": "directory", "recurse": true}), vec!["d", "e"]),
            (json!({"file_type": "directory", "recurse": true, "depth": 1}), vec!["d"]),
            (json!({"file_type": "link"}), vec!["l"]),
            (json!({"contains": "tw"}), vec!["a.log"]),
            (json!({"contains": "wo"}), vec![]),
            (json!({"contains": "wo", "read_whole_file": true}), vec!["a.log"]),
            (json!({"size": "2"}), vec!["a.log"]),
            (json!({"size": "-1b"}), vec!["b.txt"]),
            (json!({"age": "1d"}), vec![]),
            (json!({"age": "-1d"}), vec!["a.log", "b.txt"]),
            (json!({"mode": "0777"}), vec![]),
        ];
        for (args, wanted) in table {
            assert_eq!(names(&bench, args.clone()), wanted, "{args}");
        }
        let missing = bench.run("find", json!({"paths": "@no"}));
        assert_eq!(missing["msg"], "Not all paths examined, check warnings for details");
        let bad = bench.run("find", json!({"paths": "@", "age": "1y"}));
        assert_eq!(bad["msg"], "failed to process age");
    }
}

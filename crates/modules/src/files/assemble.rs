//! `assemble`: one file of the fragments in a directory.

use super::file::text;
use crate::args::{Map, ModuleArgs};
use crate::system::{Algorithm, Output};
use crate::text::escape;
use crate::{Failure, FileArgs, ModuleResult, Plan, System, validate_command};
use rplay_pyre::{Flags, Pattern};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Assemble a file from fragments.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The directory with the fragments.
    src: PathBuf,
    /// What is put between them.
    delimiter: Option<String>,
    /// The file to make.
    dest: PathBuf,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    backup: bool,
    /// Whether `src` is on the host; the controller sends what it has itself.
    #[arg(default = true)]
    remote_src: bool,
    /// Only fragments in whose names this is found.
    regexp: Option<String>,
    /// Leave out names that begin with a dot.
    #[arg(default = false)]
    ignore_hidden: bool,
    /// A command that checks the new file, `%s` being its name.
    validate: Option<String>,
    /// Meant for the controller.
    #[arg(name = "decrypt", default = true)]
    _decrypt: bool,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if !args.remote_src {
        return Err(Failure::new("assemble: with remote_src: false the controller sends the fragments"));
    }
    let src = args.src.display();
    if !sys.exists(&args.src) {
        return Err(Failure::new(format!("Source ({src}) does not exist")));
    }
    if !sys.is_dir(&args.src) {
        return Err(Failure::new(format!("Source ({src}) is not a directory")));
    }
    if let Some(command) = &args.validate {
        validate_command::check(command)?;
    }
    let fragments = Fragments::find(&args, sys)?;
    let broken = |error: std::io::Error| Failure::new(format!("reading the fragments failed: {error}"));
    let sum = Algorithm::Sha1.of(&mut fragments.reader(sys)).map_err(broken)?;
    let md5 = Algorithm::Md5.of(&mut fragments.reader(sys)).map_err(broken)?;
    let found = if sys.exists(&args.dest) { Some(sys.checksum(&args.dest, Algorithm::Sha1)?) } else { None };
    let differs = found.as_deref() != Some(sum.as_str());
    let attributes = sys.compare_attributes(&args.dest, &args.file)?;
    let result = ModuleResult { changed: differs || !attributes.is_empty(), ..ModuleResult::default() }
        .with("src", text(&args.src))
        .with("dest", text(&args.dest))
        .with("checksum", sum)
        .with("md5sum", md5)
        .with("msg", "OK");
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, mut result| {
        if differs {
            write(&args, &fragments, &mut result, sys)?;
        }
        sys.ensure_attributes(&args.dest, &args.file, None)?;
        Ok(result)
    }))
}

fn write(args: &Args, fragments: &Fragments, result: &mut ModuleResult, sys: &System) -> Result<(), Failure> {
    let staged = sys.stage(&args.dest, &mut fragments.reader(sys))?;
    if let Some(command) = &args.validate {
        let said = validate_command::run(command, staged.path(), sys)?;
        let why = format!("failed to validate: rc:{} error:{}", said.rc, said.stderr_text());
        result.set("validation", shown(&said));
        if said.rc != 0 {
            return Err(Failure::new(why));
        }
    }
    if args.backup {
        if let Some(copy) = sys.backup_local(&args.dest)? {
            result.set("backup_file", text(&copy));
        }
    }
    Ok(sys.replace(staged, &args.dest, args.file.unsafe_writes)?)
}

fn shown(output: &Output) -> Map {
    let mut map = Map::new();
    map.insert("rc".to_owned(), output.rc.into());
    map.insert("stdout".to_owned(), output.stdout_text().into());
    map.insert("stderr".to_owned(), output.stderr_text().into());
    map
}

/// The fragments in order, and what stands between them.
struct Fragments {
    files: Vec<PathBuf>,
    delimiter: Option<Vec<u8>>,
}

impl Fragments {
    fn find(args: &Args, sys: &System) -> Result<Self, Failure> {
        let regexp = args.regexp.as_deref();
        let pattern = match regexp.map(|regexp| Pattern::new(regexp, Flags::default())).transpose() {
            Ok(pattern) => pattern,
            Err(why) => {
                let regexp = regexp.unwrap_or_default();
                return Err(Failure::new(format!("Invalid Regexp ({why}) in \"{regexp}\"")));
            }
        };
        let mut files = Vec::new();
        for path in sys.read_dir(&args.src)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let named = match &pattern {
                Some(pattern) => pattern.is_found(&name)?,
                None => true,
            };
            let hidden = args.ignore_hidden && name.starts_with('.');
            if named && !hidden && sys.stat(&path)?.is_some_and(|found| found.is_file()) {
                files.push(path);
            }
        }
        let delimiter = args.delimiter.as_deref().filter(|text| !text.is_empty());
        let delimiter = delimiter.map(|text| {
            let mut bytes = escape::decode(text);
            if !bytes.ends_with(b"\n") {
                bytes.push(b'\n');
            }
            bytes
        });
        Ok(Self { files, delimiter })
    }

    fn reader<'a>(&'a self, sys: &'a System) -> Reader<'a> {
        Reader { fragments: self, sys, next: 0, last: None, current: None }
    }
}

/// The assembled content, read fragment by fragment.
struct Reader<'a> {
    fragments: &'a Fragments,
    sys: &'a System,
    next: usize,
    /// The last byte of the fragment before: without a newline there, one is put in.
    last: Option<u8>,
    current: Option<Box<dyn Read + 'a>>,
}

impl Reader<'_> {
    fn open(&mut self, path: &Path) -> std::io::Result<()> {
        let file = self.sys.open(path).map_err(|error| std::io::Error::other(error.to_string()))?;
        let mut between = Vec::new();
        if self.next > 0 {
            // An empty fragment ends without a newline too.
            if self.last != Some(b'\n') {
                between.push(b'\n');
            }
            between.extend_from_slice(self.fragments.delimiter.as_deref().unwrap_or_default());
        }
        self.last = None;
        self.next += 1;
        self.current = Some(Box::new(Between { head: Cursor::new(between), file }));
        Ok(())
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                let size = current.read(buffer)?;
                if size > 0 {
                    self.last = buffer.get(size - 1).copied();
                    return Ok(size);
                }
                self.current = None;
            }
            let fragments = self.fragments;
            let Some(path) = fragments.files.get(self.next) else { return Ok(0) };
            self.open(path)?;
        }
    }
}

struct Between {
    head: Cursor<Vec<u8>>,
    file: std::fs::File,
}

impl Read for Between {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.file.read(buffer),
            size => Ok(size),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn fragments_are_joined_in_order() {
        let bench = Bench::new();
        std::fs::create_dir(bench.path("s")).unwrap();
        bench.write("s/2", "two").write("s/1", "one\n").write("s/.3", "three");
        let args =
            json!({"src": "@s", "dest": "@d", "delimiter": "--\\n", "ignore_hidden": true, "mode": "0600"});
        assert_eq!(bench.check("assemble", args.clone())["changed"], true);
        assert_eq!(bench.run("assemble", args.clone())["msg"], "OK");
        assert_eq!(std::fs::read_to_string(bench.path("d")).unwrap(), "one\n--\ntwo");
        assert_eq!(bench.run("assemble", args)["changed"], false);
        let all = json!({"src": "@s", "dest": "@d", "regexp": "\\d"});
        bench.run("assemble", all);
        assert_eq!(std::fs::read_to_string(bench.path("d")).unwrap(), "three\none\ntwo");
    }
}

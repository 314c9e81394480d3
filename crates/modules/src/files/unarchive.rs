//! `unarchive`: an archive unpacked into a directory, by the host's `tar` or `unzip`.

use super::file::text;
use super::unarchive_tar::Tar;
use super::unarchive_zip::Zip;
use crate::args::{Map, ModuleArgs};
use crate::net_tools::http::{Client, Redirects, Request, UrlArgs, file_name, masked};
use crate::system::{AttributeChange, Output, os_text};
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System};
use rustix::fs::Access;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Unpack an archive.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("include", "exclude"))]
pub(crate) struct Args {
    /// The archive: on the host with `remote_src` (or a URL), else its name on the controller.
    #[arg(ty = "path")]
    src: String,
    /// Set by other actions: the id of the archive the controller holds.
    #[arg(name = "_content")]
    content_id: Option<String>,
    /// The directory to unpack into.
    pub(super) dest: PathBuf,
    /// `src` is on the host.
    #[arg(default = false)]
    remote_src: bool,
    /// When this file exists, nothing is unpacked.
    creates: Option<PathBuf>,
    /// Return the names in the archive.
    #[arg(default = false)]
    list_files: bool,
    /// Leave files alone that are newer than those in the archive.
    #[arg(default = false)]
    pub(super) keep_newer: bool,
    /// Names that are not unpacked.
    #[arg(default = [])]
    pub(super) exclude: Vec<String>,
    /// The only names that are unpacked.
    #[arg(default = [])]
    pub(super) include: Vec<String>,
    /// More options for the program that unpacks.
    #[arg(default = [])]
    pub(super) extra_opts: Vec<String>,
    /// Refuse servers whose certificates nobody known has signed.
    #[arg(default = true)]
    validate_certs: bool,
    /// Meant for Python; the size of blocks read.
    #[arg(name = "io_buffer_size", default = 65536)]
    _io_buffer_size: u64,
    /// Meant for the controller, which has acted on it.
    #[arg(name = "copy", default = true)]
    _copy: bool,
    /// Meant for the controller, which has acted on it.
    #[arg(name = "decrypt", default = true)]
    _decrypt: bool,
    /// Mode, owner and the like.
    #[arg(flatten)]
    pub(super) file: FileArgs,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if let Some(creates) = args.creates.as_ref().filter(|path| sys.exists(path)) {
        let msg = format!("skipped, since {} exists", creates.display());
        return Ok(Plan::done(ModuleResult::unchanged().with("skipped", true).with("msg", msg)));
    }
    if !sys.is_dir(&args.dest) {
        return Err(Failure::new(format!("dest '{}' must be an existing dir", args.dest.display())));
    }
    let archive = archive(&args, sys)?;
    let kind = Kind::of(&archive, sys)?;
    if sys.check_mode() && kind != Kind::Zip {
        let msg = "remote module (ansible.legacy.unarchive) does not support check mode when using gtar";
        return Ok(Plan::done(ModuleResult::unchanged().with("skipped", true).with("msg", msg)));
    }
    let handler: Box<dyn Handler> = match kind {
        Kind::Zip => Box::new(Zip::new(&args, &archive, sys)?),
        Kind::Tar(name, flag) => Box::new(Tar::new(&args, &archive, name, flag, sys)?),
    };
    let found = handler.compare(sys)?;
    let mut result = ModuleResult { changed: !found.unpacked, ..ModuleResult::default() }
        .with("handler", handler.name())
        .with("dest", text(&args.dest))
        .with("src", if args.content_id.is_some() { args.src.clone() } else { text(&archive) });
    if let Some(diff) = found.diff.filter(|diff| !diff.is_empty()) {
        result.diff.push(Diff::prepared(diff));
    }
    if args.list_files {
        result.set("files", handler.files().to_vec());
    }
    let changes = attributes(&args, handler.files(), sys)?;
    if found.unpacked && changes.is_empty() {
        return Ok(Plan::done(result));
    }
    if found.unpacked && !sys.check_mode() {
        result.changed = true;
    }
    Ok(Plan::change(result, move |sys, mut result| {
        if !found.unpacked {
            let made = handler.unpack(sys)?;
            result.set("extract_results", made.shown());
            if made.output.rc != 0 {
                let msg = format!("failed to unpack {} to {}", text(&archive), text(&args.dest));
                return Err(Failure::new(msg).with_all(result.fields));
            }
        }
        for change in attributes(&args, handler.files(), sys)? {
            result.changed |= change.apply(sys)?;
        }
        Ok(result)
    }))
}

/// What `tar` and `unzip` have in common.
pub(super) trait Handler {
    /// The name of Ansible's class for it.
    fn name(&self) -> &'static str;
    /// The names in the archive that are wanted.
    fn files(&self) -> &[String];
    /// Compares the archive with the directory.
    fn compare(&self, sys: &System) -> Result<Comparison, Failure>;
    /// Unpacks it.
    fn unpack(&self, sys: &System) -> Result<Ran, Failure>;
}

/// How the directory compares with the archive.
pub(super) struct Comparison {
    /// All in the archive is there already.
    pub(super) unpacked: bool,
    /// What is not, one line each.
    pub(super) diff: Option<String>,
}

/// A program that was run.
pub(super) struct Ran {
    pub(super) cmd: Vec<String>,
    pub(super) output: Output,
}

impl Ran {
    /// As results show it.
    fn shown(&self) -> Map {
        let mut map = Map::new();
        map.insert("cmd".to_owned(), self.cmd.clone().into());
        map.insert("rc".to_owned(), self.output.rc.into());
        map.insert("out".to_owned(), self.output.stdout_text().into());
        map.insert("err".to_owned(), self.output.stderr_text().into());
        map
    }
}

/// Runs a program whose messages are read.
pub(super) fn run(cmd: Vec<String>, dest: &Path, sys: &System) -> Result<Ran, Failure> {
    let output = sys.command(cmd.clone()).cwd(dest).c_locale().env("LANGUAGE", "C").run()?;
    Ok(Ran { cmd, output })
}

/// No program here can read the archive.
pub(super) fn no_handler(archive: &Path, why: &str) -> Failure {
    Failure::new(format!(
        "Failed to find handler for \"{}\". Make sure the required command to extract the file is installed.\n{why}",
        archive.display()
    ))
}

/// What kind of archive a file is, by its first bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar(&'static str, &'static str),
}

impl Kind {
    fn of(path: &Path, sys: &System) -> Result<Self, Failure> {
        let mut head = Vec::new();
        let read = sys.open(path)?.take(6).read_to_end(&mut head);
        read.map_err(|error| {
            Failure::new(format!("Source '{}' not readable, {}", path.display(), os_text(&error)))
        })?;
        if head.is_empty() {
            return Err(Failure::new(format!("Invalid archive '{}', the file is 0 bytes", path.display())));
        }
        let magic: &[(&[u8], Self)] = &[
            (b"PK", Self::Zip),
            (&[0x1f, 0x8b], Self::Tar("TgzArchive", "-z")),
            (&[0x1f, 0x9d], Self::Tar("TgzArchive", "-z")),
            (b"BZh", Self::Tar("TarBzipArchive", "-j")),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Self::Tar("TarXzArchive", "-J")),
            (&[0x28, 0xb5, 0x2f, 0xfd], Self::Tar("TarZstdArchive", "--use-compress-program=zstd")),
        ];
        let known = magic.iter().find(|(magic, _)| head.starts_with(magic));
        Ok(known.map_or(Self::Tar("TarArchive", ""), |(_, kind)| *kind))
    }
}

/// The archive as a file of the host.
fn archive(args: &Args, sys: &System) -> Result<PathBuf, Failure> {
    if let Some(id) = &args.content_id {
        let mut content = sys.blobs().open(id).map_err(|error| {
            Failure::new(format!("Source '{}' failed to transfer: {}", args.src, os_text(&error)))
        })?;
        return Ok(sys.temp_file("source", content.as_mut())?);
    }
    let src = sys.resolve(&args.src);
    if sys.exists(&src) {
        if !sys.access(&src, Access::READ_OK) {
            return Err(Failure::new(format!("Source '{}' not readable", args.src)));
        }
        return Ok(src);
    }
    if !args.remote_src {
        return Err(Failure::new(format!("Source '{}' failed to transfer", args.src)));
    }
    if !args.src.contains("://") {
        return Err(Failure::new(format!("Source '{}' does not exist", args.src)));
    }
    download(args, sys)
}

fn download(args: &Args, sys: &System) -> Result<PathBuf, Failure> {
    let failed = |why: String| Failure::new(format!("Failure downloading {}, {why}", masked(&args.src)));
    let how = UrlArgs { validate_certs: args.validate_certs, ..UrlArgs::usual() };
    let client = Client {
        args: &how,
        user: None,
        redirects: Redirects::Urllib,
        timeout: Duration::from_secs(10),
        unix_socket: None,
        ca_path: None,
        sys,
    };
    let request = Request { method: "GET".to_owned(), url: args.src.clone(), ..Request::default() };
    let mut answer = client.fetch(request).map_err(|error| failed(error.to_string()))?;
    if answer.status != 200 {
        return Err(failed(answer.msg));
    }
    let name = file_name(&args.src);
    let name = if name.is_empty() || name.starts_with('.') { "source".to_owned() } else { name };
    sys.temp_file(&name, answer.content.as_mut()).map_err(|error| failed(error.to_string()))
}

/// The attributes to mend of what was unpacked, and of the directories at its top.
fn attributes(args: &Args, files: &[String], sys: &System) -> Result<Vec<AttributeChange>, Failure> {
    let mut paths: Vec<PathBuf> = files.iter().map(|file| args.dest.join(file)).collect();
    let tops: BTreeSet<&str> = files.iter().filter_map(|file| Some(file.split_once('/')?.0)).collect();
    paths.extend(tops.into_iter().map(|top| args.dest.join(top)));
    let mut changes = Vec::new();
    for path in paths {
        let change = sys.compare_attributes(&path, &args.file)?;
        if !change.is_empty() {
            changes.push(change);
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;
    use std::process::Command;

    #[test]
    fn tars_are_unpacked_once() {
        let bench = Bench::new();
        std::fs::create_dir_all(bench.path("s/sub")).unwrap();
        std::fs::create_dir(bench.path("d")).unwrap();
        bench.write("s/a", "1").write("s/sub/b", "2");
        for (option, handler) in [("-c", "TarArchive"), ("-cz", "TgzArchive")] {
            let archive = bench.path("x");
            assert!(
                Command::new("tar")
                    .arg("-C")
                    .arg(bench.path("s"))
                    .args([option, "-f"])
                    .arg(&archive)
                    .arg(".")
                    .status()
                    .unwrap()
                    .success()
            );
            let args = json!({"src": "@x", "dest": "@d", "remote_src": true, "list_files": true});
            assert_eq!(bench.check("unarchive", args.clone())["skipped"], true);
            let made = bench.run("unarchive", args.clone());
            assert_eq!((&made["changed"], &made["handler"]), (&json!(true), &json!(handler)), "{made:?}");
            assert_eq!(made["extract_results"]["rc"], 0);
            assert!(made["files"].as_array().unwrap().contains(&json!("./sub/b")));
            assert_eq!(std::fs::read_to_string(bench.path("d/sub/b")).unwrap(), "2");
            assert_eq!(bench.run("unarchive", args)["changed"], false);
            let mode = bench.run(
                "unarchive",
                json!({"src": "@x", "dest": "@d", "remote_src": true, "mode": "u=rwX,go="}),
            );
            assert_eq!(mode["changed"], true);
            std::fs::remove_dir_all(bench.path("d")).unwrap();
            std::fs::create_dir(bench.path("d")).unwrap();
        }
        let lost = bench.run("unarchive", json!({"src": "@no", "dest": "@d", "remote_src": true}));
        assert_eq!(lost["msg"], json!(format!("Source '{}/no' does not exist", bench.root().display())));
    }
}

//! `get_url`: a file from the network to a place on the host.

use super::get_url_sums;
use super::http::{Client, Fetched, Headers, HttpError, Redirects, Request, UrlArgs, file_name, masked};
use crate::args::{Choice as _, Map, ModuleArgs, Value, str_of};
use crate::system::{Algorithm, Staged};
use crate::{Failure, FileArgs, ModuleResult, Plan, System};
use rustix::fs::Access;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Download a file from HTTP, HTTPS or a file of the host.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// What to download.
    url: String,
    /// Where to put it; in a directory it is named as the server names it.
    dest: PathBuf,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    backup: bool,
    /// `ALGORITHM:SUM` the content must have, or `ALGORITHM:URL` of a list of sums.
    #[arg(default = "")]
    checksum: String,
    /// How many seconds connecting, and each wait for content, may take.
    #[arg(default = 10)]
    timeout: u64,
    /// Header fields to send.
    headers: Option<Map>,
    /// The directory the content is stored in until it is complete.
    tmp_dest: Option<PathBuf>,
    /// The user to log in as.
    #[arg(alias = "username")]
    url_username: Option<String>,
    /// The password to log in with.
    #[arg(alias = "password", no_log)]
    url_password: Option<String>,
    /// How to ask.
    #[arg(flatten)]
    how: UrlArgs,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let download = Download::prepare(args, sys)?;
    let download = match download {
        Prepared::Download(download) => download,
        Prepared::There(plan) => return Ok(plan),
    };
    if sys.check_mode() {
        return download.predict(sys).map(Plan::done);
    }
    Ok(Plan::change(ModuleResult::default(), move |sys, _| download.carry_out(sys)))
}

enum Prepared {
    There(Plan),
    Download(Box<Download>),
}

/// A download that is to be made.
struct Download {
    args: Args,
    /// The wanted checksum.
    sum: Option<(Algorithm, String)>,
    /// When the file there was changed.
    modified: Option<i64>,
}

fn first_result(args: &Args) -> ModuleResult {
    ModuleResult::unchanged()
        .with("checksum_dest", Value::Null)
        .with("checksum_src", Value::Null)
        .with("dest", shown(&args.dest))
        .with("elapsed", 0)
        .with("url", masked(&args.url))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

impl Download {
    fn prepare(mut args: Args, sys: &System) -> Result<Prepared, Failure> {
        let sum = wanted_sum(&args, sys)?;
        let mut modified = None;
        if !sys.is_dir(&args.dest) && sys.exists(&args.dest) {
            if let Some((algorithm, sum)) = sum.as_ref().filter(|_| !args.how.force) {
                if sys.checksum(&args.dest, *algorithm)? == *sum {
                    return there(args, sys).map(Prepared::There);
                }
                // An old file with a new date must not stand for the one wanted.
                args.how.force = true;
            }
            modified = sys.stat(&args.dest)?.map(|found| found.mtime());
        }
        Ok(Prepared::Download(Box::new(Self { args, sum, modified })))
    }

    fn fetch(&self, method: &str, sys: &System) -> Result<Fetched, Failure> {
        fetch(&self.args, &self.args.url, method, self.modified, sys)
    }

    /// Check mode asks for the head only: whether the content differs is not known.
    fn predict(self, sys: &System) -> Result<ModuleResult, Failure> {
        let start = Instant::now();
        let answer = match self.fetch("HEAD", sys)? {
            answer if answer.status == 304 => return Ok(self.unmodified(&answer, start)),
            answer => answer,
        };
        let dest = self.place(&answer, sys);
        check_place(&dest, &self.args, sys)?;
        let mut result = first_result(&self.args).with("elapsed", start.elapsed().as_secs());
        result.set("dest", shown(&dest));
        result.changed = true;
        result.set("msg", answer.msg);
        Ok(result)
    }

    fn unmodified(&self, answer: &Fetched, start: Instant) -> ModuleResult {
        ModuleResult::unchanged()
            .with("url", masked(&self.args.url))
            .with("dest", shown(&self.args.dest))
            .with("msg", answer.msg.as_str())
            .with("status_code", answer.status)
            .with("elapsed", start.elapsed().as_secs())
    }

    fn place(&self, answer: &Fetched, sys: &System) -> PathBuf {
        if !sys.is_dir(&self.args.dest) {
            return self.args.dest.clone();
        }
        let named = answer.headers.parameter("Content-Disposition", "filename");
        let name = named.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
        let safe = |name: &String| !name.is_empty() && name != "." && name != "..";
        let name = name.filter(safe).unwrap_or_else(|| file_name(&answer.url));
        self.args.dest.join(if safe(&name) { name.as_str() } else { "index.html" })
    }

    fn carry_out(self, sys: &System) -> Result<ModuleResult, Failure> {
        let start = Instant::now();
        let mut answer = self.fetch("GET", sys)?;
        if answer.status == 304 {
            return Ok(self.unmodified(&answer, start));
        }
        let dest = self.place(&answer, sys);
        check_place(&dest, &self.args, sys)?;
        let staged = self.store(&mut answer, &dest, sys)?;
        let mut result = first_result(&self.args)
            .with("elapsed", start.elapsed().as_secs())
            .with("src", shown(staged.path()));
        result.set("dest", shown(&dest));
        let sum = sys.checksum(staged.path(), Algorithm::Sha1)?;
        result.set("checksum_src", sum.clone());
        self.verify(&staged, &result, sys)?;
        let before = if sys.exists(&dest) { Some(sys.checksum(&dest, Algorithm::Sha1)?) } else { None };
        result.set("checksum_dest", before.clone());
        if before.as_ref() != Some(&sum) {
            if self.args.backup {
                if let Some(copy) = sys.backup_local(&dest)? {
                    result.set("backup_file", shown(&copy));
                }
            }
            self.put(staged, &dest, sys)?;
            result.changed = true;
        }
        result.changed |= sys.ensure_attributes(&dest, &self.args.file, None)?;
        result.set("md5sum", sys.checksum(&dest, Algorithm::Md5)?);
        result.set("msg", answer.msg);
        result.set("status_code", answer.status);
        Ok(result)
    }

    fn store(&self, answer: &mut Fetched, dest: &Path, sys: &System) -> Result<Staged, Failure> {
        let place = match &self.args.tmp_dest {
            None => dest.to_owned(),
            Some(dir) if sys.is_dir(dir) => dir.join("download"),
            Some(dir) if sys.exists(dir) => {
                let msg = format!("{} is a file but should be a directory.", dir.display());
                return Err(Failure::new(msg));
            }
            Some(dir) => return Err(Failure::new(format!("{} directory does not exist.", dir.display()))),
        };
        sys.stage(&place, answer.content.as_mut())
            .map_err(|error| Failure::new(format!("failed to create temporary content file: {error}")))
    }

    fn verify(&self, staged: &Staged, result: &ModuleResult, sys: &System) -> Result<(), Failure> {
        let Some((algorithm, wanted)) = &self.sum else { return Ok(()) };
        let found = sys.checksum(staged.path(), *algorithm)?;
        if found == *wanted {
            return Ok(());
        }
        let name = staged.path().display();
        let msg = format!("The checksum for {name} did not match {wanted}; it was {found}.");
        Err(Failure::new(msg).with_all(result.fields.clone()))
    }

    fn put(&self, staged: Staged, dest: &Path, sys: &System) -> Result<(), Failure> {
        let unsafe_writes = self.args.file.unsafe_writes;
        if self.args.tmp_dest.is_none() {
            return Ok(sys.replace(staged, dest, unsafe_writes)?);
        }
        // The directory named may lie on another file system.
        let mut content = sys.open(staged.path())?;
        Ok(sys.atomic_write(dest, &mut content, unsafe_writes)?)
    }
}

/// The file with the wanted checksum is there: only its attributes are looked at.
fn there(args: Args, sys: &System) -> Result<Plan, Failure> {
    let change = sys.compare_attributes(&args.dest, &args.file)?;
    let result = first_result(&args);
    if change.is_empty() {
        return Ok(Plan::done(result.with("msg", "file already exists")));
    }
    let mut result = result.with("msg", "file already exists but file attributes changed");
    result.changed = true;
    Ok(Plan::change(result, move |sys, result| change.apply(sys).map(|_| result)))
}

fn check_place(dest: &Path, _args: &Args, sys: &System) -> Result<(), Failure> {
    let refused = |path: &Path, why: &str| Err(Failure::new(format!("Destination {} {why}", path.display())));
    if sys.exists(dest) {
        if !sys.access(dest, Access::WRITE_OK) {
            return refused(dest, "is not writable");
        }
        if !sys.access(dest, Access::READ_OK) {
            return refused(dest, "is not readable");
        }
        return Ok(());
    }
    let dir = dest.parent().unwrap_or(Path::new("/"));
    if !sys.exists(dir) {
        return refused(dir, "does not exist");
    }
    if !sys.access(dir, Access::WRITE_OK) {
        return refused(dir, "is not writable");
    }
    Ok(())
}

/// An answer with status 200 or 304.
fn fetch(
    args: &Args,
    url: &str,
    method: &str,
    modified: Option<i64>,
    sys: &System,
) -> Result<Fetched, Failure> {
    let start = Instant::now();
    let failed = |msg: String| {
        Failure::new(msg)
            .with("url", masked(url))
            .with("dest", shown(&args.dest))
            .with("elapsed", start.elapsed().as_secs())
    };
    let client = Client {
        args: &args.how,
        user: args.url_username.clone().map(|user| (user, args.url_password.clone().unwrap_or_default())),
        redirects: Redirects::Urllib,
        timeout: Duration::from_secs(args.timeout),
        unix_socket: None,
        ca_path: None,
        sys,
    };
    let mut headers = Headers::default();
    for (name, value) in args.headers.iter().flatten() {
        headers.set(name, str_of(value));
    }
    let request = Request { method: method.to_owned(), url: url.to_owned(), headers, body: None, modified };
    let answer = client.fetch(request).map_err(|error: HttpError| failed(error.to_string()))?;
    match answer.status {
        200 | 304 => Ok(answer),
        status => {
            Err(failed("Request failed".to_owned()).with("status_code", status).with("response", answer.msg))
        }
    }
}

/// Reads `checksum`; a list of sums is fetched.
fn wanted_sum(args: &Args, sys: &System) -> Result<Option<(Algorithm, String)>, Failure> {
    /// Lists longer than this are no lists of checksums.
    const MOST: u64 = 64 * 1024 * 1024;
    if args.checksum.is_empty() {
        return Ok(None);
    }
    let failed = |msg: String| Failure::new(msg).with_all(first_result(args).fields);
    let Some((algorithm, sum)) = args.checksum.split_once(':') else {
        return Err(failed("The checksum parameter has to be in format <algorithm>:<checksum>".to_owned()));
    };
    let known = Algorithm::from_word(&algorithm.to_lowercase()).ok_or_else(|| {
        let all = Algorithm::CHOICES.join(", ");
        failed(format!("checksum algorithm '{algorithm}' is not supported; use one of: {all}"))
    })?;
    let is_url = ["http:", "https:", "ftp:", "file:"].iter().any(|scheme| sum.starts_with(scheme));
    let sum = if is_url {
        let mut list = Vec::new();
        let answer = fetch(args, sum, "GET", None, sys)?;
        let read = answer.content.take(MOST).read_to_end(&mut list);
        read.map_err(|error| failed(format!("reading {} failed: {error}", masked(sum))))?;
        let name = Some(file_name(&args.url)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "index.html".to_owned());
        get_url_sums::find(&String::from_utf8_lossy(&list), &name).ok_or_else(|| {
            Failure::new(format!("Unable to find a checksum for file '{name}' in '{}'", masked(sum)))
        })?
    } else {
        sum.to_owned()
    };
    let sum: String = sum.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    let sum = sum.to_lowercase();
    if sum.is_empty() || !sum.chars().all(|letter| letter.is_ascii_hexdigit()) {
        return Err(failed("The checksum format is invalid".to_owned()));
    }
    Ok(Some((known, sum)))
}

#[cfg(test)]
mod tests {
    use crate::net_tools::test_server;
    use crate::testing::Bench;
    use serde_json::json;

    const SUM: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn content(bench: &Bench, name: &str) -> String {
        std::fs::read_to_string(bench.path(name)).unwrap()
    }

    #[test]
    fn files_are_downloaded_once() {
        let (bench, server) = (Bench::new(), test_server::start());
        let args = json!({"url": format!("{server}/moved"), "dest": "@", "mode": "0600"});
        assert_eq!(bench.check("get_url", args.clone())["changed"], true);
        let made = bench.run("get_url", args.clone());
        assert_eq!(
            (&made["changed"], &made["status_code"], &made["msg"]),
            (&json!(true), &json!(200), &json!("OK (5 bytes)")),
            "{made:?}"
        );
        assert_eq!((content(&bench, "file.txt").as_str(), &made["mode"]), ("hello", &json!("0600")));
        assert_eq!(bench.run("get_url", args)["changed"], false);
        for (path, text) in [("chunked", "abcde"), ("gzip", "unpacked")] {
            bench.run("get_url", json!({"url": format!("{server}/{path}"), "dest": format!("@{path}")}));
            assert_eq!(content(&bench, path), text);
        }
    }

    #[test]
    fn checksums_decide() {
        let (bench, server) = (Bench::new(), test_server::start());
        let get = |sum: &str| {
            bench.run("get_url", json!({"url": format!("{server}/file.txt"), "dest": "@f", "checksum": sum}))
        };
        assert_eq!(get(&format!("sha256:{server}/sums"))["changed"], true);
        assert_eq!(get(&format!("sha256:{SUM}"))["msg"], "file already exists");
        let wrong = get("sha1:0123");
        assert!(
            wrong["msg"].as_str().unwrap().ends_with("it was aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d."),
            "{wrong:?}"
        );
        assert_eq!(get("sha1:xyz")["msg"], "The checksum format is invalid");
        assert_eq!(get("sha1")["msg"], "The checksum parameter has to be in format <algorithm>:<checksum>");
    }

    #[test]
    fn failures_name_the_place() {
        let (bench, server) = (Bench::new(), test_server::start());
        let get = |path: &str| bench.run("get_url", json!({"url": format!("{server}/{path}"), "dest": "@f"}));
        let gone = get("no");
        assert_eq!(
            (&gone["msg"], &gone["status_code"], &gone["response"]),
            (&json!("Request failed"), &json!(404), &json!("HTTP Error 404: Not Found"))
        );
        assert!(get("short")["msg"].as_str().unwrap().contains("3 of 10 bytes came"));
        assert!(!bench.path("f").exists());
        let closed = bench.run("get_url", json!({"url": "http://127.0.0.1:1/", "dest": "@f"}));
        assert_eq!(closed["msg"], "Request failed: <urlopen error [Errno 111] Connection refused>");
        assert!(get("circle")["msg"].as_str().unwrap().contains("infinite loop"));
    }
}

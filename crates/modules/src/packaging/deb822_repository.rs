//! `deb822_repository`: package sources in the format of `.sources` files.

use super::download;
use crate::args::{Choice, ModuleArgs, Value};
use crate::system::{Algorithm, parse_mode};
use crate::{Failure, ModuleResult, Plan, System};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Add or remove a repository in deb822 format.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Accept what was signed and no longer is.
    allow_downgrade_to_insecure: Option<bool>,
    /// Accept archives that nobody signed.
    allow_insecure: Option<bool>,
    /// Accept weak signatures.
    allow_weak: Option<bool>,
    /// Architectures.
    architectures: Option<Vec<String>>,
    /// Fetch indexes by their hashes.
    by_hash: Option<bool>,
    /// Mind the archive's date.
    check_date: Option<bool>,
    /// Mind until when the archive is valid.
    check_valid_until: Option<bool>,
    /// Components.
    components: Option<Vec<String>>,
    /// Seconds by which an archive may be ahead.
    date_max_future: Option<i64>,
    /// Whether it is used.
    enabled: Option<bool>,
    /// Where the archive's `InRelease` lies.
    inrelease_path: Option<String>,
    /// Languages of translations.
    languages: Option<Vec<String>>,
    /// Its name, from which the file's is made.
    name: String,
    /// Fetch differences of indexes.
    pdiffs: Option<bool>,
    /// Its key: a file, a URL, a fingerprint, or the key itself.
    signed_by: Option<String>,
    /// Suites.
    suites: Option<Vec<String>>,
    /// Targets to fetch.
    targets: Option<Vec<String>>,
    /// Trust it without a signature.
    trusted: Option<bool>,
    /// Binary packages, sources, or both.
    #[arg(default = ["deb"])]
    types: Vec<Kind>,
    /// Where it is.
    uris: Option<Vec<String>>,
    /// The mode of its file.
    #[arg(default = "0644")]
    mode: Value,
    /// Whether it is to be there.
    #[arg(default = "present")]
    state: State,
}

/// What a repository holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Kind {
    Deb,
    #[choice("deb-src")]
    DebSrc,
}

/// Whether the repository is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

const SOURCES: &str = "/etc/apt/sources.list.d";
const KEYRINGS: &str = "/etc/apt/keyrings";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let slug = slug(&args.name);
    let dest = Path::new(SOURCES).join(format!("{slug}.sources"));
    match args.state {
        State::Absent => Ok(remove(&slug, dest, sys)),
        State::Present => write(&args, &slug, dest, sys),
    }
}

/// The name in the form file names have.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for letter in name.to_lowercase().chars() {
        if letter == '_' || letter.is_whitespace() {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            slug.push('-');
        }
        slug.push(letter);
    }
    if gap {
        slug.push('-');
    }
    slug.retain(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    slug
}

fn keyring(slug: &str, ending: &str) -> PathBuf {
    Path::new(KEYRINGS).join(format!("{slug}.{ending}"))
}

fn remove(slug: &str, dest: PathBuf, sys: &System) -> Plan {
    let files = [dest.clone(), keyring(slug, "asc"), keyring(slug, "gpg")];
    let present: Vec<PathBuf> = files.into_iter().filter(|path| sys.exists(path)).collect();
    let result = ModuleResult { changed: !present.is_empty(), ..ModuleResult::default() }
        .with("repo", Value::Null)
        .with("dest", dest.to_string_lossy())
        .with("key_filename", keyring(slug, "gpg").to_string_lossy());
    if present.is_empty() {
        return Plan::done(result);
    }
    Plan::change(result, move |sys, result| {
        for path in &present {
            sys.remove_file(path)?;
        }
        Ok(result)
    })
}

/// The repository's key.
struct Key {
    /// What stands in the file of the repository.
    value: String,
    /// Its own file.
    file: Option<PathBuf>,
    /// What is to be written to that file.
    content: Option<Vec<u8>>,
    /// Whether that file's mode is another.
    other_mode: bool,
}

fn write(args: &Args, slug: &str, dest: PathBuf, sys: &System) -> Result<Plan, Failure> {
    let key = args.signed_by.as_deref().map(|signed_by| key(signed_by, slug, sys)).transpose()?;
    let repo = text(args, key.as_ref().map(|key| key.value.as_str()));
    let mode = mode(&args.mode)?;
    let same = sys.exists(&dest) && sys.read(&dest)? == repo.as_bytes();
    let other_mode = mode.is_some_and(|mode| has_other_mode(&dest, mode, sys));
    let key_changes = key.as_ref().is_some_and(|key| key.content.is_some() || key.other_mode);
    let file = key.as_ref().and_then(|key| key.file.as_ref());
    let result = ModuleResult { changed: !same || other_mode || key_changes, ..ModuleResult::default() }
        .with("repo", repo.as_str())
        .with("dest", dest.to_string_lossy())
        .with("key_filename", file.map(|path| path.to_string_lossy().into_owned()));
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        if let Some(key) = &key {
            install(key, sys)?;
        }
        if !same {
            sys.atomic_write(&dest, &mut repo.as_bytes(), false)?;
        }
        if let Some(mode) = mode {
            sys.set_mode(&dest, mode)?;
        }
        Ok(result)
    }))
}

fn install(key: &Key, sys: &System) -> Result<(), Failure> {
    let Some(file) = &key.file else { return Ok(()) };
    if let Some(content) = &key.content {
        if !sys.is_dir(KEYRINGS) {
            sys.make_dir(KEYRINGS, 0o755)?;
        }
        sys.atomic_write(file, &mut content.as_slice(), false)?;
    }
    if key.content.is_some() || key.other_mode {
        sys.set_mode(file, 0o644)?;
    }
    Ok(())
}

fn mode(mode: &Value) -> Result<Option<u32>, Failure> {
    if mode.is_null() {
        return Ok(None);
    }
    let parsed = parse_mode(mode, 0o644, false);
    parsed.map(Some).map_err(|(msg, details)| Failure::new(msg).with("details", details))
}

fn has_other_mode(path: &Path, mode: u32, sys: &System) -> bool {
    sys.stat(path).ok().flatten().is_none_or(|found| found.permissions().mode() & 0o7777 != mode)
}

fn key(signed_by: &str, slug: &str, sys: &System) -> Result<Key, Failure> {
    let plain =
        |file: Option<PathBuf>| Key { value: signed_by.to_owned(), file, content: None, other_mode: false };
    if sys.exists(signed_by) && !sys.is_dir(signed_by) {
        return Ok(plain(Some(PathBuf::from(signed_by))));
    }
    let is_url = signed_by.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    });
    if !is_url {
        return Ok(plain(None));
    }
    let content = download::fetch(signed_by, true, sys)
        .map_err(|failure| Failure::new(format!("Could not fetch signed_by key: {}", failure.msg())))?;
    let armored = String::from_utf8_lossy(&content).contains("-----BEGIN PGP PUBLIC KEY BLOCK-----");
    let file = keyring(slug, if armored { "asc" } else { "gpg" });
    let wanted =
        Algorithm::Sha256.of(&mut content.as_slice()).map_err(|error| Failure::new(error.to_string()))?;
    let same = sys.exists(&file) && sys.checksum(&file, Algorithm::Sha256)? == wanted;
    Ok(Key {
        value: file.to_string_lossy().into_owned(),
        other_mode: same && has_other_mode(&file, 0o644, sys),
        content: (!same).then_some(content),
        file: Some(file),
    })
}

/// The repository's file: its fields in the order of the parameters' names.
fn text(args: &Args, key: Option<&str>) -> String {
    let flag = |value: Option<bool>| value.map(|value| if value { "yes" } else { "no" }.to_owned());
    let list = |value: &Option<Vec<String>>| value.as_ref().map(|value| value.join(" "));
    let kinds: Vec<&str> = args.types.iter().map(|kind| kind.as_str()).collect();
    let fields = [
        ("Allow-Downgrade-To-Insecure", flag(args.allow_downgrade_to_insecure)),
        ("Allow-Insecure", flag(args.allow_insecure)),
        ("Allow-Weak", flag(args.allow_weak)),
        ("Architectures", list(&args.architectures)),
        ("By-Hash", flag(args.by_hash)),
        ("Check-Date", flag(args.check_date)),
        ("Check-Valid-Until", flag(args.check_valid_until)),
        ("Components", list(&args.components)),
        ("Date-Max-Future", args.date_max_future.map(|seconds| seconds.to_string())),
        ("Enabled", flag(args.enabled)),
        ("Inrelease-Path", args.inrelease_path.clone()),
        ("Languages", list(&args.languages)),
        ("X-Repolib-Name", Some(args.name.clone())),
        ("Pdiffs", flag(args.pdiffs)),
        ("Signed-By", key.map(str::to_owned)),
        ("Suites", list(&args.suites)),
        ("Targets", list(&args.targets)),
        ("Trusted", flag(args.trusted)),
        ("Types", Some(kinds.join(" "))),
        ("URIs", list(&args.uris)),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    given.map(|(name, value)| field(name, &value)).collect()
}

fn field(name: &str, value: &str) -> String {
    if !value.contains('\n') {
        return if value.is_empty() { format!("{name}:\n") } else { format!("{name}: {value}\n") };
    }
    let lines = value.trim().lines().map(str::trim);
    let lines: String =
        lines.map(|line| format!("\n    {}", if line.is_empty() { "." } else { line })).collect();
    format!("{name}:{lines}\n")
}

#[cfg(test)]
mod tests {
    use super::{field, slug};

    #[test]
    fn names_become_file_names() {
        for (name, wanted) in
            [("Debian Updates", "debian-updates"), ("a_b  c", "a-b-c"), ("x!y.z", "xyz"), ("é-1", "-1")]
        {
            assert_eq!(slug(name), wanted);
        }
    }

    #[test]
    fn values_of_several_lines_are_indented() {
        assert_eq!(field("Suites", "a b"), "Suites: a b\n");
        assert_eq!(
            field("Signed-By", "BEGIN\n\n x\nEND\n"),
            "Signed-By:\n    BEGIN\n    .\n    x\n    END\n"
        );
    }
}

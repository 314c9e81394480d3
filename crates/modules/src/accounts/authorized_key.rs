//! `authorized_key`: the keys that may log in as a user.

use super::key_lines::{Key, parse_options};
use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::packaging::download;
use crate::system::User;
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::path::{Path, PathBuf};

/// Add or remove a user's authorized SSH keys.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Whose.
    user: String,
    /// The keys, one a line, or a URL (or `file://` path) to take them from.
    #[arg(no_log = false)]
    key: String,
    /// Another file than `~/.ssh/authorized_keys`.
    #[arg(ty = "path")]
    path: Option<String>,
    /// Make the file's directory, owned by the user.
    #[arg(default = true)]
    manage_dir: bool,
    /// Whether the keys are to be there.
    #[arg(default = "present")]
    state: State,
    /// Options to put before the keys.
    #[arg(no_log = false)]
    key_options: Option<String>,
    /// Remove all other keys.
    #[arg(default = false)]
    exclusive: bool,
    /// The comment to put after the keys.
    comment: Option<String>,
    /// Whether certificates of a URL are checked.
    #[arg(default = true)]
    validate_certs: bool,
    /// Write to what the file links to.
    #[arg(default = false)]
    follow: bool,
}

/// Whether the keys are to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let text = content(&args, sys)?;
    let user = match sys.user(&args.user) {
        Some(user) => user,
        None if sys.check_mode() && args.path.is_none() => {
            sys.warn("Either user must exist or you must provide full path to key file in check mode");
            let fields = parameters(&args, &text);
            return Ok(Plan::done(ModuleResult { fields, ..ModuleResult::changed() }));
        }
        None => {
            return Err(Failure::new(format!(
                "Failed to lookup user {}: \"getpwnam(): name not found: '{}'\"",
                args.user, args.user
            )));
        }
    };
    let file = file(&args, &user, sys);
    let before = if sys.exists(&file) { sys.read_text(&file)? } else { String::new() };
    let after = changed_text(&args, &text, &before)?;
    let dir = Directory::of(&args, &file, &user, sys);
    let mut result = ModuleResult { fields: parameters(&args, &text), ..ModuleResult::default() };
    result.set("keyfile", file.to_string_lossy().into_owned());
    let Some(after) = after else { return Ok(Plan::done(result)) };
    result.changed = true;
    let name = file.to_string_lossy();
    result =
        result.with_diff(Diff::new(before.as_str(), after.as_str()).headers(name.as_ref(), name.as_ref()));
    Ok(Plan::change(result, move |sys, result| {
        dir.ensure(sys)?;
        let new = !sys.exists(&file);
        sys.atomic_write(&file, &mut after.as_bytes(), false)?;
        if new || args.manage_dir {
            sys.set_mode(&file, 0o600)?;
            sys.set_owner(&file, Some(user.uid), Some(user.gid))?;
        }
        Ok(result)
    }))
}

/// The parameters, which Ansible returns.
fn parameters(args: &Args, text: &str) -> Map {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    set("user", args.user.as_str().into());
    set("key", text.into());
    set("path", args.path.clone().into());
    set("manage_dir", args.manage_dir.into());
    set("state", args.state.as_str().into());
    set("key_options", args.key_options.clone().into());
    set("exclusive", args.exclusive.into());
    set("comment", args.comment.clone().into());
    set("validate_certs", args.validate_certs.into());
    set("follow", args.follow.into());
    fields
}

fn content(args: &Args, sys: &System) -> Result<String, Failure> {
    let key = args.key.as_str();
    if let Some(path) = key.strip_prefix("file://") {
        return Ok(sys.read_text(path)?);
    }
    if !key.starts_with("http") {
        return Ok(key.to_owned());
    }
    let bytes = download::fetch(key, args.validate_certs, sys)
        .map_err(|why| Failure::new(format!("Error getting key from: {key}: {}", why.msg())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn file(args: &Args, user: &User, sys: &System) -> PathBuf {
    let path = match &args.path {
        Some(path) => PathBuf::from(path),
        None => Path::new(&user.home).join(".ssh/authorized_keys"),
    };
    if args.follow { sys.real_path(path) } else { path }
}

/// The file as it is to be; `None` when it is so.
fn changed_text(args: &Args, text: &str, before: &str) -> Result<Option<String>, Failure> {
    let wanted = wanted(args, text)?;
    let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
    let mut changed = false;
    for key in &wanted {
        let found = lines.iter().position(|line| Key::parse(line).is_some_and(|known| known.same_key(key)));
        match (args.state, found) {
            (State::Present, None) => {
                lines.push(key.line());
                changed = true;
            }
            (State::Present, Some(at)) => changed |= update(args, key, &mut lines[at]),
            (State::Absent, Some(_)) => {
                lines.retain(|line| !Key::parse(line).is_some_and(|known| known.same_key(key)));
                changed = true;
            }
            (State::Absent, None) => {}
        }
    }
    if args.exclusive && args.state == State::Present {
        let count = lines.len();
        lines.retain(|line| {
            Key::parse(line).is_none_or(|known| wanted.iter().any(|key| key.same_key(&known)))
        });
        changed |= lines.len() != count;
    }
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(changed.then_some(text))
}

/// Brings a known key's options and comment about; options nobody asks for stay.
fn update(args: &Args, wanted: &Key, line: &mut String) -> bool {
    let Some(mut known) = Key::parse(line) else { return false };
    let before = known.clone();
    known.kind.clone_from(&wanted.kind);
    if args.key_options.is_some() || !wanted.options.is_empty() {
        known.options.clone_from(&wanted.options);
    }
    known.comment.clone_from(&wanted.comment);
    if known == before {
        return false;
    }
    *line = known.line();
    true
}

fn wanted(args: &Args, text: &str) -> Result<Vec<Key>, Failure> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut keys: Vec<Key> = Vec::new();
    for line in lines {
        let mut key =
            Key::parse(line).ok_or_else(|| Failure::new(format!("invalid key specified: {line}")))?;
        if let Some(options) = &args.key_options {
            key.options = parse_options(options);
        }
        if let Some(comment) = &args.comment {
            key.comment.clone_from(comment);
        }
        if !keys.iter().any(|known| known.same_key(&key)) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The file's directory: made and given to the user where the task manages it.
struct Directory {
    path: PathBuf,
    make: bool,
    manage: bool,
    uid: u32,
    gid: u32,
}

impl Directory {
    fn of(args: &Args, file: &Path, user: &User, sys: &System) -> Self {
        let path = file.parent().unwrap_or(Path::new("/")).to_owned();
        let make = args.manage_dir && !sys.is_dir(&path);
        Self { path, make, manage: args.manage_dir, uid: user.uid, gid: user.gid }
    }

    fn ensure(&self, sys: &System) -> Result<(), Failure> {
        if self.make {
            sys.make_dir(&self.path, 0o700)?;
        }
        if self.manage {
            sys.set_owner(&self.path, Some(self.uid), Some(self.gid))?;
            sys.set_mode(&self.path, 0o700)?;
        }
        Ok(())
    }
}

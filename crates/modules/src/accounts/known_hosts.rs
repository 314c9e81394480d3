//! `known_hosts`: the keys of hosts.

use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Add or remove a host's key.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The host.
    #[arg(alias = "host")]
    name: String,
    /// Its line: host, type and key.
    #[arg(no_log = false)]
    key: Option<String>,
    /// The file.
    #[arg(default = "~/.ssh/known_hosts", ty = "path")]
    path: String,
    /// Store the host's name hashed.
    #[arg(default = false)]
    hash_host: bool,
    /// Whether the key is to be there.
    #[arg(default = "present")]
    state: State,
}

/// Whether the key is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let keygen = sys.require_bin("ssh-keygen")?;
    let host = args.name.to_lowercase();
    let key = args.key.as_deref().map(str::trim).filter(|key| !key.is_empty());
    if key.is_none() && args.state == State::Present {
        return Err("No key specified when adding a host".into());
    }
    if host.contains(',') {
        return Err("Comma separated list of names is not supported. Please pass a single name to lookup in the known_hosts file.".into());
    }
    let path = PathBuf::from(&args.path);
    let before = if sys.exists(&path) { sys.read_text(&path)? } else { String::new() };
    let found = if sys.exists(&path) { lookup(&keygen, &host, &args.path, sys)? } else { Vec::new() };
    let mut added = false;
    let after = match (args.state, key) {
        (State::Absent, None) => without(&before, &found.iter().map(|entry| entry.line).collect::<Vec<_>>()),
        (State::Absent, Some(key)) => {
            let wanted = Entry::parse(key)?;
            let same = found.iter().filter(|entry| entry.key == wanted.key && entry.stands_for(&wanted));
            without(&before, &same.map(|entry| entry.line).collect::<Vec<_>>())
        }
        (State::Present, Some(key)) => {
            let wanted = Entry::parse(key)?;
            if !wanted.names(&host) && !wanted.host.starts_with("|1|") {
                return Err("Host parameter does not match hashed host field in supplied key".into());
            }
            match found.iter().find(|entry| entry.stands_for(&wanted)) {
                Some(entry) if entry.key == wanted.key && same_host(entry, &wanted, args.hash_host) => {
                    before.clone()
                }
                other => {
                    added = true;
                    let kept =
                        without(&before, &other.map(|entry| entry.line).into_iter().collect::<Vec<_>>());
                    let end = if kept.is_empty() || kept.ends_with('\n') { "" } else { "\n" };
                    format!("{kept}{end}{key}\n")
                }
            }
        }
        (State::Present, None) => before.clone(),
    };
    let header = if sys.exists(&path) { args.path.as_str() } else { "/dev/null" };
    let mut result = ModuleResult::unchanged()
        .with("name", args.name.as_str())
        .with("key", args.key.clone())
        .with("path", args.path.as_str())
        .with("hash_host", args.hash_host)
        .with("state", args.state.as_str())
        // Also where nobody asked for differences, as Ansible's module.
        .with("diff", Diff::new(before.as_str(), after.as_str()).headers(header, args.path.as_str()));
    // A line that is added only to be hashed may be the one that was there.
    result.changed = added || before != after;
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        let mut after = after;
        let added =
            args.key.as_deref().map(str::trim).filter(|_| args.hash_host && args.state == State::Present);
        if let Some(key) = added.filter(|key| !key.starts_with("|1|")) {
            let kept = after.strip_suffix(&format!("{key}\n")).unwrap_or(&after);
            after = format!("{kept}{}\n", hashed(&keygen, key, sys)?);
        }
        sys.atomic_write(&path, &mut after.as_bytes(), false)?;
        Ok(result)
    }))
}

/// Whether a line needs no other host: one that is to be hashed stands for every hashed one.
fn same_host(found: &Entry, wanted: &Entry, hash: bool) -> bool {
    let hashed = |entry: &Entry| entry.host.starts_with("|1|");
    if hash { hashed(found) } else { found.host == wanted.host || (hashed(found) && hashed(wanted)) }
}

/// The line with its host hashed. ssh-keygen hashes whole files, so it is given one of its own.
fn hashed(keygen: &str, line: &str, sys: &System) -> Result<String, Failure> {
    let path = sys.temp_dir()?.join("known_hosts");
    sys.atomic_write(&path, &mut format!("{line}\n").as_bytes(), false)?;
    sys.command([keygen, "-H", "-f", &path.to_string_lossy()]).run_checked()?;
    Ok(sys.read_text(&path)?.trim().to_owned())
}

/// A line of the file.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// Counted from 1.
    line: usize,
    /// `@cert-authority` or `@revoked`; most lines have none.
    marker: String,
    host: String,
    kind: String,
    key: String,
}

impl Entry {
    fn parse(text: &str) -> Result<Self, Failure> {
        let marked = text.starts_with('@');
        let parts: Vec<&str> = text.split_whitespace().skip(usize::from(marked)).collect();
        let [host, kind, key, ..] = parts.as_slice() else {
            return Err(Failure::new(format!(
                "'{text}' is no line of known_hosts: host, type and key are needed"
            )));
        };
        let marker = text.split_whitespace().next().filter(|_| marked).unwrap_or_default().to_owned();
        Ok(Self {
            line: 0,
            marker,
            host: (*host).to_owned(),
            kind: (*kind).to_owned(),
            key: (*key).to_owned(),
        })
    }

    /// Whether this line is what `wanted` would take the place of. A marked one is not replaced, only itself.
    fn stands_for(&self, wanted: &Self) -> bool {
        self.kind == wanted.kind
            && (self.marker.is_empty()
                || (self.marker == wanted.marker && self.host == wanted.host && self.key == wanted.key))
    }

    fn names(&self, host: &str) -> bool {
        let bare = |name: &str| name.trim_start_matches('[').replace("]:22", "").to_lowercase();
        self.host.split(',').any(|name| name.to_lowercase() == host || bare(name) == bare(host))
    }
}

fn lookup(keygen: &str, host: &str, path: &str, sys: &System) -> Result<Vec<Entry>, Failure> {
    let output = sys.command([keygen, "-F", host, "-f", path]).run()?;
    let (out, err) = (output.stdout_text(), output.stderr_text());
    if output.rc == 0 || (output.rc == 1 && out.is_empty() && err.is_empty()) {
        return parse_found(&out);
    }
    Err(Failure::new(format!("ssh-keygen failed (rc={}, stdout='{out}',stderr='{err}')", output.rc)))
}

/// Reads `ssh-keygen -F`: a comment with the line's number before each line found.
fn parse_found(out: &str) -> Result<Vec<Entry>, Failure> {
    let mut line = 0;
    let mut found = Vec::new();
    for text in out.lines().filter(|text| !text.trim().is_empty()) {
        if text.starts_with('#') {
            let number = text.split("found: line ").nth(1).and_then(|rest| rest.split_whitespace().next());
            line = number.and_then(|number| number.parse().ok()).ok_or_else(|| {
                Failure::new(format!("failed to parse output of ssh-keygen for line number: '{text}'"))
            })?;
        } else {
            found.push(Entry { line, ..Entry::parse(text)? });
        }
    }
    Ok(found)
}

fn without(text: &str, lines: &[usize]) -> String {
    let kept = text.split_inclusive('\n').enumerate().filter(|(index, _)| !lines.contains(&(index + 1)));
    kept.map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Entry, parse_found, without};

    #[test]
    fn found_lines_are_read() {
        let out = "# Host h found: line 2 \nh ssh-rsa AAA comment\n# Host h found: line 5 CA\n@cert-authority h ssh-ed25519 BBB\n";
        let found = parse_found(out).unwrap();
        assert_eq!((found[0].line, found[0].kind.as_str(), found[0].key.as_str()), (2, "ssh-rsa", "AAA"));
        assert_eq!((found[1].line, found[1].kind.as_str()), (5, "ssh-ed25519"));
        assert!(parse_found("# odd\n").is_err());
        assert_eq!(without("a\nb\nc\n", &[2]), "a\nc\n");
    }

    #[test]
    fn a_line_names_its_hosts() {
        let entry = Entry::parse("Host.example,[10.0.0.1]:2222 ssh-rsa AAA").unwrap();
        assert!(entry.names("host.example") && entry.names("[10.0.0.1]:2222") && !entry.names("10.0.0.1"));
    }
}

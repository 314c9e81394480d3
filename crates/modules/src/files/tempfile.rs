//! `tempfile`: an empty file or directory of a name nobody else has.

use super::file::text;
use crate::args::{Choice, ModuleArgs, Value, repr};
use crate::{Failure, ModuleResult, Plan, System};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::PathBuf;

/// Make a temporary file or directory; it is not removed afterwards.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Which of the two.
    #[arg(default = "file")]
    state: State,
    /// Where; the system's temporary directory when left out.
    path: Option<PathBuf>,
    /// How its name begins.
    #[arg(default = "ansible.")]
    prefix: String,
    /// How its name ends.
    #[arg(default = "")]
    suffix: String,
}

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    File,
    Directory,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    for (name, part) in [("prefix", &args.prefix), ("suffix", &args.suffix)] {
        if part.contains('/') {
            let shown = repr(&Value::from(part.as_str()));
            return Err(Failure::new(format!("{name} must be a valid file name component, got {shown}")));
        }
    }
    let dir = args.path.clone().unwrap_or_else(|| default_dir(sys));
    Ok(Plan::change(ModuleResult::changed(), move |sys, result| {
        // A hundred taken names in a row are no accident any more.
        let mut attempts = 100;
        loop {
            let path = dir.join(format!("{}{}{}", args.prefix, random_letters(), args.suffix));
            let made = match args.state {
                State::File => sys.create_new(&path, 0o600).map(drop),
                State::Directory => sys.make_dir(&path, 0o700),
            };
            match made {
                Ok(()) => return Ok(result.with("path", text(&path))),
                Err(error) => {
                    let taken = error.io().is_some_and(|io| io.kind() == std::io::ErrorKind::AlreadyExists);
                    attempts -= 1;
                    if !taken || attempts == 0 {
                        return Err(error.into());
                    }
                }
            }
        }
    }))
}

fn default_dir(sys: &System) -> PathBuf {
    let named = ["TMPDIR", "TEMP", "TMP"].iter().filter_map(|name| sys.env(name));
    let mut candidates = named.map(PathBuf::from).chain(["/tmp", "/var/tmp", "/usr/tmp"].map(PathBuf::from));
    candidates.find(|dir| sys.is_dir(dir)).unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Eight letters nobody can foresee: the standard library's hasher is keyed from the system.
fn random_letters() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789_";
    let mut number = RandomState::new().build_hasher().finish();
    let mut name = String::new();
    for _ in 0..8 {
        let index = number % LETTERS.len() as u64;
        name.push(char::from(
            usize::try_from(index).ok().and_then(|at| LETTERS.get(at)).copied().unwrap_or(b'_'),
        ));
        number /= LETTERS.len() as u64;
    }
    name
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn each_call_makes_another() {
        let bench = Bench::new();
        let file = bench.run("tempfile", json!({"path": "@", "suffix": ".x"}));
        assert_eq!((&file["state"], &file["mode"]), (&json!("file"), &json!("0600")));
        let dir = bench.run("tempfile", json!({"path": "@", "state": "directory"}));
        assert_eq!((&dir["state"], &dir["mode"]), (&json!("directory"), &json!("0700")));
        assert_eq!(std::fs::read_dir(bench.root()).unwrap().count(), 2);
        let bad = bench.run("tempfile", json!({"path": "@", "prefix": "a/b"}));
        assert_eq!(bad["msg"], "prefix must be a valid file name component, got 'a/b'");
    }
}

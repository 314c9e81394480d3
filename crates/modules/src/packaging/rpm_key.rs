//! `rpm_key`: public keys in rpm's database.

use super::download;
use crate::args::{Choice, ModuleArgs, repr};
use crate::{Failure, ModuleResult, Plan, System};
use std::collections::BTreeSet;

/// Add or remove a key that packages are signed with.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// A file, a URL, or the id of a key that is there.
    #[arg(no_log = false)]
    key: String,
    /// Fingerprints the file's keys must have.
    fingerprint: Option<Vec<String>>,
    /// Whether it is to be there.
    #[arg(default = "present")]
    state: State,
    /// Check the server's certificate.
    #[arg(default = true)]
    validate_certs: bool,
}

/// Whether the key is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

/// How gpg is asked: for machines to read, never for a person.
const QUIETLY: [&str; 4] = ["--no-tty", "--batch", "--with-colons", "--fixed-list-mode"];

struct Tools<'a> {
    rpm: String,
    gpg: String,
    sys: &'a System,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let rpm = sys.require_bin("rpm")?;
    let gpg = sys.bin_path("gpg").map_or_else(|| sys.require_bin("gpg2"), Ok)?;
    let tools = Tools { rpm, gpg, sys };
    let file = key_file(&args, sys)?;
    let id = match &file {
        Some(file) => tools.id(file)?,
        None => args.key.clone(),
    };
    let id = normalized(&id);
    let imported = tools.is_imported(&id)?;
    if imported == (args.state == State::Present) {
        return Ok(Plan::done(ModuleResult::unchanged()));
    }
    let words = match args.state {
        State::Absent => {
            let short = id.get(id.len().saturating_sub(8)..).unwrap_or(&id).to_lowercase();
            vec![tools.rpm, "--erase".into(), "--allmatches".into(), format!("gpg-pubkey-{short}")]
        }
        State::Present => {
            let file = file.ok_or("When importing a key, a valid file must be given")?;
            tools.check_fingerprints(args.fingerprint.as_deref().unwrap_or_default(), &file)?;
            vec![tools.rpm, "--import".into(), file]
        }
    };
    Ok(Plan::change(ModuleResult { changed: true, ..ModuleResult::default() }, move |sys, result| {
        told(sys, &words)?;
        Ok(result)
    }))
}

/// The file that holds the key, fetched first if it is a URL; none where the id of a key is given.
fn key_file(args: &Args, sys: &System) -> Result<Option<String>, Failure> {
    if args.key.contains("://") {
        let file = download::to_file(&args.key, args.validate_certs, sys).map_err(|failure| {
            Failure::new(format!("failed to fetch key at {} , error was: {}", args.key, failure.msg()))
        })?;
        let text = String::from_utf8_lossy(&sys.read(&file)?).into_owned();
        let begin = text.find("-----BEGIN PGP PUBLIC KEY BLOCK-----");
        if !begin.is_some_and(|begin| text[begin..].contains("-----END PGP PUBLIC KEY BLOCK-----")) {
            return Err(Failure::new(format!("Not a public key: {}", args.key)));
        }
        return Ok(Some(file.to_string_lossy().into_owned()));
    }
    if is_id(&args.key) {
        return Ok(None);
    }
    if sys.exists(&args.key) && !sys.is_dir(&args.key) {
        return Ok(Some(args.key.clone()));
    }
    Err(Failure::new(format!("Not a valid key {}", args.key)))
}

/// Whether a text begins as the id of a key does.
fn is_id(text: &str) -> bool {
    let digits = text.get(..2).filter(|start| start.eq_ignore_ascii_case("0x")).map_or(text, |_| &text[2..]);
    let begins =
        |digits: &str| digits.len() >= 8 && digits.bytes().take(8).all(|letter| letter.is_ascii_hexdigit());
    begins(digits) || begins(text)
}

fn normalized(id: &str) -> String {
    let id = id.trim().to_uppercase();
    id.strip_prefix("0X").map_or(id.clone(), str::to_owned)
}

fn told(sys: &System, words: &[String]) -> Result<String, Failure> {
    let output = sys.command(words.iter().cloned()).c_locale().run()?;
    if output.rc != 0 {
        return Err(Failure::new(output.stderr_text()));
    }
    Ok(output.stdout_text())
}

/// A column of a line that gpg wrote for machines.
fn column(line: &str, index: usize) -> Option<&str> {
    line.trim().split(':').nth(index)
}

impl Tools<'_> {
    fn gpg(&self, words: &[&str]) -> Result<String, Failure> {
        let words = std::iter::once(self.gpg.as_str()).chain(QUIETLY).chain(words.iter().copied());
        told(self.sys, &words.map(str::to_owned).collect::<Vec<_>>())
    }

    fn id(&self, file: &str) -> Result<String, Failure> {
        let text = self.gpg(&[file])?;
        let key = text.lines().find(|line| line.trim().starts_with("pub:"));
        let id = key.and_then(|line| column(line, 4));
        Ok(id.ok_or("Unexpected gpg output")?.to_owned())
    }

    fn check_fingerprints(&self, wanted: &[String], file: &str) -> Result<(), Failure> {
        if wanted.is_empty() {
            return Ok(());
        }
        let wanted: BTreeSet<String> =
            wanted.iter().map(|print| print.replace(' ', "").to_uppercase()).collect();
        let text = self.gpg(&["--import", "--import-options", "show-only", "--dry-run", file])?;
        let prints = text.lines().filter(|line| line.trim().starts_with("fpr:"));
        let found: BTreeSet<String> = prints.filter_map(|line| column(line, 9)).map(str::to_owned).collect();
        if found.is_empty() {
            return Err("Unexpected gpg output".into());
        }
        if !wanted.is_subset(&found) {
            return Err(Failure::new(format!(
                "The specified fingerprint, '{}', does not match any key fingerprints in '{}'",
                set(&wanted),
                set(&found)
            )));
        }
        Ok(())
    }

    fn is_imported(&self, id: &str) -> Result<bool, Failure> {
        if self.sys.command([self.rpm.as_str(), "-q", "gpg-pubkey"]).c_locale().run()?.rc != 0 {
            return Ok(false);
        }
        let ask = [self.rpm.as_str(), "-q", "gpg-pubkey", "--qf", "%{description}"];
        let keys = self.sys.command(ask).c_locale().run()?.stdout;
        let words = std::iter::once(self.gpg.as_str()).chain(QUIETLY).chain(["-"]);
        let output = self.sys.command(words).c_locale().stdin(keys).run()?;
        if output.rc != 0 {
            return Err(Failure::new(output.stderr_text()));
        }
        Ok(output.stdout_text().lines().any(|line| column(line, 4).is_some_and(|known| known.contains(id))))
    }
}

/// A set as Python prints it.
fn set(prints: &BTreeSet<String>) -> String {
    let items: Vec<String> = prints.iter().map(|print| repr(&print.as_str().into())).collect();
    format!("{{{}}}", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{is_id, normalized};

    #[test]
    fn ids_are_known_by_their_first_digits() {
        for (text, wanted) in [
            ("0x2F86D6A1", true),
            ("2f86d6a15c1b09a1", true),
            ("0X2F86D6A1", true),
            ("2F86D6A", false),
            ("/etc/key", false),
            ("é", false),
        ] {
            assert_eq!(is_id(text), wanted, "{text}");
        }
        assert_eq!(normalized(" 0x2f86d6a1 "), "2F86D6A1");
    }
}

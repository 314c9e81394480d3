//! `apt_key`: keys apt trusts.
//!
//! `apt-key` is gone from new hosts; keys are kept as files of their own, as `gpg` reads them.

use super::download;
use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;

/// Add or remove a key apt trusts.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("data", "file", "keyserver", "url"))]
pub(crate) struct Args {
    /// The key's number: short, long or the whole fingerprint.
    id: Option<String>,
    /// Where to fetch it.
    url: Option<String>,
    /// The key itself.
    data: Option<String>,
    /// A file on the host that holds it.
    #[arg(ty = "path")]
    file: Option<String>,
    /// The keyring to keep it in.
    #[arg(ty = "path")]
    keyring: Option<String>,
    /// Whether certificates of the URL are checked.
    #[arg(default = true)]
    validate_certs: bool,
    /// A server to ask for it.
    keyserver: Option<String>,
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

const TRUSTED: &str = "/etc/apt/trusted.gpg.d";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let gpg = sys
        .bin_path("gpg")
        .or_else(|| sys.bin_path("gpg2"))
        .ok_or_else(|| Failure::new("gpg is needed on the host to read keys; install the package gnupg"))?;
    let wanted = args.id.as_deref().map(normal).transpose()?;
    let rings = rings(&args, sys)?;
    let known: Vec<(PathBuf, Vec<String>)> = rings
        .into_iter()
        .map(|ring| {
            Ok((ring.clone(), ids(&gpg, &["--keyring", &ring.to_string_lossy(), "--list-keys"], &[], sys)?))
        })
        .collect::<Result<_, Failure>>()?;
    if args.state == State::Absent {
        return absent(&args, gpg, wanted.as_deref(), known, sys);
    }
    if let Some(id) = wanted.as_deref().filter(|id| known.iter().any(|(_, ids)| has(ids, id))) {
        return Ok(Plan::done(report(id, false)));
    }
    let material = material(&args, sys)?;
    let given = match &material {
        Some(bytes) => ids(&gpg, &["--show-keys"], bytes, sys)?,
        None => Vec::new(),
    };
    if material.is_some() && given.is_empty() {
        return Err("Unable to extract key id from the given key: gpg finds no key in it".into());
    }
    let id = wanted
        .clone()
        .or_else(|| given.first().cloned())
        .ok_or_else(|| Failure::new("Missing key_id, required with keyserver."))?;
    if material.is_some() && !has(&given, &id) {
        return Err(Failure::new(format!(
            "key does not seem to have been added, the key has other ids: {}",
            given.join(", ")
        ))
        .with("id", id));
    }
    if known.iter().any(|(_, ids)| has(ids, &id)) {
        return Ok(Plan::done(report(&id, false)));
    }
    let target =
        args.keyring.clone().map_or_else(|| PathBuf::from(TRUSTED).join(format!("{id}.gpg")), PathBuf::from);
    Ok(Plan::change(report(&id, true), move |sys, result| {
        let bytes = match material {
            Some(bytes) => bytes,
            None => receive(&gpg, &id, args.keyserver.as_deref().unwrap_or_default(), sys)?,
        };
        let home = home(sys)?;
        let mut import = vec!["--import".to_owned()];
        if sys.exists(&target) {
            run(&gpg, &home, &["--import".to_owned(), target.to_string_lossy().into_owned()], &[], sys)?;
        }
        import.push("-".to_owned());
        run(&gpg, &home, &import, &bytes, sys)?;
        let ring = run(&gpg, &home, &["--export".to_owned()], &[], sys)?;
        sys.atomic_write(&target, &mut ring.as_slice(), false)?;
        sys.set_mode(&target, 0o644)?;
        Ok(result)
    }))
}

fn report(id: &str, changed: bool) -> ModuleResult {
    let short = id.get(id.len().saturating_sub(8)..).unwrap_or(id);
    let result = ModuleResult { changed, ..ModuleResult::default() };
    result.with("id", id).with("key_id", id).with("short_id", short)
}

/// The number in capitals, without `0x` and blanks.
fn normal(id: &str) -> Result<String, Failure> {
    let bare: String = id.split_whitespace().collect::<String>().to_uppercase();
    let bare = bare.strip_prefix("0X").unwrap_or(&bare);
    if !bare.chars().all(|digit| digit.is_ascii_hexdigit())
        || ![8, 16].contains(&bare.len()) && bare.len() <= 16
    {
        return Err(Failure::new("Invalid key_id").with("id", id));
    }
    Ok(bare.to_owned())
}

fn has(ids: &[String], id: &str) -> bool {
    ids.iter().any(|known| known.ends_with(id) || id.ends_with(known.as_str()))
}

fn rings(args: &Args, sys: &System) -> Result<Vec<PathBuf>, Failure> {
    if let Some(ring) = &args.keyring {
        return Ok(Some(PathBuf::from(ring)).filter(|ring| sys.exists(ring)).into_iter().collect());
    }
    let mut rings = vec![PathBuf::from("/etc/apt/trusted.gpg")];
    if sys.is_dir(TRUSTED) {
        let parts = sys.read_dir(TRUSTED)?;
        rings.extend(
            parts.into_iter().filter(|path| path.extension().is_some_and(|end| end == "gpg" || end == "asc")),
        );
    }
    rings.retain(|ring| sys.exists(ring));
    Ok(rings)
}

fn material(args: &Args, sys: &System) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(url) = &args.url {
        return download::fetch(url, args.validate_certs, sys)
            .map(Some)
            .map_err(|why| Failure::new(format!("error getting key id from url: {url}: {}", why.msg())));
    }
    if let Some(data) = &args.data {
        return Ok(Some(data.clone().into_bytes()));
    }
    if let Some(file) = &args.file {
        return Ok(Some(sys.read(file)?));
    }
    if args.keyserver.is_none() {
        return Err("one of data, file, keyserver and url is needed to add a key".into());
    }
    Ok(None)
}

/// A home for gpg of this call alone: the host's own keys and trust stay out of it.
fn home(sys: &System) -> Result<String, Failure> {
    Ok(sys.temp_dir()?.to_string_lossy().into_owned())
}

fn run(gpg: &str, home: &str, words: &[String], input: &[u8], sys: &System) -> Result<Vec<u8>, Failure> {
    let start = [gpg, "--homedir", home, "--batch", "--no-tty", "--quiet"];
    let words = start.into_iter().chain(words.iter().map(String::as_str));
    Ok(sys.command(words).c_locale().stdin(input).run_checked()?.stdout)
}

/// The fingerprints and numbers gpg finds.
fn ids(gpg: &str, words: &[&str], input: &[u8], sys: &System) -> Result<Vec<String>, Failure> {
    let home = home(sys)?;
    let mut line = vec![
        gpg,
        "--homedir",
        &home,
        "--batch",
        "--no-tty",
        "--quiet",
        "--with-colons",
        "--with-fingerprint",
    ];
    let ring = words.iter().position(|word| *word == "--keyring").and_then(|at| words.get(at + 1));
    // An armoured ring cannot be opened as one, but it can be shown.
    let content = match ring {
        Some(ring) => {
            line.push("--show-keys");
            sys.read(ring)?
        }
        None => {
            line.extend(words);
            input.to_vec()
        }
    };
    let output = sys.command(line).c_locale().stdin(content).run()?;
    Ok(parse_ids(&output.stdout_text()))
}

/// Reads gpg's lines with colons: the numbers of keys and their fingerprints.
fn parse_ids(text: &str) -> Vec<String> {
    let field = |line: &str, at: usize| line.split(':').nth(at).unwrap_or_default().to_uppercase();
    let found = text.lines().filter_map(|line| match line.split(':').next() {
        Some("pub" | "sub") => Some(field(line, 4)),
        Some("fpr") => Some(field(line, 9)),
        _ => None,
    });
    found.filter(|id| !id.is_empty()).collect()
}

fn receive(gpg: &str, id: &str, server: &str, sys: &System) -> Result<Vec<u8>, Failure> {
    let home = home(sys)?;
    let words = ["--keyserver", server, "--recv-keys", id].map(str::to_owned);
    run(gpg, &home, &words, &[], sys).map_err(|why| {
        Failure::new(format!("Error fetching key {id} from keyserver {server}: {}", why.msg()))
    })?;
    run(gpg, &home, &["--export".to_owned(), id.to_owned()], &[], sys)
}

fn absent(
    args: &Args,
    gpg: String,
    wanted: Option<&str>,
    known: Vec<(PathBuf, Vec<String>)>,
    sys: &System,
) -> Result<Plan, Failure> {
    let id = match wanted {
        Some(id) => id.to_owned(),
        None => match material(args, sys)? {
            Some(bytes) => ids(&gpg, &["--show-keys"], &bytes, sys)?
                .into_iter()
                .next()
                .ok_or_else(|| Failure::new("key is required"))?,
            None => return Err("key is required".into()),
        },
    };
    let holders: Vec<PathBuf> =
        known.into_iter().filter(|(_, ids)| has(ids, &id)).map(|(ring, _)| ring).collect();
    if holders.is_empty() {
        return Ok(Plan::done(report(&id, false)));
    }
    Ok(Plan::change(report(&id, true), move |sys, result| {
        for (index, ring) in holders.iter().enumerate() {
            let dir = sys.temp_dir()?.join(format!("ring{index}"));
            sys.make_dir(&dir, 0o700)?;
            let home = dir.to_string_lossy().into_owned();
            run(&gpg, &home, &["--import".to_owned(), ring.to_string_lossy().into_owned()], &[], sys)?;
            run(&gpg, &home, &["--yes".to_owned(), "--delete-keys".to_owned(), id.clone()], &[], sys)?;
            let rest = run(&gpg, &home, &["--export".to_owned()], &[], sys)?;
            if rest.is_empty() {
                sys.remove_file(ring)?;
            } else {
                sys.atomic_write(ring, &mut rest.as_slice(), false)?;
            }
        }
        Ok(result)
    }))
}

#[cfg(test)]
mod tests {
    use super::{has, normal, parse_ids};

    #[test]
    fn numbers_are_compared_by_their_end() {
        assert_eq!(normal("0x0ebfcd88").unwrap(), "0EBFCD88");
        assert!(normal("xyz").is_err() && normal("123").is_err());
        let ids = vec!["9DC858229FC7DD38854AE2D88D81803C0EBFCD88".to_owned()];
        assert!(has(&ids, "0EBFCD88") && has(&ids, "8D81803C0EBFCD88") && !has(&ids, "00000000"));
    }

    #[test]
    fn gpgs_lines_are_read() {
        let text = "pub:-:4096:1:8D81803C0EBFCD88:1487788586:::-:::scSC:\nfpr:::::::::9DC858229FC7DD38854AE2D88D81803C0EBFCD88:\nuid:-::::::::Docker:\n";
        assert_eq!(parse_ids(text), ["8D81803C0EBFCD88", "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"]);
    }
}

//! The shell script that starts the agent on a host, uploading it first where it is not there.
//!
//! One command, one channel. On a host that has the agent it only runs builtins before `exec`.
//! The script has no single quote, no newline and no `!`, so that one pair of single quotes
//! carries it through any login shell, csh and fish included.
//!
//! It speaks in lines of its own that begin with a zero byte: `need` (send this many bytes for
//! this architecture), `fail` (this directory cannot be used), `machine` (no agent for it).

use crate::options::{AgentBinaries, AgentBinary};

/// Beginning of everything the script and the agent say; a zero byte keeps a shell that echoes
/// its commands from matching.
pub(crate) const LEAD: &[u8] = b"\0rplay-";

/// Exit status of the script when every directory was passed over.
pub(crate) const NO_DIRECTORY: i32 = 93;

/// What to try, growing with each failure.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempt {
    /// Do not use a cached agent: it was found damaged.
    pub(crate) fresh: bool,
    /// Directories to pass over, from the first.
    pub(crate) skip: usize,
    /// The command runs on a terminal, which must first be made to carry bytes unchanged.
    pub(crate) pty: bool,
}

/// The directories that are tried, in order, as the shell words of the script.
pub(crate) fn directories(remote_tmp: &str) -> Vec<String> {
    let mut bases = vec![remote_tmp];
    bases.extend(["/var/tmp", "/tmp", "/dev/shm"].iter().filter(|base| **base != remote_tmp));
    bases.into_iter().map(directory).collect()
}

/// A directory of our own below `base`. Outside the home it carries the user id, for the base is
/// then shared between users.
fn directory(base: &str) -> String {
    let base = base.trim_end_matches('/');
    match base.strip_prefix("~") {
        Some("") => "$HOME/rplay".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("$HOME{}/rplay", escape(rest)),
        _ => format!("{}/rplay-$u", escape(base)),
    }
}

/// `text` for the inside of double quotes, which are themselves inside single quotes.
fn escape(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\'' | '\n' | '\0'))
        .flat_map(|c| {
            let back = matches!(c, '"' | '$' | '`' | '\\').then_some('\\');
            back.into_iter().chain([c])
        })
        .collect()
}

/// The script.
///
/// # Errors
/// When an agent cannot be read.
pub(crate) fn script(
    token: &str,
    remote_tmp: &str,
    agents: &AgentBinaries,
    attempt: Attempt,
) -> Result<String, String> {
    let mut cases = String::new();
    let mut hashes = Vec::new();
    for agent in agents.iter() {
        let loaded = agent.load()?;
        let short = loaded.sha256.get(..20).unwrap_or(&loaded.sha256);
        cases += &format!(
            "{}) n={}; k={}; a={};; ",
            machine_pattern(agent),
            loaded.bytes.as_slice().len(),
            loaded.sha256,
            agent.arch
        );
        hashes.push(format!("{short}-{}", agent.arch));
    }
    let dirs: Vec<String> = directories(remote_tmp).iter().map(|dir| format!("\"{dir}\"")).collect();
    let warm = if attempt.fresh { String::new() } else { warm_part(&dirs, &hashes) };
    // Raw mode keeps the terminal from touching the frames; what comes on stderr would mix in.
    let raw = if attempt.pty { "stty raw -echo 2>/dev/null; exec 2>/dev/null; " } else { "" };
    Ok(format!("{raw}t={token}; u=; {warm}{}", cold_part(&dirs, &cases, attempt.skip)))
}

fn machine_pattern(agent: &AgentBinary) -> String {
    match agent.arch.as_str() {
        "x86_64" => "x86_64|amd64".to_owned(),
        "aarch64" => "aarch64|arm64".to_owned(),
        other => other.to_owned(),
    }
}

/// Looks for a cached agent: in the first directory without starting a single process.
fn warm_part(dirs: &[String], hashes: &[String]) -> String {
    let names = hashes.join(" ");
    let look = |dirs: &str| {
        format!(
            "for d in {dirs}; do for h in {names}; do f=\"$d/rplay-agent-$h\"; \
             if [ -x \"$f\" ] && [ -O \"$f\" ] && [ -O \"$d\" ]; then exec \"$f\" --sum $t; fi; done; done; "
        )
    };
    match dirs.split_first() {
        Some((first, rest)) if !first.contains("$u") => {
            format!("{}u=$(id -u); {}", look(first), look(&rest.join(" ")))
        }
        _ => format!("u=$(id -u); {}", look(&dirs.join(" "))),
    }
}

/// Finds a directory that is ours, writable and executable, asks for the agent, checks and runs it.
fn cold_part(dirs: &[String], cases: &str, skip: usize) -> String {
    let say = |what: &str| format!("printf \"\\000rplay-deploy %s {what}\\n\" $t");
    format!(
        "m=$(uname -m); u=$(id -u); case $m in {cases}*) {machine} \"$m\"; exit 91;; esac; i=0; \
         for d in {dirs}; do i=$((i+1)); [ $i -gt {skip} ] || continue; \
         (umask 077; mkdir -p \"$d\") 2>/dev/null; \
         if [ -d \"$d\" ] && [ -O \"$d\" ] && [ -w \"$d\" ] && [ -z \"$(find \"$d\" -prune -type l)\" ]; then :; \
         else {fail} $i \"$d\" \"not writable or not owned by this user\"; continue; fi; \
         p=\"$d/.new-$$-$t\"; \
         if (umask 077; printf \"\\043\\041/bin/sh\\nexit 0\\n\" > \"$p\") 2>/dev/null && chmod 700 \"$p\"; then :; \
         else rm -f \"$p\"; {fail} $i \"$d\" \"cannot be written (full or read-only)\"; continue; fi; \
         if \"$p\" 2>/dev/null; then :; \
         else rm -f \"$p\"; {fail} $i \"$d\" \"programs there cannot be executed (noexec)\"; continue; fi; \
         {need} $a $i \"$d\"; \
         if head -c $n > \"$p\" && [ $(wc -c < \"$p\") -eq $n ]; then :; \
         else rm -f \"$p\"; {fail} $i \"$d\" \"the agent could not be stored (disk full)\"; exit 92; fi; \
         if command -v sha256sum >/dev/null 2>&1; then s=$(sha256sum < \"$p\"); \
         if [ \"${{s%% *}}\" = $k ]; then :; else rm -f \"$p\"; {fail} $i \"$d\" \"the agent arrived damaged\"; exit 92; fi; fi; \
         find \"$d\" -type f -name \"rplay-agent-*\" -mtime +30 -exec rm -f {{}} + 2>/dev/null; \
         find \"$d\" -type f -name \".new-*\" -mtime +1 -exec rm -f {{}} + 2>/dev/null; \
         h=$(printf %.20s $k)-$a; f=\"$d/rplay-agent-$h\"; mv -f \"$p\" \"$f\" && exec \"$f\" --sum $t; \
         {fail} $i \"$d\" \"the agent could not be moved into place\"; exit 92; done; exit {NO_DIRECTORY}",
        dirs = dirs.join(" "),
        machine = say("machine %s"),
        need = say("need %s %s %s"),
        fail = say("fail %s %s: %s"),
    )
}

/// A line the script said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// Send the agent for this architecture; it goes to the directory of this number.
    Need { arch: String, index: usize, directory: String },
    /// This directory cannot be used: its number, and words with its path.
    Fail { index: usize, words: String },
    /// No agent for this machine.
    Machine(String),
}

/// Reads a line of the script, without its lead and newline.
pub(crate) fn parse(line: &str, token: &str) -> Option<Said> {
    let rest = line.strip_prefix("deploy ")?.strip_prefix(token)?.trim();
    let (verb, rest) = rest.split_once(' ')?;
    match verb {
        "need" => {
            let mut words = rest.splitn(3, ' ');
            let (arch, index) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
            Some(Said::Need { arch, index, directory: words.next()?.to_owned() })
        }
        "fail" => {
            let (index, words) = rest.split_once(' ')?;
            Some(Said::Fail { index: index.parse().ok()?, words: words.to_owned() })
        }
        "machine" => Some(Said::Machine(rest.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_survives_single_quotes() {
        let agents = AgentBinaries::new(vec![AgentBinary::embedded("x86_64", b"x")]);
        let text = script("tok", "~/a'b\"c", &agents, Attempt::default()).unwrap();
        assert!(!text.contains(['\'', '\n', '!']), "{text}");
        assert!(text.contains("\"$HOME/ab\\\"c/rplay\""), "{text}");
    }

    #[test]
    fn shared_directories_carry_the_user() {
        assert_eq!(directories("/var/tmp"), ["/var/tmp/rplay-$u", "/tmp/rplay-$u", "/dev/shm/rplay-$u"]);
        assert_eq!(directories("~/.ansible/tmp/")[0], "$HOME/.ansible/tmp/rplay");
    }

    #[test]
    fn lines() {
        let need = Said::Need { arch: "x86_64".into(), index: 2, directory: "/tmp/a b".into() };
        assert_eq!(parse("deploy T need x86_64 2 /tmp/a b", "T"), Some(need));
        let fail = Said::Fail { index: 1, words: "/tmp/a: full".into() };
        assert_eq!(parse("deploy T fail 1 /tmp/a: full", "T"), Some(fail));
        assert_eq!(parse("deploy T machine mips", "T"), Some(Said::Machine("mips".into())));
        assert_eq!(parse("deploy X need x86_64 2 /tmp", "T"), None);
    }
}

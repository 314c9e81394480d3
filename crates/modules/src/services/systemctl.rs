//! `systemctl`: the command with a task's options, and what it prints.

use super::systemd::{Args, Scope};
use crate::args::{Choice as _, Map, Value};
use crate::system::Output;
use crate::{Failure, System};
use std::os::unix::fs::MetadataExt as _;

/// The command with the options all of a task's calls share.
pub(super) struct Systemctl {
    words: Vec<String>,
}

impl Systemctl {
    pub(super) fn new(args: &Args, sys: &System) -> Result<Self, Failure> {
        let mut words = vec![sys.require_bin("systemctl")?];
        if args.scope != Scope::System {
            words.push(format!("--{}", args.scope.as_str()));
        }
        if args.no_block {
            words.push("--no-block".to_owned());
        }
        if args.force == Some(true) {
            words.push("--force".to_owned());
        }
        Ok(Self { words })
    }

    pub(super) fn run(&self, words: &[&str], sys: &System) -> Result<Output, Failure> {
        let argv = self.words.iter().map(String::as_str).chain(words.iter().copied());
        let mut command = sys.command(argv);
        // `--user` finds the user's manager through it, and a log-in without a session lacks it.
        if sys.env("XDG_RUNTIME_DIR").is_none() {
            command = command.env("XDG_RUNTIME_DIR", &format!("/run/user/{}", sys.effective_user()));
        }
        Ok(command.run()?)
    }
}

/// Whether systemd answered that it does not look at requests here, as in a chroot.
pub(super) fn was_ignored(text: &str) -> bool {
    !text.contains('=') && (text.contains("ignoring request") || text.contains("ignoring command"))
}

/// The properties `systemctl show` prints. Only those of commands (`Exec…`) span lines: from a `{`
/// that its line does not close to the line that ends in `}`.
pub(super) fn parse_show(text: &str) -> Map {
    let mut found = Map::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.split('\n') {
        if let Some((key, mut lines)) = open.take() {
            lines.push(line);
            if line.trim_end().ends_with('}') {
                found.insert(key.to_owned(), Value::from(lines.join("\n").trim()));
            } else {
                open = Some((key, lines));
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let spans = key.starts_with("Exec") && value.trim_start().starts_with('{');
        if spans && !value.trim_end().ends_with('}') {
            open = Some((key, vec![value]));
        } else {
            found.insert(key.to_owned(), Value::from(value.trim()));
        }
    }
    found
}

/// Whether no manager is to be expected: a chroot, or `SYSTEMD_OFFLINE=1`.
pub(super) fn is_offline(sys: &System) -> bool {
    sys.env("SYSTEMD_OFFLINE").as_deref() == Some("1") || is_chroot(sys)
}

fn is_chroot(sys: &System) -> bool {
    if sys.env("debian_chroot").is_some_and(|name| !name.is_empty()) {
        return true;
    }
    let Ok(Some(mine)) = sys.stat("/") else { return false };
    match sys.stat("/proc/1/root/.") {
        Ok(Some(init)) => (mine.ino(), mine.dev()) != (init.ino(), init.dev()),
        // Not root, or no /proc: the root of most file systems has number 2, of btrfs 256, of xfs 128.
        _ => ![2, 128, 256].contains(&mine.ino()),
    }
}

/// Whether systemd runs this host (not merely is installed).
pub(super) fn is_running(sys: &System) -> bool {
    if sys.bin_path("systemctl").is_none() {
        return false;
    }
    let canary = ["/run/systemd/system/", "/dev/.run/systemd/", "/dev/.systemd/"];
    canary.iter().any(|path| sys.exists(path))
        || sys.read_text("/proc/1/comm").is_ok_and(|name| name.trim() == "systemd")
}

#[cfg(test)]
mod tests {
    use super::{parse_show, was_ignored};

    #[test]
    fn properties_of_commands_span_lines() {
        let text = "Id=x.service\nDescription={ odd\nExecStart={ path=/bin/a ; argv[]=a b\n c ; x=1 }\nEnv=A=1 B=2\nno property\nExecStop={ path=/b }\n";
        let found = parse_show(text);
        assert_eq!(found["Id"], "x.service");
        assert_eq!(found["Description"], "{ odd");
        assert_eq!(found["ExecStart"], "{ path=/bin/a ; argv[]=a b\n c ; x=1 }");
        assert_eq!(found["Env"], "A=1 B=2");
        assert_eq!(found["ExecStop"], "{ path=/b }");
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn a_chroots_answer_is_known() {
        assert!(was_ignored("Running in chroot, ignoring request: show\n"));
        assert!(!was_ignored("Id=x\nignoring request"));
    }
}

//! A clean host, and targets run on it one after the other.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rplay_lab::{Host, Image, Lab, LabSpec};

use super::environment::{self, BIN, PYTHON, SOURCE, Setting};
use super::list::Entry;
use super::target::{Target, Targets};
use super::tree::{Maker, make_dir};
use super::verdict::{Outcome, Verdict, judge};
use crate::error::{Result, TaskError};
use crate::say;

/// Where runs work in the host.
const WORK: &str = "/tmp/conformance";
/// Where the program under test lies in the host.
const PROGRAM: &str = "/opt/conformance/rplay";
/// Memory of a host.
const MEMORY: &str = "3G";
/// The most targets that share a boot.
const MOST_SHARED: usize = 20;

/// Lets the host log in to itself, and gives its name to whoever asks.
const SET_UP: &str = "cat /root/.ssh/id_ed25519.pub >> /root/.ssh/authorized_keys\n\
    for key in /etc/ssh/ssh_host_*.pub; do printf 'localhost,127.0.0.1,::1 '; cat \"$key\"; done > /root/.ssh/known_hosts\n";

/// What is run as the `ansible` commands.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// This build of rplay.
    Rplay(PathBuf),
    /// The ansible-core of the image.
    Reference,
}

/// What every run of a session shares.
#[derive(Debug)]
pub(crate) struct Session {
    /// Under which names the commands answer.
    pub(crate) subject: Subject,
    /// Where logs go.
    pub(crate) logs: PathBuf,
    /// How long a target may take. Seconds.
    pub(crate) limit: u64,
}

/// A booted host.
pub(crate) struct Guest {
    lab: Lab,
    source: PathBuf,
    targets: Targets,
    python: String,
    used: usize,
    spent: bool,
}

impl Guest {
    /// Boots a clean host called `lab`, taking down what an earlier run left of that name.
    pub(crate) fn boot(lab: &str, subject: &Subject) -> Result<Self> {
        if let Ok(old) = Lab::attach(lab) {
            old.down()?;
        }
        let spec = LabSpec { progress: quiet, mem: MEMORY.to_owned(), ..LabSpec::new(lab, 1) };
        let lab = Lab::up(spec.image(Image::Conformance))?;
        let host = lab.host("n1")?;
        let disk = host.disk();
        let source = disk.join(SOURCE.trim_start_matches('/'));
        let targets = Targets::read(&source)?;
        install(host, &disk, &source, subject)?;
        let version = "import sys; print('%d.%d' % sys.version_info[:2])";
        let python = expect(host, &[PYTHON, "-c", version])?.trim().to_owned();
        Ok(Self { source, targets, python, lab, used: 0, spent: false })
    }

    /// Takes the host down.
    pub(crate) fn down(self) -> Result<()> {
        Ok(self.lab.down()?)
    }

    /// Whether this target may follow those that ran here.
    pub(crate) fn takes(&self, target: &str) -> bool {
        let fresh = self.used == 0;
        let harmless = self.targets.get(target).is_ok_and(Target::is_harmless);
        fresh || (!self.spent && self.used < MOST_SHARED && harmless)
    }

    /// Runs a target and keeps its log.
    pub(crate) fn run(&mut self, entry: &Entry, session: &Session) -> Result<Outcome> {
        let target = self.targets.get(&entry.target)?;
        self.used += 1;
        self.spent |= !target.is_harmless();
        let began = Instant::now();
        let (code, output) = self.execute(target, entry, session)?;
        let log = session.logs.join(format!("{}.log", entry.target));
        std::fs::write(&log, &output).map_err(TaskError::io("cannot write", &log))?;
        let (verdict, recap, line) = judge(entry, target.script, code, &output);
        // What was cut short may have left anything behind.
        self.spent |= verdict == Verdict::Timeout || code.is_none();
        let seconds = began.elapsed().as_secs_f64();
        Ok(Outcome { entry: entry.clone(), verdict, seconds, recap, line })
    }

    /// The exit code and output of a target, or of the first of those to be run before it that fails.
    fn execute(&self, target: &Target, entry: &Entry, session: &Session) -> Result<(Option<i32>, String)> {
        for name in target.before() {
            let (code, output) = self.execute_one(self.targets.get(name)?, target, entry, session)?;
            if code != Some(0) {
                return Ok((code, output));
            }
        }
        self.execute_one(target, target, entry, session)
    }

    fn execute_one(
        &self,
        target: &Target,
        whose: &Target,
        entry: &Entry,
        session: &Session,
    ) -> Result<(Option<i32>, String)> {
        let host = self.lab.host("n1")?;
        let dir = Path::new(WORK).join(&whose.name);
        let maker = Maker { files: host.files()?, source: &self.source, targets: &self.targets };
        make_dir(&maker.outside(&dir.join("junit")))?;
        let tree = maker.make(target, &dir)?;
        let setting = Setting { source: &self.source, python: &self.python, pylib: entry.pylib };
        let (script, log) = (dir.join("run.sh"), dir.join("log"));
        maker.write(&script, &environment::script(target, &tree, &setting, &log))?;
        let limit = session.limit.to_string();
        let words = ["setsid", "-w", "timeout", "-k", "5", &limit, "sh", &script.to_string_lossy()];
        let mut ssh = host.ssh("root");
        // The client's word for a connection that broke is 255; no command here has it.
        ssh.args(["-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", "--"]).arg(quoted(&words));
        let done = crate::cargo::output_of(&mut ssh)?;
        let code = done.status.code().filter(|code| *code != 255);
        let read = std::fs::read(maker.outside(&log)).unwrap_or_default();
        let _ = std::fs::remove_dir_all(maker.outside(&tree.root));
        Ok((code, without_colours(&String::from_utf8_lossy(&read))))
    }
}

/// Puts the commands and Python into the directory that leads PATH.
fn install(host: &Host, disk: &Path, source: &Path, subject: &Subject) -> Result<()> {
    let bin = disk.join(BIN.trim_start_matches('/'));
    make_dir(&bin)?;
    for name in ["python", "python3", "python.py"] {
        let path = bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\nexec {PYTHON} \"$@\"\n"))
            .and_then(|()| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)))
            .map_err(TaskError::io("cannot write", &path))?;
    }
    let helper = source.join("test/lib/ansible_test/_util/target/injector/virtualenv.sh");
    std::fs::copy(&helper, bin.join("virtualenv.sh")).map_err(TaskError::io("cannot copy", &helper))?;
    let names = match subject {
        Subject::Rplay(program) => {
            let to = disk.join(PROGRAM.trim_start_matches('/'));
            std::fs::copy(program, &to).map_err(TaskError::io("cannot copy", program))?;
            format!("{PROGRAM} self link {BIN}\n")
        }
        Subject::Reference => format!("ln -s /opt/reference/bin/ansible* {BIN}\n"),
    };
    expect(host, &["sh", "-euc", &format!("{SET_UP}{names}")]).map(drop)
}

/// Runs a command that must succeed.
fn expect(host: &Host, words: &[&str]) -> Result<String> {
    let done = host.exec(words)?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(TaskError::Failed(format!("preparing {} failed ({}): {}", host.name, done.status, said.trim())))
}

/// The images are worth a word, each boot is not.
fn quiet(text: &str) {
    if !text.starts_with("starting") {
        say(text);
    }
}

fn quoted(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''")));
    quoted.collect::<Vec<_>>().join(" ")
}

/// The text without what switches colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(
            part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').get(1..).unwrap_or_default(),
        );
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_text_stays() {
        assert_eq!(without_colours("a\x1b[0;32mok: [h]\x1b[0m\nb"), "aok: [h]\nb");
        assert_eq!(without_colours("plain"), "plain");
    }
}

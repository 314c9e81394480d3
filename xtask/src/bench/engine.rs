//! The engines, and how each is told to run a playbook.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::home::Home;
use crate::error::Result;
use crate::oracle;

/// Who takes part in a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Core,
    Mitogen,
    CoreRs,
    /// The same work written by hand.
    Shell,
    Rplay,
}

/// Those that run playbooks, in the order of tables.
pub(crate) const PLAYERS: [Engine; 4] = [Engine::Core, Engine::Mitogen, Engine::CoreRs, Engine::Rplay];

impl Engine {
    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Core => "ansible-core 2.19.14",
            Self::Mitogen => "ansible-core with Mitogen",
            Self::CoreRs => "ansible-core-rs 0.16.0",
            Self::Shell => "shell script by hand",
            Self::Rplay => "rplay",
        }
    }

    /// A word for file names.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Mitogen => "mitogen",
            Self::CoreRs => "core-rs",
            Self::Shell => "shell",
            Self::Rplay => "rplay",
        }
    }
}

/// Where the engines are, or why one is not there.
#[derive(Debug)]
pub(crate) struct Programs {
    core: Result<PathBuf, String>,
    core_rs: Result<PathBuf, String>,
    rplay: PathBuf,
}

impl Programs {
    /// Installs the others; one that cannot be installed is missing, not a failure.
    pub(crate) fn prepare(rplay: PathBuf, only_rplay: bool) -> Self {
        let other = |environment| {
            if only_rplay {
                return Err("left out".to_owned());
            }
            oracle::ensure(environment).map_err(|error| format!("not there: {error}"))
        };
        let (core, core_rs) = (other(&oracle::CORE), other(&oracle::CORE_RS));
        Self { core, core_rs, rplay }
    }

    /// rplay.
    pub(crate) fn rplay(&self) -> &Path {
        &self.rplay
    }

    /// The Python with ansible-core.
    pub(crate) fn python(&self) -> Result<PathBuf, String> {
        Ok(self.core.as_ref().map_err(Clone::clone)?.join("bin/python"))
    }

    /// The command by which an engine runs a playbook; the error is why the engine is missing.
    pub(crate) fn play(
        &self,
        engine: Engine,
        home: &Home,
        inventory: &Path,
        book: &Path,
    ) -> Result<Command, String> {
        let mut command = match engine {
            Engine::Core | Engine::Mitogen => core(self.core.as_ref(), engine, home)?,
            Engine::CoreRs => core_rs(self.core_rs.as_ref(), home)?,
            Engine::Rplay => Command::new(&self.rplay),
            Engine::Shell => return Err("reads no playbooks".to_owned()),
        };
        command.arg("-i").arg(inventory).arg(book);
        enter(&mut command, home);
        Ok(command)
    }
}

/// Starts a command in the home, without settings of the user's.
pub(crate) fn enter(command: &mut Command, home: &Home) {
    for (name, _) in std::env::vars_os() {
        if is_foreign(&name) {
            command.env_remove(name);
        }
    }
    command.env("HOME", home.user()).current_dir(home.work());
}

fn is_foreign(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name == "SSH_AUTH_SOCK" || ["ANSIBLE_", "RPLAY_"].iter().any(|prefix| name.starts_with(prefix))
}

fn core(environment: Result<&PathBuf, &String>, engine: Engine, home: &Home) -> Result<Command, String> {
    let environment = environment.map_err(Clone::clone)?;
    let mut command = Command::new(environment.join("bin/ansible-playbook"));
    enter(&mut command, home);
    // OpenSSH finds the user's files by the password file, not by HOME.
    let known_hosts = format!("-o UserKnownHostsFile={}", home.known_hosts().display());
    command.env("ANSIBLE_SSH_COMMON_ARGS", known_hosts);
    if engine == Engine::Mitogen {
        let strategies = oracle::mitogen_strategies(environment);
        let strategies = strategies.map_err(|error| format!("not there: {error}"))?;
        command.env("ANSIBLE_STRATEGY", "mitogen_linear").env("ANSIBLE_STRATEGY_PLUGINS", strategies);
        command.env("ANSIBLE_DEPRECATION_WARNINGS", "False");
    }
    Ok(command)
}

fn core_rs(environment: Result<&PathBuf, &String>, home: &Home) -> Result<Command, String> {
    let mut command = Command::new(environment.map_err(Clone::clone)?.join("bin/ansible"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(home.shims()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(paths).map_err(|error| error.to_string())?);
    command.arg("playbook");
    Ok(command)
}

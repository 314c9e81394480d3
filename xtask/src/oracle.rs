//! Other engines to compare with: virtual environments in the cache, outside the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use rplay_lab::{Cache, packages};

use crate::error::{Result, TaskError};
use crate::{cargo, say};

/// The variable that tells tests where ansible-core is: the directory of its virtual environment.
pub(crate) const VARIABLE: &str = "RPLAY_ORACLE";

/// A virtual environment.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Its directory in the cache.
    pub(crate) name: &'static str,
    /// What pip installs, the versions that matter pinned.
    requirements: &'static [&'static str],
}

/// The reference, with Mitogen and what filters of ansible-core need.
pub(crate) const CORE: Environment = Environment {
    name: "oracle",
    requirements: &[
        "ansible-core==2.19.14",
        "mitogen",
        "passlib",
        "jmespath",
        "netaddr",
        "bcrypt",
        "tomli-w",
    ],
};

/// The engine written in Rust that comes as a package; it brings a program called `ansible` as well.
pub(crate) const CORE_RS: Environment =
    Environment { name: "core-rs", requirements: &["ansible-core-rs==0.16.0"] };

/// Makes the environment unless it is there with these requirements; returns its directory.
pub(crate) fn ensure(environment: &Environment) -> Result<PathBuf> {
    let dir = Cache::from_env().root().join(environment.name);
    let wanted = environment.requirements.join("\n");
    let stamp = dir.join("requirements");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(dir);
    }
    packages::ensure(packages::ORACLE, say)?;
    say(&format!("installing {} into {}", environment.requirements.join(" "), dir.display()));
    cargo::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir))?;
    let mut pip = Command::new(dir.join("bin/pip"));
    cargo::output(
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(environment.requirements),
    )?;
    std::fs::write(&stamp, &wanted).map_err(TaskError::io("cannot write", &stamp))?;
    Ok(dir)
}

/// Where Mitogen's strategy plugins lie in an environment.
pub(crate) fn mitogen_strategies(environment: &Path) -> Result<PathBuf> {
    let mut python = Command::new(environment.join("bin/python"));
    python.args(["-c", "import ansible_mitogen; print(ansible_mitogen.__path__[0])"]);
    Ok(Path::new(cargo::output(&mut python)?.trim()).join("plugins/strategy"))
}

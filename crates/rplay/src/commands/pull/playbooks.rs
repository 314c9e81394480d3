//! Which playbooks of the checkout are run.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

/// What this host is called.
pub(super) struct Names {
    /// With its domain, as far as it is known.
    pub full: String,
    /// Without.
    pub short: String,
    /// What the kernel has.
    pub node: String,
}

impl Names {
    /// The names of this machine: the kernel's, and the name service's.
    pub(super) fn of_this_host() -> Self {
        let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let full = rplay_modules::fqdn(&node);
        let short = full.split('.').next().unwrap_or_default().to_owned();
        Self { full, short, node }
    }

    /// All of them, each once.
    pub(super) fn all(&self) -> Vec<&str> {
        let node_short = self.node.split('.').next().unwrap_or_default();
        let mut all: Vec<&str> = Vec::new();
        for name in [self.full.as_str(), &self.node, &self.short, node_short] {
            if !name.is_empty() && !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }
}

/// The playbooks to run; the error says what was looked for.
pub(super) fn select(checkout: &Path, named: &[String], host: &Names) -> Result<Vec<PathBuf>, Vec<String>> {
    if !named.is_empty() {
        let paths: Vec<PathBuf> = named.iter().map(|name| checkout.join(name)).collect();
        let errors: Vec<String> = paths.iter().filter_map(|path| problem(path)).collect();
        return if errors.is_empty() { Ok(paths) } else { Err(errors) };
    }
    let candidates = [format!("{}.yml", host.full), format!("{}.yml", host.short), "local.yml".into()];
    let mut errors = Vec::new();
    for name in candidates {
        let path = checkout.join(name);
        match problem(&path) {
            None => return Ok(vec![path]),
            Some(error) => errors.push(error),
        }
    }
    Err(errors)
}

fn problem(path: &Path) -> Option<String> {
    if !path.exists() {
        return Some(format!("{}: File does not exist", path.display()));
    }
    File::open(path).err().map(|_| format!("{}: File is not readable", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_playbook_comes_before_the_local_one() {
        let dir = tempfile::tempdir().unwrap();
        let host = Names { full: "web.example".into(), short: "web".into(), node: "web".into() };
        assert_eq!(select(dir.path(), &[], &host).unwrap_err().len(), 3);
        std::fs::write(dir.path().join("local.yml"), "").unwrap();
        assert_eq!(select(dir.path(), &[], &host).unwrap(), [dir.path().join("local.yml")]);
        std::fs::write(dir.path().join("web.yml"), "").unwrap();
        assert_eq!(select(dir.path(), &[], &host).unwrap(), [dir.path().join("web.yml")]);
        assert!(select(dir.path(), &["no.yml".into(), "web.yml".into()], &host).is_err());
    }
}

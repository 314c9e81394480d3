//! A target as ansible-core's source has it: a directory with a role or a script, and what it says it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Result, TaskError};

/// A target's directory and the words of its `aliases` file.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its name, also that of its directory.
    pub(crate) name: String,
    /// Its directory.
    pub(crate) path: PathBuf,
    /// Whether it is run by its `runme.sh`; otherwise it is a role.
    pub(crate) script: bool,
    aliases: Vec<String>,
}

impl Target {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(path.join("aliases")).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, script: path.join("runme.sh").exists(), aliases: aliases(&text), path }
    }

    /// Whether the target's aliases hold this one.
    pub(crate) fn says(&self, alias: &str) -> bool {
        self.aliases.iter().any(|found| found == alias)
    }

    /// What follows `prefix` in the aliases that begin with it.
    pub(crate) fn having<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.aliases.iter().filter_map(move |alias| alias.strip_prefix(prefix))
    }

    /// Whether the target leaves the host as it was, so that others can follow on it.
    pub(crate) fn is_harmless(&self) -> bool {
        !self.aliases.iter().any(|alias| matches!(alias.as_str(), "destructive" | "needs/root"))
    }

    /// Targets that exist only for others.
    fn is_support(&self) -> bool {
        self.says("hidden") || self.name.starts_with("setup_") || self.name.starts_with("prepare_")
    }

    /// Targets to run before this one.
    pub(crate) fn before(&self) -> impl Iterator<Item = &str> {
        self.having("setup/once/").chain(self.having("setup/always/"))
    }
}

fn aliases(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// All targets of the source, by name.
#[derive(Debug)]
pub(crate) struct Targets {
    dir: PathBuf,
    all: BTreeMap<String, Target>,
}

impl Targets {
    /// Reads the targets of an unpacked source of ansible-core.
    pub(crate) fn read(source: &Path) -> Result<Self> {
        let dir = source.join("test/integration/targets");
        let dir = dir.canonicalize().map_err(TaskError::io("cannot find", &dir))?;
        let mut all = BTreeMap::new();
        for path in entries(&dir)? {
            if path.is_dir() {
                let target = Target::read(path);
                all.insert(target.name.clone(), target);
            }
        }
        Ok(Self { dir, all })
    }

    /// The target called `name`.
    pub(crate) fn get(&self, name: &str) -> Result<&Target> {
        self.all.get(name).ok_or_else(|| TaskError::Failed(format!("ansible-core has no target {name}")))
    }

    /// The target and all whose files it needs: named in its aliases, linked into, or roles its `meta` names.
    pub(crate) fn with_needs<'a>(&'a self, target: &'a Target) -> Result<Vec<&'a Target>> {
        let mut found: BTreeMap<&str, &Target> = BTreeMap::new();
        let mut open = vec![target];
        while let Some(target) = open.pop() {
            if found.insert(&target.name, target).is_some() {
                continue;
            }
            let mut names: BTreeSet<String> =
                target.having("needs/target/").chain(target.before()).map(str::to_owned).collect();
            self.linked(&target.path, &mut names)?;
            names.extend(self.roles_of(target));
            open.extend(names.iter().filter_map(|name| self.all.get(name)));
        }
        Ok(found.into_values().collect())
    }

    /// Adds the targets that links below `dir` lead to.
    fn linked(&self, dir: &Path, names: &mut BTreeSet<String>) -> Result<()> {
        for path in entries(dir)? {
            if path.is_symlink() {
                let Ok(real) = path.canonicalize() else { continue };
                let inside = real.strip_prefix(&self.dir).ok().and_then(|rest| rest.components().next());
                names.extend(inside.map(|first| first.as_os_str().to_string_lossy().into_owned()));
            } else if path.is_dir() {
                self.linked(&path, names)?;
            }
        }
        Ok(())
    }

    fn roles_of(&self, target: &Target) -> Vec<String> {
        let files = entries(&target.path.join("meta")).unwrap_or_default();
        let texts: Vec<String> = files.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
        let said = |name: &str| {
            let mut lines = texts.iter().flat_map(|text| text.lines());
            lines.any(|line| !line.trim_start().starts_with('#') && line.contains(name))
        };
        let support = self.all.values().filter(|other| other.is_support());
        support.filter(|other| said(&other.name)).map(|other| other.name.clone()).collect()
    }
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(dir).map_err(TaskError::io("cannot list", dir))?;
    let mut found: Vec<_> = read.flatten().map(|entry| entry.path()).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target { name: "t".to_owned(), path: PathBuf::new(), script: true, aliases: aliases(text) }
    }

    #[test]
    fn aliases_are_lines_without_comments() {
        let target = target("shippable/posix/group4\n# no\nneeds/target/setup_x # why\n\nsetup/once/y\n");
        assert!(target.says("shippable/posix/group4"));
        assert_eq!(target.having("needs/target/").collect::<Vec<_>>(), ["setup_x"]);
        assert_eq!(target.before().collect::<Vec<_>>(), ["y"]);
    }

    #[test]
    fn what_changes_a_host_says_so() {
        assert!(target("shippable/posix/group4\n").is_harmless());
        assert!(!target("destructive\n").is_harmless());
        assert!(!target("needs/root\n").is_harmless());
    }
}

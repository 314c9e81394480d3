//! Plugins that content may call by their short names.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Collections and directories of plugins that may be there.
pub(super) struct Plugins {
    collections: Vec<PathBuf>,
    /// The playbook's directory.
    dir: PathBuf,
    roles: Vec<PathBuf>,
    /// Directories of the configuration, by the kind of plugin.
    configured: Vec<(&'static str, Vec<PathBuf>)>,
    /// Answers, by kind and name.
    known: Mutex<HashMap<(String, String), bool>>,
}

/// Kinds of plugins that templates call.
const KINDS: [(&str, &str); 3] =
    [("filter", "filter_plugins"), ("lookup", "lookup_plugins"), ("test", "test_plugins")];

impl Plugins {
    /// Below `collections`, beside the playbook in `dir`, in its roles and those of `roles`, and where
    /// `configured` says for a setting.
    pub(super) fn new(
        collections: &[PathBuf],
        dir: &Path,
        roles: &[PathBuf],
        configured: impl Fn(&str) -> Option<Vec<PathBuf>>,
    ) -> Self {
        let mut all_roles = vec![dir.join("roles")];
        all_roles.extend(roles.iter().cloned());
        Self {
            collections: collections.to_vec(),
            dir: dir.to_owned(),
            roles: all_roles,
            configured: KINDS
                .map(|(kind, setting)| (kind, configured(setting).unwrap_or_default()))
                .into_iter()
                .collect(),
            known: Mutex::default(),
        }
    }

    /// Every directory that may hold plugins of a kind.
    fn dirs(&self, kind: &str) -> Vec<PathBuf> {
        let own = format!("{kind}_plugins");
        let mut dirs = vec![self.dir.join(&own)];
        for roles in &self.roles {
            dirs.extend(
                fs::read_dir(roles).into_iter().flatten().flatten().map(|role| role.path().join(&own)),
            );
        }
        let configured = self.configured.iter().filter(|(known, _)| *known == kind);
        dirs.extend(configured.flat_map(|(_, dirs)| dirs.iter().cloned()));
        dirs
    }

    /// The file of a plugin that is the only one in its file.
    pub(super) fn file(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let files = self.dirs(kind).into_iter().map(|dir| dir.join(format!("{name}.py")));
        files.into_iter().find(|path| path.is_file())
    }

    fn look(&self, kind: &str, name: &str) -> bool {
        if kind == "lookup" {
            return self.file(kind, name).is_some();
        }
        let dirs = self.dirs(kind);
        let files = dirs.iter().flat_map(|dir| fs::read_dir(dir).into_iter().flatten().flatten());
        let python =
            files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "py"));
        python.filter_map(|path| fs::read_to_string(path).ok()).any(|text| names(&text, name))
    }
}

impl rplay_template::Collections for Plugins {
    fn is_installed(&self, name: &str) -> bool {
        let below = format!("ansible_collections/{}", name.replace('.', "/"));
        self.collections.iter().any(|path| path.join(&below).is_dir())
    }

    fn is_brought(&self, kind: &str, name: &str) -> bool {
        let key = (kind.to_owned(), name.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(key).or_insert_with(|| self.look(kind, name))
    }
}

/// Whether Python code has the name as a key of a dictionary: as a string, or as an argument of `dict`.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], code[at + name.len()..].trim_start());
        match before.chars().next_back() {
            Some(quote @ ('\'' | '"')) => after.starts_with(quote),
            Some(char) => !char.is_alphanumeric() && char != '_' && is_assigned(after),
            None => is_assigned(after),
        }
    })
}

fn is_assigned(after: &str) -> bool {
    after.starts_with('=') && !after.starts_with("==")
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn filters_are_found_in_python_code() {
        let code =
            "def a(x): return x\nclass FilterModule:\n    def filters(self): return dict(b=a, c = a)\n";
        assert!(names(code, "b") && names(code, "c"));
        assert!(!names(code, "a") && !names(code, "d"));
        assert!(names("{'from_x': f, \"to_x\": g}", "from_x") && names("{'from_x': f, \"to_x\": g}", "to_x"));
        assert!(!names("{'from_xy': f}", "from_x"));
    }
}

//! Finding and reading `ansible.cfg`.

use super::expand;
use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
};

/// Where the configuration is.
pub(crate) struct Found {
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// What was passed over and why.
    pub warnings: Vec<String>,
}

/// The first that exists of `ANSIBLE_CONFIG` (a file or a directory), `./ansible.cfg` unless others may write
/// to the directory, `~/.ansible.cfg`, `/etc/ansible/ansible.cfg`.
pub(crate) fn find(environment: &BTreeMap<String, String>) -> Found {
    let mut warnings = Vec::new();
    let mut candidates = Vec::new();
    if let Some(named) = environment.get("ANSIBLE_CONFIG").filter(|path| !path.is_empty()) {
        let path = tidy(&std::env::current_dir().unwrap_or_default().join(expand(named)));
        candidates.push(if path.is_dir() { path.join("ansible.cfg") } else { path });
    }
    if let Ok(dir) = std::env::current_dir() {
        let here = dir.join("ansible.cfg");
        if !here.exists() {
        } else if world_writable(&dir) {
            warnings.push(format!(
                "Ansible is being run in a world writable directory ({}), ignoring it as an ansible.cfg source.",
                dir.display()
            ));
        } else {
            candidates.push(here);
        }
    }
    candidates.push(expand("~/.ansible.cfg"));
    candidates.push("/etc/ansible/ansible.cfg".into());
    Found { path: candidates.into_iter().find(|path| path.is_file()), warnings }
}

/// A path without `.` and `..`; links are not followed.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

fn world_writable(dir: &Path) -> bool {
    dir.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0)
}

/// A setting in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub section: String,
    pub key: String,
    pub value: String,
    pub line: usize,
}

/// Reads the file as Python's `configparser` does with `;` as inline comment. The error is a line and what
/// is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section: Option<String> = None;
    for (index, raw) in text.lines().enumerate() {
        let line = index + 1;
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') || trimmed.starts_with(';') {
            continue;
        }
        let value_of = |text: &str| match text.find(" ;") {
            Some(end) => text[..end].trim().to_owned(),
            None => text.trim().to_owned(),
        };
        if raw.starts_with([' ', '\t'])
            && entries.last().is_some()
            && section.is_some()
            && !trimmed.starts_with('[')
        {
            if let Some(last) = entries.last_mut() {
                last.value = format!("{}\n{}", last.value, value_of(trimmed)).trim().to_owned();
            }
        } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = Some(name.to_owned());
        } else {
            let Some(section) = &section else {
                return Err((line, "a setting before the first [section]".into()));
            };
            let Some(at) = trimmed.find(['=', ':']) else {
                return Err((line, format!("{trimmed:?} is neither a section nor key = value")));
            };
            entries.push(Entry {
                section: section.clone(),
                key: trimmed[..at].trim().to_lowercase(),
                value: value_of(&trimmed[at + 1..]),
                line,
            });
        }
    }
    Ok(entries)
}

/// The names of all sections, of empty ones too.
pub(crate) fn sections(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in text.lines() {
        let name = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next());
        if let Some(name) = name.filter(|name| !names.iter().any(|known| known == name)) {
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_configparser_reads_them() {
        let text =
            "# c\n[defaults]\nForks = 20 ; many\nroles_path=a:b\n[ssh_connection]\nssh_args = -o A\n  -o B\n";
        let entries = parse(text).unwrap();
        let shown: Vec<(&str, &str, &str)> =
            entries.iter().map(|e| (e.section.as_str(), e.key.as_str(), e.value.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("defaults", "forks", "20"),
                ("defaults", "roles_path", "a:b"),
                ("ssh_connection", "ssh_args", "-o A\n-o B"),
            ]
        );
        assert_eq!(parse("x = 1").unwrap_err().0, 1);
    }
}

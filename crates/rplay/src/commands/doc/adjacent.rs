//! Documentation of the user's own plugins and roles: read as text, never run.

use super::catalogue::{Entry, Item};
use crate::{Failure, config::expand, exit};
use rplay_value::{Dict, Value};
use rplay_yaml::{Source, Trust};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the user's own content may be.
pub(super) struct Places {
    modules: Vec<PathBuf>,
    playbook_dir: Option<PathBuf>,
    collections: Vec<PathBuf>,
    roles: Vec<PathBuf>,
}

/// Files that are read, in this order; those without an ending are scripts.
const ENDINGS: [&str; 4] = [".py", ".yml", ".yaml", ""];

impl Places {
    pub(super) fn new(
        modules: &[PathBuf],
        playbook_dir: Option<&Path>,
        roles: &[PathBuf],
    ) -> Result<Self, Failure> {
        let config = crate::wiring::config()?;
        let paths = |key: &str, usual: &str| {
            let set = config.paths("defaults", key, ':');
            set.unwrap_or_else(|| usual.split(':').map(expand).collect())
        };
        let mut collections: Vec<PathBuf> =
            playbook_dir.map(|dir| dir.join("collections")).into_iter().collect();
        collections
            .extend(paths("collections_path", "~/.ansible/collections:/usr/share/ansible/collections"));
        let mut all_roles = roles.to_vec();
        if let Some(dir) = playbook_dir {
            all_roles.extend([dir.join("roles"), dir.to_path_buf()]);
        }
        all_roles.extend(paths("roles_path", "~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles"));
        let mut own = modules.to_vec();
        own.extend(paths("library", "~/.ansible/plugins/modules:/usr/share/ansible/plugins/modules"));
        Ok(Self {
            modules: own,
            playbook_dir: playbook_dir.map(Path::to_path_buf),
            collections,
            roles: all_roles,
        })
    }

    /// Directories of plugins of a type outside of collections.
    fn own(&self, kind: &str) -> Vec<PathBuf> {
        let beside = if kind == "module" { "library".to_owned() } else { format!("{kind}_plugins") };
        let mut all: Vec<PathBuf> = self.playbook_dir.iter().map(|dir| dir.join(&beside)).collect();
        if kind == "module" {
            all.extend(self.modules.iter().cloned());
        }
        all
    }

    /// Directories of plugins of a type in a collection.
    fn of_collection(&self, collection: &str, kind: &str) -> Vec<PathBuf> {
        let Some((namespace, name)) = collection.split_once('.') else { return Vec::new() };
        let sub = if kind == "module" { "plugins/modules".to_owned() } else { format!("plugins/{kind}") };
        let dirs = self.collections.iter().map(|path| {
            let root = if path.ends_with("ansible_collections") {
                path.clone()
            } else {
                path.join("ansible_collections")
            };
            root.join(namespace).join(name).join(&sub)
        });
        dirs.filter(|dir| dir.is_dir()).collect()
    }

    /// The documentation of a plugin or role, if the user has one of this name.
    pub(super) fn find(&self, kind: &str, name: &str, point: Option<&str>) -> Result<Option<Entry>, Failure> {
        if kind == "keyword" {
            return Ok(None);
        }
        if kind == "role" {
            return self.role(name, point);
        }
        let mut parts = name.splitn(3, '.');
        let (dirs, short) = match (parts.next(), parts.next(), parts.next()) {
            (Some("ansible"), Some("builtin"), Some(_)) => return Ok(None),
            (Some("ansible"), Some("legacy"), Some(short)) => (self.own(kind), short.to_owned()),
            (Some(namespace), Some(collection), Some(rest)) => {
                (self.of_collection(&format!("{namespace}.{collection}"), kind), rest.replace('.', "/"))
            }
            _ => (self.own(kind), name.to_owned()),
        };
        for dir in dirs {
            for ending in ENDINGS {
                let path = dir.join(format!("{short}{ending}"));
                if !path.is_file() {
                    continue;
                }
                if let Some(entry) = read(&path, kind, name)? {
                    return Ok(Some(entry));
                }
            }
        }
        Ok(None)
    }

    /// Everything the user has of a type, outside of collections.
    pub(super) fn list(&self, kind: &str) -> Result<Vec<Item>, Failure> {
        let mut all = Vec::new();
        if matches!(kind, "role" | "keyword") {
            return Ok(all);
        }
        for dir in self.own(kind) {
            for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
                let path = entry.path();
                let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| path.is_file())
                else {
                    continue;
                };
                let known = path
                    .extension()
                    .is_none_or(|ending| ["py", "yml", "yaml"].iter().any(|known| ending == *known));
                if !known || stem == "__init__" {
                    continue;
                }
                let name = format!("ansible.legacy.{stem}");
                let told = read(&path, kind, &name)
                    .ok()
                    .flatten()
                    .and_then(|entry| entry.doc.get("short_description").map(Value::to_text));
                all.push(Item {
                    name,
                    description: told.unwrap_or_else(|| "UNDOCUMENTED".into()),
                    file: path.to_string_lossy().into_owned(),
                });
            }
        }
        Ok(all)
    }

    fn role(&self, name: &str, point: Option<&str>) -> Result<Option<Entry>, Failure> {
        let mut dirs: Vec<PathBuf> = self.roles.iter().map(|path| path.join(name)).collect();
        if let Some((collection, short)) = name.rsplit_once('.') {
            let plugins = self.of_collection(collection, "x/../..");
            dirs.extend(plugins.into_iter().map(|dir| dir.join("../../roles").join(short)));
        }
        for dir in dirs {
            let files = ["argument_specs.yml", "argument_specs.yaml", "main.yml", "main.yaml"];
            for path in files.iter().map(|file| dir.join("meta").join(file)).filter(|path| path.is_file()) {
                let text = text_of(&path)?;
                let content = yaml(&path.to_string_lossy(), &text)?;
                let Some(points) = content.get("argument_specs").and_then(Value::as_dict) else { continue };
                let chosen =
                    points.iter().filter(|(key, _)| point.is_none_or(|point| key.as_str() == Some(point)));
                let chosen: Dict = chosen.map(|(key, value)| (key.clone(), value.clone())).collect();
                let mut doc = Dict::new();
                doc.insert("path", Value::from(dir.to_string_lossy().into_owned()));
                doc.insert("entry_points", Value::from(chosen));
                return Ok(Some(Entry {
                    name: name.into(),
                    doc,
                    examples: Value::None,
                    returned: Value::None,
                }));
            }
        }
        Ok(None)
    }
}

fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::new(exit::ERROR, format!("cannot read {}: {error}", path.display())))
}

fn yaml(name: &str, text: &str) -> Result<Value, Failure> {
    rplay_yaml::load(&Source::new(name, text), Trust::Untrusted)
        .map(|document| document.root.to_value())
        .map_err(|error| {
            Failure::new(exit::ERROR, format!("documentation cannot be read: {}", error.report()))
        })
}

/// The documentation in a file; none if there is none.
fn read(path: &Path, kind: &str, name: &str) -> Result<Option<Entry>, Failure> {
    let text = text_of(path)?;
    let shown = path.to_string_lossy();
    let is_yaml = path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
    let (doc, examples, returned) = if is_yaml {
        let whole = yaml(&shown, &text)?;
        let part = |key: &str| whole.get(key).cloned().unwrap_or(Value::None);
        (part("DOCUMENTATION"), part("EXAMPLES"), part("RETURN"))
    } else {
        let part = |name: &str| match assigned(&text, name) {
            Some(text) => yaml(&shown, text),
            None => Ok(Value::None),
        };
        let examples = assigned(&text, "EXAMPLES").map(|text| Value::from(text.trim_start_matches('\n')));
        (part("DOCUMENTATION")?, examples.unwrap_or(Value::None), part("RETURN")?)
    };
    let Some(mut doc) = doc.as_dict().cloned() else { return Ok(None) };
    let collection = name.rsplit_once('.').map_or("", |(collection, _)| collection).to_owned();
    doc.insert("plugin_name", Value::from(name));
    doc.insert("collection", Value::from(collection));
    doc.insert("filename", Value::from(shown.into_owned()));
    if kind == "module" {
        doc.insert("has_action", Value::Bool(false));
    }
    Ok(Some(Entry { name: name.to_owned(), doc, examples, returned }))
}

/// The options in the documentation of a file with a plugin; none if there is no sound one.
pub(crate) fn options_in(path: &Path) -> Option<Dict> {
    let entry = read(path, "plugin", "").ok().flatten()?;
    Some(entry.doc.get("options").and_then(Value::as_dict).cloned().unwrap_or_default())
}

/// The string that a line of Python assigns to a name, in any of its four quotes.
fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
        Some(rest.as_ptr() as usize - text.as_ptr() as usize)
    })?;
    let rest = text[start..].trim_start().trim_start_matches(['r', 'R', 'u', 'b']);
    ["'''", "\"\"\"", "'", "\""].iter().find_map(|quote| {
        let inner = rest.strip_prefix(quote)?;
        Some(&inner[..inner.find(quote)?])
    })
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn documentation_is_found_without_python() {
        let text =
            "#!/usr/bin/python\nDOCUMENTATION = r'''\nmodule: x\n'''\nRETURN=\"\"\"a\"\"\"\nEXAMPLES = ''\n";
        assert_eq!(assigned(text, "DOCUMENTATION"), Some("\nmodule: x\n"));
        assert_eq!(assigned(text, "RETURN"), Some("a"));
        assert_eq!(assigned(text, "EXAMPLES"), None.or(Some("")));
        assert_eq!(assigned(text, "NOTHING"), None);
    }
}

//! Playbook files and `import_playbook`.

use super::{Loader, Reading, Result, collection_dirs, include::add_vars, normal, typed::is_template};
use crate::{Cause, Keywords, Level, Place, Play, PlaybookError, TaskContext, args};
use rplay_value::{Dict, Str, Value};
use rplay_yaml::Node;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// What the imports around a playbook give to its plays.
#[derive(Clone, Default)]
pub(super) struct Import {
    pub(super) vars: Arc<Dict>,
    pub(super) tags: Vec<Value>,
    pub(super) when: Vec<Value>,
    /// Playbooks being read, outermost first.
    files: Vec<PathBuf>,
    /// The imports that led here, outermost first.
    pub(super) through: Vec<Place>,
}

/// The plays of a file, with those of the playbooks it imports.
pub(super) fn plays(loader: &Loader, path: &Path, import: &Import) -> Result<Vec<Arc<Play>>> {
    let document = loader.document(path)?;
    let dir = path.parent().unwrap_or(Path::new("/")).to_path_buf();
    let collections = collection_of(&dir).into_iter().collect();
    let context =
        TaskContext { play_dir: dir, collections, vars: vec![import.vars.clone()], ..TaskContext::default() };
    let reading = loader.reading_in(&document.source, &context);
    let root = &document.root;
    let shown = path.display();
    let entries = match root.as_seq() {
        Some([]) => {
            let message = format!("A playbook must contain at least one play: {shown}");
            return Err(reading.fail(root, message));
        }
        Some(entries) => entries,
        None if root.is_null() => {
            return Err(PlaybookError::new(format!("Empty playbook, nothing to do: {shown}")));
        }
        None => {
            let message = format!(
                "A playbook must be a list of plays, got a <class '{}'> instead: {shown}",
                root.type_name()
            );
            return Err(reading.fail(root, message));
        }
    };
    let mut import = import.clone();
    import.files.push(path.to_path_buf());
    let mut plays = Vec::new();
    for entry in entries {
        if entry.as_map().is_none() {
            let message = "playbook entries must be either valid plays or 'import_playbook' statements";
            return Err(reading.fail(entry, message));
        }
        match reading.playbook_import(entry)? {
            Some(key) => plays.extend(reading.imported(entry, key, &import)?),
            None => plays.push(Arc::new(reading.play(entry, &import)?)),
        }
    }
    Ok(plays)
}

/// The collection that a directory of playbooks belongs to.
fn collection_of(dir: &Path) -> Option<Str> {
    let names: Vec<String> =
        dir.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let at = names.iter().rposition(|name| name == "ansible_collections")?;
    match &names[at + 1..] {
        [namespace, name, kind, ..] if kind == "playbooks" => Some(format!("{namespace}.{name}").into()),
        _ => None,
    }
}

const IMPORT: [&str; 3] =
    ["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"];

impl Reading<'_> {
    /// The key that makes an entry of a playbook an import.
    fn playbook_import(&self, entry: &Node) -> Result<Option<&'static str>> {
        let mut keys: Vec<&'static str> = IMPORT.into_iter().filter(|key| entry.get(key).is_some()).collect();
        keys.sort_unstable();
        match keys.as_slice() {
            [] if entry.get("include").is_some() && entry.get("hosts").is_none() && !self.strict() => {
                self.deprecated(
                    entry,
                    "'include' of playbooks is deprecated",
                    "Use import_playbook instead.",
                )?;
                Ok(Some("include"))
            }
            [] => Ok(None),
            [key] => Ok(Some(key)),
            _ => {
                let message = format!("Found conflicting import_playbook actions: {}", keys.join(", "));
                Err(self.fail(entry, message).general())
            }
        }
    }

    fn imported(&self, entry: &Node, key: &str, outer: &Import) -> Result<Vec<Arc<Play>>> {
        let (mut keywords, written) = self.import_keywords(entry, key)?;
        let Some(mut file) = written else {
            let message = "The field 'import_playbook' is required but was not set.";
            return Err(self.fail(entry, message));
        };
        if key == "include" {
            file = self.old_parameters(entry, &file, &mut keywords)?;
        }
        let value = Value::Str(file);
        let name = if is_template(&value) {
            let failed =
                |cause: Cause| self.fail(entry, "Error processing keyword 'import_playbook'.").because(cause);
            self.evaluate(&value, &keywords.vars).map_err(failed)?.to_text()
        } else {
            value.to_text()
        };
        let path = self.playbook_path(&name);
        if outer.files.contains(&path) {
            return Err(self.fail(entry, format!("The playbook {} imports itself.", path.display())));
        }
        let mut import = outer.clone();
        let mut vars = (*keywords.vars).clone();
        vars.extend((*outer.vars).clone());
        import.vars = Arc::new(vars);
        import.tags.extend(keywords.tags);
        import.when.extend(keywords.when);
        import.through.push(self.place(entry.span));
        let step = self.step(entry, format!("import_playbook: {name}"));
        plays(self.loader, &path, &import).map_err(|error| {
            let place = self.place(entry.span);
            let error = if error.place.is_none() { error.at(place) } else { error };
            error.within(step)
        })
    }

    fn import_keywords(&self, entry: &Node, key: &str) -> Result<(Keywords, Option<Str>)> {
        let level = Level::PlaybookInclude;
        let mut keywords = Keywords::default();
        let mut file = None;
        for (name, at, value) in self.keyed(entry, level)? {
            if name == key {
                file = self.text("import_playbook", value)?;
            } else if !level.knows(name) {
                return Err(self.unknown(at, level));
            } else if name != "name" {
                self.shared(name, value, level, &mut keywords)?;
                if !matches!(name, "vars" | "when" | "tags") {
                    self.warn(at, format!("'{name}' has no effect on 'import_playbook'"));
                }
            }
        }
        Ok((keywords, file))
    }

    /// The file of an old include, whose `key=value` parameters are variables.
    fn old_parameters(&self, entry: &Node, text: &Str, keywords: &mut Keywords) -> Result<Str> {
        let mut pairs =
            args::pairs(text, args::Free::No).map_err(|error| self.fail(entry, error.to_string()))?;
        let file = pairs.remove("_raw_params").unwrap_or_default();
        add_vars(keywords, pairs);
        Ok(Str::new(file.to_text()).with_tag_of(text))
    }

    fn playbook_path(&self, name: &str) -> PathBuf {
        let roots = self.collection_roots();
        collection_playbook(&roots, name).unwrap_or_else(|| normal(&self.frame.dir.join(name)))
    }
}

/// The file of the playbook `namespace.collection.name` in one of the directories that hold collections.
pub fn collection_playbook(roots: &[PathBuf], name: &str) -> Option<PathBuf> {
    let parts: Vec<&str> = name.split('.').collect();
    let [namespace, collection, inner @ ..] = parts.as_slice() else { return None };
    if inner.is_empty() || name.contains('/') {
        return None;
    }
    let file = format!("playbooks/{}", inner.join("/"));
    let dirs = collection_dirs(roots, namespace, collection);
    let named = |dir: PathBuf| ["yml", "yaml"].map(|extension| dir.join(format!("{file}.{extension}")));
    dirs.into_iter().flat_map(named).find(|path| path.is_file()).map(|path| normal(&path))
}

//! Where a role is.

use crate::load::{Reading, normal};
use rplay_value::Str;
use std::path::{Path, PathBuf};

/// A role found.
pub(super) struct Located {
    /// Its name without path and collection.
    pub(super) name: Str,
    /// Its directory.
    pub(super) path: PathBuf,
    /// `namespace.name` of the collection that holds it.
    pub(super) collection: Option<String>,
}

impl Reading<'_> {
    /// Finds a role: in collections, then in the playbook's `roles`, the roles path, beside the role that
    /// depends on it, beside the playbook, and as a path.
    ///
    /// # Errors
    /// The places searched, when the role is in none of them.
    pub(super) fn locate(&self, name: &str, basedir: Option<&Path>) -> Result<Located, Vec<String>> {
        if let Some(found) = self.in_collections(name) {
            return Ok(found);
        }
        let dirs = self.role_dirs(basedir);
        let found = dirs.iter().map(|dir| normal(&dir.join(name))).find(|path| path.exists());
        if let Some(path) = found {
            return Ok(Located { name: name.into(), path, collection: None });
        }
        let path = normal(Path::new(name));
        if path.exists() {
            let base = path.file_name().map_or(name.into(), |base| base.to_string_lossy().into_owned());
            return Ok(Located { name: base.into(), path, collection: None });
        }
        let collections = self.collections.iter().map(ToString::to_string);
        Err(collections.chain(dirs.iter().map(|dir| dir.display().to_string())).collect())
    }

    fn role_dirs(&self, basedir: Option<&Path>) -> Vec<PathBuf> {
        let mut dirs = vec![self.frame.dir.join("roles")];
        dirs.extend(self.loader.settings().roles_path.iter().cloned());
        dirs.extend(basedir.map(Path::to_path_buf));
        dirs.push(self.frame.dir.clone());
        dirs
    }

    /// Names of the roles that could have been meant.
    pub(super) fn role_names(&self, basedir: Option<&Path>) -> Vec<String> {
        let entries = self.role_dirs(basedir).into_iter().filter_map(|dir| std::fs::read_dir(dir).ok());
        entries.flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    fn in_collections(&self, name: &str) -> Option<Located> {
        let parts: Vec<&str> = name.split('.').collect();
        if parts.len() >= 3 && parts.iter().all(|part| is_identifier(part)) {
            let (collection, inner) = (format!("{}.{}", parts[0], parts[1]), &parts[2..]);
            return self.in_collection(&collection, &inner.join("/"), inner.last()?);
        }
        self.collections.iter().find_map(|collection| self.in_collection(collection, name, name))
    }

    fn in_collection(&self, collection: &str, inner: &str, name: &str) -> Option<Located> {
        let (namespace, base) = collection.split_once('.')?;
        let dirs = self.collection_dirs(namespace, base).into_iter();
        let path = dirs.map(|dir| dir.join("roles").join(inner)).find(|path| path.is_dir())?;
        Some(Located { name: name.into(), path: normal(&path), collection: Some(collection.to_owned()) })
    }
}

fn is_identifier(part: &str) -> bool {
    let mut chars = part.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || char == '_')
}

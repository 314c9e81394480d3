//! Files of a role: `tasks/main.yml` and its kin.

use crate::{
    Place, PlaybookError,
    load::{Loader, Reading, Result, normal},
};
use rplay_value::{Dict, Str};
use rplay_yaml::{Document, Span};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

const EXTENSIONS: [&str; 3] = [".yml", ".yaml", ".json"];

/// Which file of a role's subdirectory is meant.
pub(super) struct Wanted<'a> {
    pub(super) role: &'a Path,
    pub(super) role_name: &'a str,
    /// `tasks`, `vars`, `meta`, …
    pub(super) subdir: &'a str,
    /// The name asked for (`tasks_from`); none for `main`.
    pub(super) from: Option<&'a Str>,
    /// Where the role is used.
    pub(super) place: &'a Place,
}

impl Wanted<'_> {
    fn label(&self) -> &str {
        self.from.map_or("main", |name| name.as_str())
    }

    /// The files there are; only variables may be spread over a directory.
    pub(super) fn paths(&self, spread: bool) -> Result<Vec<PathBuf>> {
        let dir = self.role.join(self.subdir);
        let base = dir.join(self.label());
        let bare = [""];
        let order: Vec<&str> = match self.from {
            Some(_) => bare.into_iter().chain(EXTENSIONS).collect(),
            None => EXTENSIONS.into_iter().chain(bare).collect(),
        };
        let mut found = Vec::new();
        for extension in order {
            let path = PathBuf::from(format!("{}{extension}", base.display()));
            if path.is_dir() && !spread {
                continue;
            }
            if path.is_dir() {
                found = files_below(&path);
                break;
            }
            if path.exists() {
                found.push(path);
                break;
            }
        }
        if found.is_empty() && self.from.is_some() {
            let message = format!("Could not find specified file in role: {}/{}", self.subdir, self.label());
            return Err(PlaybookError::new(message).at(self.place.clone()));
        }
        if let Some(path) = found.iter().find(|path| !normal(path).starts_with(&dir)) {
            let message = format!(
                "Failed loading '{}' for role ({}) as it is not inside the expected role path: '{}'",
                path.display(),
                self.role_name,
                dir.display()
            );
            return Err(PlaybookError::new(message).at(self.place.clone()));
        }
        Ok(found)
    }

    /// The one file, read.
    pub(super) fn document(&self, loader: &Loader) -> Result<Option<Arc<Document>>> {
        match self.paths(false)?.first() {
            Some(path) => loader.document(&normal(path)).map(Some),
            None => Ok(None),
        }
    }

    /// The variables of all files together; later files win.
    pub(super) fn vars(&self, loader: &Loader) -> Result<Arc<Dict>> {
        let mut all: Arc<Dict> = Arc::default();
        for path in self.paths(true)? {
            let path = normal(&path);
            let dict = loader.vars_file(&path).map_err(|error| self.not_a_dictionary(error))?;
            if all.is_empty() {
                all = dict;
            } else {
                Arc::make_mut(&mut all).extend(dict.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
        }
        Ok(all)
    }

    fn not_a_dictionary(&self, error: PlaybookError) -> PlaybookError {
        if error.cause.is_some() {
            return error;
        }
        let message = format!(
            "The {}/main.yml file for role '{}' must contain a dictionary of variables",
            self.subdir, self.role_name
        );
        PlaybookError { message, ..error }
    }
}

/// Files with a known extension or none below a directory, in order of their names; hidden files and backups
/// are left out.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
        if path.is_dir() && extension.is_none() {
            found.extend(files_below(&path));
        } else if path.is_file() && extension.is_none_or(|extension| EXTENSIONS.contains(&extension.as_str()))
        {
            found.push(path);
        }
    }
    found
}

impl Reading<'_> {
    /// The place of a file as a whole.
    pub(super) fn start_of(document: &Document) -> Place {
        Place { source: document.source.clone(), span: Span::at(1, 1) }
    }
}

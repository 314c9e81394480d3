//! `group_vars` and `host_vars` beside inventories and playbooks.

use crate::{InventoryError, Warning};
use rplay_value::{Dict, Value};
use rplay_yaml::{Source, Trust, load};
use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Decrypts a vaulted file's text; the path is for messages.
pub type VaultHook = Arc<dyn Fn(&str, &Path) -> Result<Vec<u8>, String> + Send + Sync>;

const EXTENSIONS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// `group_vars` or `host_vars`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum VarsDir {
    Group,
    Host,
}

impl VarsDir {
    fn name(self) -> &'static str {
        match self {
            VarsDir::Group => "group_vars",
            VarsDir::Host => "host_vars",
        }
    }
}

type Cache = HashMap<(PathBuf, VarsDir, Arc<str>), Option<Arc<Dict>>>;

/// Reads variable files when asked, each once, shared between hosts.
#[derive(Default)]
pub(crate) struct Files {
    vault: Option<VaultHook>,
    /// Directories of the inventory sources, in order.
    pub(crate) inventory_dirs: Vec<PathBuf>,
    pub(crate) merge: bool,
    cache: Mutex<Cache>,
    missing: Mutex<HashMap<PathBuf, bool>>,
    /// What was odd in files read so far.
    warnings: Mutex<Vec<Warning>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("inventory_dirs", &self.inventory_dirs).finish_non_exhaustive()
    }
}

impl Files {
    pub(crate) fn new(vault: Option<VaultHook>, merge: bool) -> Self {
        Self { vault, merge, ..Self::default() }
    }

    /// The merged variables of one group's or host's files below `base`; `None` where there are none.
    pub(crate) fn vars(
        &self,
        base: &Path,
        dir: VarsDir,
        name: &str,
    ) -> Result<Option<Arc<Dict>>, InventoryError> {
        let directory = base.join(dir.name());
        // Names of chroot hosts are paths and would lead anywhere.
        if name.starts_with('/') || !self.is_there(&directory) {
            return Ok(None);
        }
        let key = (directory, dir, Arc::from(name));
        if let Some(known) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let vars = self.read(&key.0, name)?;
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(key, vars.clone());
        Ok(vars)
    }

    pub(crate) fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_there(&self, directory: &Path) -> bool {
        let mut known = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = known.get(directory) {
            return *there;
        }
        let there = directory.is_dir();
        known.insert(directory.to_owned(), there);
        there
    }

    fn read(&self, directory: &Path, name: &str) -> Result<Option<Arc<Dict>>, InventoryError> {
        let mut merged: Option<Arc<Dict>> = None;
        for path in find(directory, name)? {
            let Some(vars) = self.read_file(&path)? else { continue };
            merged = Some(match merged {
                None => vars,
                Some(below) => Arc::new(combined(&below, &vars, self.merge)),
            });
        }
        Ok(merged)
    }

    /// A file's text, decrypted where the whole file is vaulted.
    pub(crate) fn text(&self, path: &Path) -> Result<String, InventoryError> {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        let text = String::from_utf8(bytes).map_err(|_| InventoryError::File {
            path: path.to_owned(),
            error: "the file is not UTF-8 text".into(),
        })?;
        if text.starts_with("$ANSIBLE_VAULT") { self.decrypt(&text, path) } else { Ok(text) }
    }

    /// The text of an ini file: comments in it need not be UTF-8.
    pub(crate) fn text_with_odd_comments(&self, path: &Path) -> Result<String, InventoryError> {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        if std::str::from_utf8(&bytes).is_ok() {
            return self.text(path);
        }
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| match line.first() {
            Some(b'#' | b';') => Ok(""),
            _ => std::str::from_utf8(line),
        });
        let lines: Result<Vec<&str>, _> = lines.collect();
        lines.map(|lines| lines.join("\n")).map_err(|_| InventoryError::File {
            path: path.to_owned(),
            error: "the file is not UTF-8 text".into(),
        })
    }

    fn read_file(&self, path: &Path) -> Result<Option<Arc<Dict>>, InventoryError> {
        let text = self.text(path)?;
        let document = load(&Source::new(path.display().to_string(), text), Trust::Trusted)?;
        if !document.warnings.is_empty() {
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            warnings
                .extend(document.warnings.iter().map(|warning| Warning::of_yaml(&document.source, warning)));
        }
        match document.root.to_value() {
            Value::Dict(vars) => Ok(Some(vars)),
            other if !other.is_true() => Ok(None),
            other => Err(InventoryError::Content {
                name: path.display().to_string(),
                message: format!("variables must be a dictionary, found {}", other.type_name()),
            }),
        }
    }

    fn decrypt(&self, text: &str, path: &Path) -> Result<String, InventoryError> {
        let fault = |error: String| InventoryError::Vault { path: path.to_owned(), error };
        let hook = self.vault.as_ref().ok_or_else(|| {
            fault("Attempting to decrypt but no vault secrets found: the file is encrypted with vault".into())
        })?;
        let plain = hook(text, path).map_err(fault)?;
        String::from_utf8(plain).map_err(|_| fault("the decrypted content is not UTF-8 text".into()))
    }
}

/// `b` over `a`; with `merge`, dictionaries in both are merged (`hash_behaviour=merge`).
pub(crate) fn combined(a: &Dict, b: &Dict, merge: bool) -> Dict {
    if merge {
        return a.merged(b);
    }
    let mut out = a.clone();
    out.extend(b.iter().map(|(key, value)| (key.clone(), value.clone())));
    out
}

fn unreadable(path: &Path, error: &io::Error) -> InventoryError {
    InventoryError::File { path: path.to_owned(), error: error.to_string() }
}

/// The first of `name`, `name.yml`, `name.yaml`, `name.json` that exists; a directory gives the files in it.
fn find(directory: &Path, name: &str) -> Result<Vec<PathBuf>, InventoryError> {
    for extension in EXTENSIONS {
        let path = directory.join(format!("{name}{extension}"));
        if path.is_dir() {
            let mut found = Vec::new();
            collect(&path, &mut found, 0)?;
            return Ok(found);
        }
        if path.exists() {
            return Ok(vec![path]);
        }
    }
    Ok(Vec::new())
}

/// Files of a directory in order of their names, directories without extension in their place. Hidden files,
/// backups and other extensions do not count.
fn collect(directory: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), InventoryError> {
    const MAX_DEPTH: usize = 40;
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(directory, &error))?;
    let mut names: Vec<String> =
        entries.iter().filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
    names.sort();
    for name in names.iter().filter(|name| !name.starts_with('.') && !name.ends_with('~')) {
        let path = directory.join(name);
        let extension = name.rfind('.').map_or("", |dot| &name[dot..]);
        if path.is_dir() {
            if extension.is_empty() && depth < MAX_DEPTH {
                collect(&path, found, depth + 1)?;
            }
        } else if path.is_file() && EXTENSIONS.contains(&extension) {
            found.push(path);
        }
    }
    Ok(())
}

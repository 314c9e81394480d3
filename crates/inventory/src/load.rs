//! Sources: which kind each is, in which order they are read.

use crate::{Inventory, InventoryError, VaultHook, Warning, address, files::Files, ini, script, yaml_source};
use rplay_value::Value;
use rplay_yaml::Source;
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// How to read inventories.
#[derive(Clone)]
pub struct Options {
    /// Decrypts vaulted files.
    pub vault: Option<VaultHook>,
    /// A source that gives nothing is an error (`any_unparsed_is_failed`).
    pub any_unparsed_failed: bool,
    /// It is an error when no source gives anything (`unparsed_is_failed`).
    pub unparsed_failed: bool,
    /// Endings of files in inventory directories that are not inventories.
    pub ignored_extensions: Vec<String>,
    /// Regular expressions for further names to ignore in inventory directories.
    pub ignored_patterns: Vec<String>,
    /// Files of one `group_vars/name/` directory are merged deeply (`hash_behaviour=merge`).
    pub merge_hashes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vault: None,
            any_unparsed_failed: false,
            unparsed_failed: false,
            ignored_extensions: default_ignored_extensions(),
            ignored_patterns: Vec::new(),
            merge_hashes: false,
        }
    }
}

/// Endings ignored in inventory directories unless configured otherwise.
pub fn default_ignored_extensions() -> Vec<String> {
    [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"]
        .map(str::to_owned)
        .to_vec()
}

/// A kind of source and how it is read.
type Kind = (&'static str, fn(&mut Inventory, &Path) -> Result<(), InventoryError>);

impl Inventory {
    /// Reads sources in order, each over what the ones before gave: paths of files, executables and
    /// directories, and host lists (text with a comma). A source that cannot be read gives warnings.
    ///
    /// # Errors
    /// Only where the options call a useless source, or none at all, a failure; and for a bad ignore pattern.
    pub fn load(sources: &[String], options: &Options) -> Result<(Inventory, Vec<Warning>), InventoryError> {
        let mut files = Files::new(options.vault.clone(), options.merge_hashes);
        files.inventory_dirs = sources.iter().filter_map(|source| vars_dir(source)).collect();
        let loader = Loader::new(options)?;
        let mut inventory = Inventory::new(files);
        let mut parsed = false;
        for source in sources.iter().filter(|source| !source.is_empty()) {
            parsed |= loader.source(&mut inventory, source)?;
        }
        if parsed {
            inventory.reconcile();
        } else if options.unparsed_failed {
            return Err(InventoryError::NothingParsed);
        } else {
            inventory.warn("No inventory was parsed, only implicit localhost is available");
        }
        let warnings = std::mem::take(&mut inventory.warnings);
        Ok((inventory, warnings))
    }

    /// Warnings since the inventory was read or since the last call: from variable files read meanwhile,
    /// `add_host` and the like.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(self.files.take_warnings());
        warnings
    }
}

/// The directory whose `group_vars` and `host_vars` belong to a source; none for host lists.
fn vars_dir(source: &str) -> Option<PathBuf> {
    let path = absolute(source);
    match () {
        () if source.is_empty() || (source.contains(',') && !path.exists()) => None,
        () if path.is_dir() => Some(path),
        () => path.parent().map(Path::to_owned),
    }
}

/// The absolute path without `.` and `..`; links are not followed.
fn absolute(source: &str) -> PathBuf {
    let path = std::path::absolute(source).unwrap_or_else(|_| source.into());
    path.components().fold(PathBuf::new(), |mut path, component| {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
        path
    })
}

struct Loader<'a> {
    options: &'a Options,
    ignored: Vec<fancy_regex::Regex>,
}

impl<'a> Loader<'a> {
    fn new(options: &'a Options) -> Result<Self, InventoryError> {
        let compiled = options.ignored_patterns.iter().map(|pattern| {
            fancy_regex::Regex::new(pattern).map_err(|error| InventoryError::Content {
                name: "inventory ignore patterns".into(),
                message: format!("{pattern}: {error}"),
            })
        });
        Ok(Self { options, ignored: compiled.collect::<Result<_, _>>()? })
    }

    /// Whether the source gave anything.
    fn source(&self, inventory: &mut Inventory, source: &str) -> Result<bool, InventoryError> {
        let path = absolute(source);
        if source.contains(',') && !path.exists() {
            inventory.current = Some((Value::from(source), Value::None));
            host_list(inventory, source)?;
            return Ok(true);
        }
        if path.is_dir() { self.directory(inventory, &path) } else { self.file(inventory, &path) }
    }

    fn directory(&self, inventory: &mut Inventory, path: &Path) -> Result<bool, InventoryError> {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries
            .map_err(|error| InventoryError::File { path: path.to_owned(), error: error.to_string() })?;
        let mut names: Vec<String> =
            entries.iter().filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
        names.sort();
        let mut parsed = false;
        for name in names.iter().filter(|name| !self.is_ignored(name)) {
            let path = path.join(name);
            parsed |=
                if path.is_dir() { self.directory(inventory, &path)? } else { self.file(inventory, &path)? };
        }
        Ok(parsed)
    }

    fn is_ignored(&self, name: &str) -> bool {
        name.starts_with('.')
            || matches!(name, "host_vars" | "group_vars" | "vars_plugins")
            || self.options.ignored_extensions.iter().any(|ending| name.ends_with(ending.as_str()))
            || self.ignored.iter().any(|pattern| pattern.is_match(name).unwrap_or(false))
    }

    /// Tries the kinds that a file may be in Ansible's order; one that fails leaves nothing behind.
    fn file(&self, inventory: &mut Inventory, path: &Path) -> Result<bool, InventoryError> {
        let mut failures = Vec::new();
        for (kind, read) in kinds(path) {
            let mut attempt = inventory.clone();
            attempt.current = Some(place_vars(path));
            match read(&mut attempt, path) {
                Ok(()) => {
                    *inventory = attempt;
                    return Ok(true);
                }
                Err(error) => failures.push((kind, error)),
            }
        }
        for (kind, error) in failures {
            let message = format!("Failed to parse inventory with '{kind}' plugin: {error}");
            inventory.warnings.push(Warning { message, detail: Some(error.report()) });
        }
        if self.options.any_unparsed_failed {
            return Err(InventoryError::Unparsed(path.display().to_string()));
        }
        inventory.warn(format!("Unable to parse {} as an inventory source", path.display()));
        Ok(false)
    }
}

/// `inventory_file` and `inventory_dir` of the hosts a file names first.
fn place_vars(path: &Path) -> (Value, Value) {
    let text = |path: &Path| Value::from(path.display().to_string());
    (text(path), path.parent().map(text).unwrap_or_default())
}

fn kinds(path: &Path) -> Vec<Kind> {
    let Ok(metadata) = fs::metadata(path) else { return Vec::new() };
    let mut kinds: Vec<Kind> = Vec::new();
    let extension = path.extension().and_then(|extension| extension.to_str());
    if metadata.permissions().mode() & 0o111 != 0 {
        kinds.push(("script", script::read));
    }
    if matches!(extension, None | Some("yml" | "yaml" | "json")) {
        kinds.push(("yaml", |inventory, path| yaml_source::read(inventory, &text(inventory, path)?)));
    }
    match extension {
        Some("toml") => kinds.push(("toml", |_, path| {
            let message = "inventories in TOML are not supported: write it in YAML or ini".into();
            Err(InventoryError::Content { name: path.display().to_string(), message })
        })),
        _ => kinds.push(("ini", |inventory, path| ini::read(inventory, &text(inventory, path)?))),
    }
    kinds
}

fn text(inventory: &Inventory, path: &Path) -> Result<Arc<Source>, InventoryError> {
    let text = inventory.files.text(path)?;
    Ok(Arc::new(Source::new(path.display().to_string(), text)))
}

fn host_list(inventory: &mut Inventory, source: &str) -> Result<(), InventoryError> {
    let ungrouped = inventory.add_group("ungrouped")?;
    for text in source.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let (name, port) =
            address::parse(text).filter(|(name, _)| !name.contains('[')).unwrap_or((text, None));
        if inventory.hosts.contains_key(name) {
            continue;
        }
        let host = inventory.add_host(name, port)?;
        inventory.add_host_to_group(ungrouped, host);
    }
    Ok(())
}

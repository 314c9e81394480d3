//! Sources: in which order they are read, and which kind reads each.

use crate::{
    FactsHook, Inventory, InventoryError, Rules, Templates, VaultHook, Warning,
    files::Files,
    kinds::{self, Candidate, Kind},
    model::Place,
    templates::NoTemplates,
};
use rplay_pyre::{Flags, Pattern};
use rplay_value::Dict;
use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// The source used where none is configured; it need not be there.
const USUAL: &str = "/etc/ansible/hosts";

/// How to read inventories.
#[derive(Clone)]
pub struct Options {
    /// Decrypts vaulted files.
    pub vault: Option<VaultHook>,
    /// Kinds of sources to try, by the names of Ansible's plugins (`INVENTORY_ENABLED`).
    pub enabled: Vec<String>,
    /// A source that gives nothing is an error (`any_unparsed_is_failed`).
    pub any_unparsed_failed: bool,
    /// It is an error when no source gives anything (`unparsed_is_failed`).
    pub unparsed_failed: bool,
    /// It is worth a warning when no source gives anything (`inventory_unparsed_warning`).
    pub unparsed_warning: bool,
    /// Endings of files in inventory directories that are not inventories.
    pub ignored_extensions: Vec<String>,
    /// Regular expressions for further names to ignore in inventory directories.
    pub ignored_patterns: Vec<String>,
    /// Extensions of YAML files, with their dots (`yaml_valid_extensions`).
    pub yaml_extensions: Vec<String>,
    /// Extra variables, for `constructed` with `use_extra_vars`.
    pub extra_vars: Arc<Dict>,
    /// Whether `use_extra_vars` is on unless a file says otherwise (`INVENTORY_USE_EXTRA_VARS`).
    pub use_extra_vars: bool,
    /// What a script says on standard error is shown though it succeeds (`always_show_stderr`).
    pub show_script_errors: bool,
    /// Renders templates of `constructed` and `generator`.
    pub templates: Option<Arc<dyn Templates>>,
    /// Cached facts for `constructed`.
    pub facts: Option<FactsHook>,
    /// How groups and variables are put together.
    pub rules: Rules,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vault: None,
            enabled: kinds::ENABLED.map(str::to_owned).to_vec(),
            any_unparsed_failed: false,
            unparsed_failed: false,
            unparsed_warning: true,
            ignored_extensions: default_ignored_extensions(),
            ignored_patterns: Vec::new(),
            yaml_extensions: [".yml", ".yaml", ".json"].map(str::to_owned).to_vec(),
            extra_vars: Arc::default(),
            use_extra_vars: false,
            show_script_errors: true,
            templates: None,
            facts: None,
            rules: Rules::default(),
        }
    }
}

impl Options {
    pub(crate) fn templates(&self) -> Arc<dyn Templates> {
        self.templates.clone().unwrap_or_else(|| Arc::new(NoTemplates))
    }
}

/// Endings ignored in inventory directories unless configured otherwise.
pub fn default_ignored_extensions() -> Vec<String> {
    [".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"]
        .map(str::to_owned)
        .to_vec()
}

impl Inventory {
    /// Reads sources in order, each over what the ones before gave: paths of files, executables and
    /// directories, and host lists (text with a comma). A source that cannot be read gives warnings.
    ///
    /// # Errors
    /// Only where the options call a useless source, or none at all, a failure; for a bad ignore pattern; and
    /// where files of variables that are to be read at once cannot be.
    pub fn load(sources: &[String], options: &Options) -> Result<(Inventory, Vec<Warning>), InventoryError> {
        let mut files = Files::new(options.vault.clone(), options.rules.merge_hashes);
        files.inventory_dirs = sources.iter().filter_map(|source| vars_dir(source)).collect();
        let mut inventory = Inventory::with_rules(files, options.rules.clone());
        let loader = Loader::new(options, &mut inventory)?;
        let mut parsed = false;
        for source in sources.iter().filter(|source| !source.is_empty()) {
            parsed |= loader.source(&mut inventory, source)?;
        }
        if parsed {
            inventory.reconcile();
        } else if options.unparsed_failed {
            return Err(InventoryError::NothingParsed);
        } else if options.unparsed_warning {
            inventory.warn("No inventory was parsed, only implicit localhost is available");
        }
        if options.rules.vars_stage.at_start() {
            inventory.absorb_files()?;
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
    ignored: Vec<Pattern>,
    kinds: Vec<&'static Kind>,
}

impl<'a> Loader<'a> {
    fn new(options: &'a Options, inventory: &mut Inventory) -> Result<Self, InventoryError> {
        let compiled = options.ignored_patterns.iter().map(|pattern| {
            Pattern::new(pattern, Flags::default()).map_err(|error| InventoryError::Content {
                name: "inventory ignore patterns".into(),
                message: format!("{pattern}: {error}"),
            })
        });
        let ignored = compiled.collect::<Result<_, _>>()?;
        let mut kinds = Vec::new();
        for name in &options.enabled {
            match kinds::find(name) {
                Some(kind) => kinds.push(kind),
                None => inventory.warn(format!("Failed to load inventory plugin, skipping {name}")),
            }
        }
        if kinds.is_empty() {
            return Err(InventoryError::NoPlugins);
        }
        Ok(Self { options, ignored, kinds })
    }

    /// Whether the source gave anything.
    fn source(&self, inventory: &mut Inventory, source: &str) -> Result<bool, InventoryError> {
        let path = absolute(source);
        if path.is_dir() {
            return self.directory(inventory, &path);
        }
        if source.contains(',') {
            return self.try_kinds(inventory, source, &path);
        }
        self.try_kinds(inventory, &path.display().to_string(), &path)
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
            parsed |= match path.is_dir() {
                true => self.directory(inventory, &path)?,
                false => self.try_kinds(inventory, &path.display().to_string(), &path)?,
            };
        }
        if !parsed {
            self.unparsed(inventory, &path.display().to_string())?;
        }
        Ok(parsed)
    }

    fn is_ignored(&self, name: &str) -> bool {
        name.starts_with('.')
            || matches!(name, "host_vars" | "group_vars" | "vars_plugins")
            || self.options.ignored_extensions.iter().any(|ending| name.ends_with(ending.as_str()))
            || self.ignored.iter().any(|pattern| pattern.is_found(name).unwrap_or(false))
    }

    /// Tries the enabled kinds in their order. What one that fails has read until then stays, as in Ansible.
    fn try_kinds(&self, inventory: &mut Inventory, text: &str, path: &Path) -> Result<bool, InventoryError> {
        let candidate = Candidate { text, path, options: self.options };
        let mut failures = Vec::new();
        for kind in &self.kinds {
            if !(kind.accepts)(&candidate) {
                continue;
            }
            inventory.current = Some(Place::new(text, path));
            match (kind.read)(inventory, &candidate) {
                Ok(()) => {
                    inventory.processed.extend(vars_dir(text));
                    return Ok(true);
                }
                Err(error) => failures.push((kind.name, error)),
            }
        }
        if text == USUAL && !path.exists() {
            return Ok(false);
        }
        for (kind, error) in failures {
            let message = format!("Failed to parse inventory with '{kind}' plugin: {error}");
            inventory.warnings.push(Warning { detail: Some(error.report()), ..Warning::new(message) });
        }
        self.unparsed(inventory, text)?;
        Ok(false)
    }

    fn unparsed(&self, inventory: &mut Inventory, source: &str) -> Result<(), InventoryError> {
        if self.options.any_unparsed_failed {
            return Err(InventoryError::Unparsed(source.to_owned()));
        }
        inventory.warn(format!("Unable to parse {source} as an inventory source"));
        Ok(())
    }
}

//! The shared part: settings, tables, hooks.

use crate::{
    ErrorKind, LookupFn, Outside, Plugin, PluginFn, Remark, SyntaxOptions, TemplateError, WarningSink,
    cache::Cache, filters, lookups, tests,
};
use rplay_value::{Hashing, Str, Tag, Value, Vaulted};
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Decrypts inline vault strings.
pub trait VaultDecrypt: Send + Sync {
    /// The plain text, or why it cannot be had.
    fn decrypt(&self, vaulted: &Vaulted) -> Result<String, String>;
}

/// Reads files for `include`, `import` and lookups.
pub trait FileLoader: Send + Sync {
    /// The content of a file (decrypted, if it is a vault).
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>>;
    /// Whether the path exists.
    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Answers the `config` lookup.
pub trait ConfigLookup: Send + Sync {
    /// The value of an option and where it comes from, of a plugin (type, name) if given; none when there is no
    /// such option. Options that variables set are asked for with `variable`.
    ///
    /// # Errors
    /// Why the option has no value, or that there is no such plugin.
    fn option(
        &self,
        name: &str,
        plugin: Option<(&str, &str)>,
        variable: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<Option<(Value, String)>, String>;
}

/// Knows which plugins content may call by their short names.
pub trait Collections: Send + Sync {
    /// Whether the collection, such as `community.general`, is there.
    fn is_installed(&self, name: &str) -> bool;

    /// Whether the content brings a plugin of this kind (`filter`, `test`, `lookup`) and short name. Its code
    /// is Python and not run; one of the same name that is built in stands for it.
    fn is_brought(&self, kind: &str, name: &str) -> bool;
}

struct PlainFiles;

impl FileLoader for PlainFiles {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// What templating depends on.
#[derive(Clone)]
pub struct Settings {
    /// 2.19's refusals: conditionals must be booleans. Otherwise older forms are accepted with a
    /// deprecation warning.
    pub strict: bool,
    /// Conditionals need not be booleans, with a deprecation warning, strict or not
    /// (`ALLOW_BROKEN_CONDITIONALS`).
    pub broken_conditionals: bool,
    /// `jinja2_extensions` of the configuration, such as `jinja2.ext.do`.
    pub jinja2_extensions: Vec<String>,
    /// Decrypts inline vault strings.
    pub vault: Option<Arc<dyn VaultDecrypt>>,
    /// Reads files.
    pub files: Arc<dyn FileLoader>,
    /// Answers the `config` lookup.
    pub config: Option<Arc<dyn ConfigLookup>>,
    /// Knows which collections are installed and which plugins the content brings: when strict, others have
    /// no short names.
    pub collections: Option<Arc<dyn Collections>>,
    /// JSON with half a surrogate pair, which no UTF-8 can hold, is refused
    /// (`module_strict_utf8_response`). Otherwise it is kept.
    pub strict_utf8: bool,
    /// Takes warnings.
    pub warnings: Option<Arc<dyn WarningSink>>,
    /// Clock, environment, files and processes, for the filters, tests and lookups that need them.
    pub outside: Arc<dyn Outside>,
    /// Processor time that one operation may take; longer ones fail.
    pub time_limit: Duration,
}

/// Far longer than any template of use takes.
const TIME_LIMIT: Duration = Duration::from_secs(60);

impl Default for Settings {
    fn default() -> Self {
        Self {
            strict: true,
            broken_conditionals: false,
            jinja2_extensions: Vec::new(),
            vault: None,
            files: Arc::new(PlainFiles),
            config: None,
            collections: None,
            strict_utf8: true,
            warnings: None,
            outside: Arc::new(crate::System),
            time_limit: TIME_LIMIT,
        }
    }
}

/// Plugins by their short names.
type Table<F> = HashMap<&'static str, Plugin<F>, Hashing>;

/// Renders templates; shared by all hosts and threads.
pub struct Templar {
    settings: Settings,
    filters: Table<PluginFn>,
    tests: Table<PluginFn>,
    lookups: Table<LookupFn>,
    cache: Cache,
    variables: AtomicU64,
    default_options: Arc<SyntaxOptions>,
}

/// What a templar did since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Sources that were parsed.
    pub parses: u64,
    /// Templates of variables that were rendered.
    pub variables: u64,
}

impl Templar {
    /// A templar with all built-in filters, tests and lookups.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            filters: filters::FILTERS.iter().map(|plugin| (plugin.name, *plugin)).collect(),
            tests: tests::TESTS.iter().map(|plugin| (plugin.name, *plugin)).collect(),
            lookups: lookups::LOOKUPS.iter().map(|plugin| (plugin.name, *plugin)).collect(),
            cache: Cache::default(),
            variables: AtomicU64::new(0),
            default_options: Arc::default(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Clock, environment, files and processes.
    pub fn outside(&self) -> &dyn Outside {
        &*self.settings.outside
    }

    /// The filter of a short or full name.
    pub fn filter(&self, name: &str) -> Option<Plugin<PluginFn>> {
        // Before 2.9 tests were filters as well: `result|succeeded`.
        self.find("filter", &self.filters, name)
            .or_else(|| if self.settings.strict { None } else { self.find("test", &self.tests, name) })
    }

    /// Whether a filter of this name is a test in the old spelling.
    pub(crate) fn is_test_as_filter(&self, name: &str) -> bool {
        !self.settings.strict && self.find("filter", &self.filters, name).is_none()
    }

    /// The test of a short or full name.
    pub fn test(&self, name: &str) -> Option<Plugin<PluginFn>> {
        self.find("test", &self.tests, name)
    }

    /// The lookup of a short or full name.
    pub fn lookup(&self, name: &str) -> Option<Plugin<LookupFn>> {
        self.find("lookup", &self.lookups, name)
    }

    /// A plugin by short or full name. The short name of a collection's plugin needs the collection, as with
    /// Ansible, or a plugin of this name in the content, unless older content is welcome.
    fn find<F: Copy>(&self, kind: &str, table: &Table<F>, name: &str) -> Option<Plugin<F>> {
        let plugin = find(table, name)?;
        if plugin.collection == "ansible.builtin" {
            return Some(plugin);
        }
        let internal = plugin.collection.starts_with("ansible._") && !name.contains('.');
        let known =
            (!self.settings.strict && !internal)
                || name.contains('.')
                || self.settings.collections.as_ref().is_some_and(|known| {
                    known.is_installed(plugin.collection) || known.is_brought(kind, name)
                });
        known.then_some(plugin)
    }

    /// How much was done: a source is parsed once for all hosts, a variable rendered once for a task and host.
    pub fn work(&self) -> Work {
        Work { parses: self.cache.parses(), variables: self.variables.load(Ordering::Relaxed) }
    }

    pub(crate) fn count_variable(&self) {
        self.variables.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(crate) fn default_options(&self) -> &Arc<SyntaxOptions> {
        &self.default_options
    }

    pub(crate) fn remark(&self, remark: Remark) {
        if let Some(sink) = &self.settings.warnings {
            sink.remark(remark);
        }
    }

    pub(crate) fn decrypt(&self, vaulted: &Vaulted) -> Result<Str, TemplateError> {
        let failed = |why: String| {
            let mut error = TemplateError::new(ErrorKind::Template, "Attempt to use undecryptable variable.")
                .caused_by("AnsibleVaultError", why);
            error.origin.clone_from(&vaulted.origin);
            error
        };
        let vault = self.settings.vault.as_ref();
        let vault =
            vault.ok_or_else(|| failed("Attempting to decrypt but no vault secrets found.".into()))?;
        let text = vault.decrypt(vaulted).map_err(failed)?;
        Ok(Str::tagged(text, Tag { origin: vaulted.origin.clone(), secret: true, ..Tag::default() }))
    }
}

/// A plugin by short name, or by full name when its collection is the one named; `ansible.builtin` and
/// `ansible.legacy` find what was built in before collections.
fn find<F: Copy>(table: &Table<F>, name: &str) -> Option<Plugin<F>> {
    if let Some(plugin) = table.get(name) {
        return Some(*plugin);
    }
    let (collection, short) = name.rsplit_once('.')?;
    let plugin = table.get(short)?;
    let builtin = matches!(collection, "ansible.builtin" | "ansible.legacy");
    let known = plugin.collection == collection
        || (builtin && plugin.collection == "ansible.builtin")
        // The filters on addresses were moved from one collection to the other, which still has their names.
        || (collection == "ansible.netcommon" && plugin.collection == "ansible.utils");
    known.then_some(*plugin)
}

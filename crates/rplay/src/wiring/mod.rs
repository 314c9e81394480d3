//! From options and configuration to an engine.

mod plugins;
mod reach;
mod rejected;
mod relay;

pub(crate) use reach::ask_once;

use self::{plugins::Plugins, reach::connection, rejected::rejected, relay::Relay};
use crate::{
    Failure,
    cli::Options,
    config::{self, Config, SettingsLookup, expand},
    exit, extra_vars, facts,
    inventories::{self, PlainTemplates},
    network::World,
    prompt, signals,
    vault::Vault,
};
use rplay_connection::{AgentBinaries, AgentBinary, Connections, Options as ConnectionOptions};
use rplay_engine::{
    Content, Debugging, Engine, Event, FactCache, Gathering, Notice, NoticeKind, Parts, Paths, Settings,
    Sink, TagFilter,
};
use rplay_inventory::{Inventory, InventoryError, Options as InventoryOptions, Severity, Warning};
use rplay_output::{Color, Layout, Log, Options as OutputOptions, Screen, Style};
use rplay_playbook::{ErrorKind, PlaybookError};
use rplay_template::{Settings as TemplateSettings, Templar};
use rplay_yaml::DuplicateKeys;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, atomic::AtomicBool},
    time::Duration,
};

/// The version content is told.
pub(crate) const ANSIBLE_VERSION: &str = "2.19.14";

static AGENTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/agents.rs"));

/// The configuration in force, read once.
pub(crate) fn config() -> Result<&'static Config, Failure> {
    static CONFIG: OnceLock<Config> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config);
    }
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let config = Config::load(environment).map_err(config_failure)?;
    Ok(CONFIG.get_or_init(|| config))
}

pub(crate) fn config_failure(error: crate::config::ConfigError) -> Failure {
    Failure::new(exit::OPTIONS, error.to_string())
}

/// The style of what is shown.
pub(crate) fn style() -> Style {
    let flag = |key: &str| {
        config().ok().and_then(|config| config.bool("defaults", key).ok().flatten()).unwrap_or(false)
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style::detect(no_color || flag("nocolor"), flag("force_color"))
}

/// Where everything is shown, and logged if a log is set.
pub(crate) fn screen(verbosity: u8) -> Result<Screen, Failure> {
    let config = config()?;
    let wanted = config.paths("defaults", "log_path", '\0').and_then(|paths| paths.into_iter().next());
    let log = match wanted {
        None => None,
        Some(path) => match Log::open(&path, log_verbosity(verbosity)?) {
            Ok(log) => Some(log),
            Err(error) => {
                let mut screen = Screen::standard(Style { status: false, ..style() });
                let path = path.display();
                let text =
                    format!("[WARNING]: log file at '{path}' is not writeable ({error}), going on without");
                screen.error_line(&text, Color::Warn);
                None
            }
        },
    };
    Ok(Screen::standard(style()).logged(log).detailed(verbosity))
}

/// The verbosity of the log: the screen's, unless more is asked for.
fn log_verbosity(verbosity: u8) -> Result<u8, Failure> {
    let wanted = config()?.number("defaults", "log_verbosity").map_err(config_failure)?;
    Ok(wanted.map_or(verbosity, |wanted: u8| wanted.max(verbosity)))
}

/// The failure that an error in content is.
pub(crate) fn playbook_failure(error: &PlaybookError) -> Failure {
    let code = match error.kind {
        ErrorKind::Parse => exit::PARSER,
        ErrorKind::General => exit::ERROR,
    };
    Failure::new(code, error.report())
}

/// What a run is made of, before the engine.
pub(crate) struct Wiring {
    settings: Settings,
    sources: Vec<String>,
    paths: Paths,
    deprecations: bool,
    jinja2_extensions: Vec<String>,
    /// `allow_broken_conditionals`.
    broken_conditionals: bool,
    /// `module_strict_utf8_response`.
    strict_utf8: bool,
    template_seconds: Option<u64>,
    inventory: InventoryOptions,
    facts: Option<Arc<FactCache>>,
    vault: Arc<Vault>,
    warnings: Vec<String>,
}

impl Wiring {
    /// Options over configuration; `dir` is the directory of the first playbook.
    pub(crate) fn new(options: &Options, dir: PathBuf) -> Result<Self, Failure> {
        let config = config()?;
        let bool = |section: &str, key: &str| config.bool(section, key).map_err(config_failure);
        let strict = options.common.strict || strict_env();
        duplicate_keys(config)?.choose();
        let connection = connection(options, config)?;
        let (vault, mut warnings) = Vault::new(&options.vault, config)?;
        let extra = extra_vars::parse(&options.common.extra_vars, &|path| vault.read_text(path))?;
        let sources = sources(options, config);
        let verbosity = options
            .common
            .verbose
            .max(config.number("defaults", "verbosity").map_err(config_failure)?.unwrap_or(0));
        let settings = Settings {
            forks: forks(options, config)?,
            check: options.common.check,
            diff: options.common.diff || bool("diff", "always")?.unwrap_or(false),
            tags: TagFilter::new(
                tags(&options.playing.tags, config, "run"),
                tags(&options.playing.skip_tags, config, "skip"),
            ),
            limit: options.common.limit.clone(),
            verbosity,
            detail: log_verbosity(verbosity)?,
            debug: bool("defaults", "debug")?.unwrap_or(false),
            extra_vars: Arc::new(extra),
            debugger: Debugging {
                enabled: bool("defaults", "enable_task_debugger")?.unwrap_or(false),
                ignore_errors: bool("defaults", "task_debugger_ignore_errors")?.unwrap_or(true),
            },
            step: options.playing.step,
            force_handlers: options.playing.force_handlers
                || bool("defaults", "force_handlers")?.unwrap_or(false),
            missing_handler_fatal: bool("defaults", "error_on_missing_handler")?.unwrap_or(true),
            any_errors_fatal: bool("defaults", "any_errors_fatal")?.unwrap_or(false),
            gathering: gathering(config)?,
            inject_facts: bool("defaults", "inject_facts_as_vars")?.unwrap_or(true),
            task_timeout: config.number("defaults", "task_timeout").map_err(config_failure)?.unwrap_or(0),
            no_log: config.bool("defaults", "no_log").map_err(config_failure)?.unwrap_or(false),
            poll: config.number("defaults", "poll_interval").map_err(config_failure)?.unwrap_or(15),
            strategy: config.text("defaults", "strategy").unwrap_or_else(|| "linear".into()).into(),
            start_at_task: options.playing.start_at_task.clone(),
            strict,
            merge_hashes: config.text("defaults", "hash_behaviour").as_deref() == Some("merge"),
            retry_files: bool("defaults", "retry_files_enabled")?.unwrap_or(false),
            retry_dir: config.text("defaults", "retry_files_save_path").map(|path| expand(&path)),
            playbook_dir: Some(dir),
            inventory_sources: sources.clone(),
            config_file: config.path.clone(),
            ansible_version: config
                .text("rplay", "report_ansible_version")
                .unwrap_or_else(|| ANSIBLE_VERSION.into()),
            connection,
        };
        Ok(Self {
            settings,
            sources,
            paths: paths(config)?,
            deprecations: bool("defaults", "deprecation_warnings")?.unwrap_or(true),
            strict_utf8: bool("defaults", "module_strict_utf8_response")?.unwrap_or(true),
            broken_conditionals: bool("defaults", "allow_broken_conditionals")?.unwrap_or(false),
            jinja2_extensions: words(
                &config.text("defaults", "jinja2_extensions").into_iter().collect::<Vec<_>>(),
            ),
            template_seconds: config.number("rplay", "template_seconds").map_err(config_failure)?,
            inventory: InventoryOptions { vault: Some(vault.hook()), ..inventories::options(config)? },
            facts: facts::cache(config, &mut warnings)?,
            vault,
            warnings,
        })
    }

    /// Options of outputs.
    pub(crate) fn output_options(&self, options: &Options) -> OutputOptions {
        let config = config().ok();
        let set = |key| config.and_then(|config| config.bool("defaults", key).ok().flatten());
        let flag = |key, default| set(key).unwrap_or(default);
        let text = |key| config.and_then(|config| config.text("defaults", key));
        OutputOptions {
            verbosity: self.settings.verbosity,
            check: options.common.check,
            check_mode_markers: flag("check_mode_markers", false),
            ok_hosts: flag("display_ok_hosts", true),
            skipped_hosts: flag("display_skipped_hosts", true),
            custom_stats: flag("show_custom_stats", false),
            deprecations: self.deprecations,
            layout: Layout {
                yaml: text("callback_result_format").is_some_and(|format| format == "yaml"),
                pretty: set("callback_format_pretty"),
            },
            failed_stderr: flag("display_failed_stderr", false),
            path_on_failure: flag("show_task_path_on_failure", false),
            host_start: flag("show_per_host_start", false),
            args: flag("display_args_to_stdout", false),
        }
    }

    /// `-v` count, of the command line or the configuration.
    pub(crate) fn verbosity(&self) -> u8 {
        self.settings.verbosity
    }

    /// Whether deprecations are shown.
    pub(crate) fn deprecations(&self) -> bool {
        self.deprecations
    }

    fn templar(&self, relay: &Arc<Relay>) -> Result<Arc<Templar>, Failure> {
        let defaults = TemplateSettings::default();
        let config = config()?;
        let dir = self.settings.playbook_dir.clone().unwrap_or_default();
        let plugins = Plugins::new(&self.paths.collections, &dir, &self.paths.roles, |setting| {
            config.paths("defaults", setting, ':')
        });
        let plugins = Arc::new(plugins);
        let brought = plugins.clone();
        let documented = Box::new(move |kind: &str, name: &str| {
            crate::commands::doc::options_in(&brought.file(kind, name)?)
        });
        Ok(Arc::new(Templar::new(TemplateSettings {
            strict: self.settings.strict,
            collections: Some(plugins),
            broken_conditionals: self.broken_conditionals,
            jinja2_extensions: self.jinja2_extensions.clone(),
            strict_utf8: self.strict_utf8,
            warnings: Some(relay.clone()),
            config: Some(Arc::new(SettingsLookup { config, documented })),
            outside: Arc::new(World),
            time_limit: self.template_seconds.map_or(defaults.time_limit, Duration::from_secs),
            vault: Some(self.vault.clone()),
            files: self.vault.clone(),
            ..defaults
        })))
    }

    fn inventory_options(&self, templar: &Arc<Templar>) -> InventoryOptions {
        let facts = self.facts.clone();
        InventoryOptions {
            extra_vars: self.settings.extra_vars.clone(),
            templates: Some(Arc::new(PlainTemplates(templar.clone()))),
            // A cache file without sense is told when the engine reads it.
            facts: facts.map(|cache| {
                Arc::new(move |host: &str| cache.get(host).ok().flatten()) as rplay_inventory::FactsHook
            }),
            ..self.inventory.clone()
        }
    }

    /// The inventory alone, for commands that run nothing.
    pub(crate) fn inventory(self) -> Result<Opened, Failure> {
        let relay = Arc::new(Relay::default());
        let templar = self.templar(&relay)?;
        let (inventory, mut warnings) = load(&self.sources, &self.inventory_options(&templar))?;
        warnings.extend(relay.early().into_iter().map(|notice| Warning {
            message: notice.message,
            detail: None,
            severity: match notice.kind {
                NoticeKind::Warning => Severity::Warning,
                NoticeKind::Deprecation(_) => Severity::Deprecated,
            },
        }));
        let told: Vec<String> = config()?.warnings.iter().chain(&self.warnings).cloned().collect();
        Ok(Opened {
            inventory,
            warnings,
            told,
            settings: self.settings,
            facts: self.facts,
            vault: self.vault,
            deprecations: self.deprecations,
        })
    }

    /// The engine.
    pub(crate) fn engine(self, sink: Box<dyn Sink>) -> Result<Arc<Engine>, Failure> {
        let relay = Arc::new(Relay::default());
        let templar = self.templar(&relay)?;
        let options = self.inventory_options(&templar);
        let (inventory, warnings) = load(&self.sources, &options)?;
        let extra = self.settings.extra_vars.clone();
        let content =
            Content::new(templar.clone(), extra, Some(self.vault), self.paths, self.settings.strict);
        let interrupted = Arc::new(AtomicBool::new(false));
        let sources = self.sources;
        let parts = Parts {
            settings: self.settings,
            templar,
            connections: Connections::new(connecting()),
            content,
            inventory,
            facts: self.facts,
            prompt: Arc::new(prompt::Terminal),
            reload: Box::new(move || Inventory::load(&sources, &options).map(|(inventory, _)| inventory)),
            sink,
            interrupted: interrupted.clone(),
        };
        let engine =
            Arc::new(Engine::new(parts).map_err(|error| Failure::new(exit::ERROR, error.to_string()))?);
        relay.connect(&engine);
        let watched = Arc::downgrade(&engine);
        signals::watch(interrupted, move || {
            if let Some(engine) = watched.upgrade() {
                engine.connections.cancel_all();
            }
            rplay_agent::end_own_commands();
        })
        .map_err(|error| Failure::new(exit::ERROR, format!("cannot watch for signals: {error}")))?;
        for warning in config()?.warnings.iter().chain(&self.warnings) {
            engine.warn(warning.clone(), None);
        }
        for warning in warnings {
            say(&engine, warning);
        }
        Ok(engine)
    }
}

/// An inventory without an engine.
pub(crate) struct Opened {
    pub inventory: Inventory,
    /// What reading it gave.
    pub warnings: Vec<Warning>,
    /// Warnings about the configuration.
    pub told: Vec<String>,
    pub settings: Settings,
    pub facts: Option<Arc<FactCache>>,
    /// Opens encrypted values.
    pub vault: Arc<Vault>,
    /// Whether deprecations are shown.
    pub deprecations: bool,
}

fn load(sources: &[String], options: &InventoryOptions) -> Result<(Inventory, Vec<Warning>), Failure> {
    Inventory::load(sources, options).map_err(|error| {
        // What is asked for by settings is no fault of the parser.
        let code = match error {
            InventoryError::NothingParsed | InventoryError::Unparsed(_) | InventoryError::NoPlugins => {
                exit::ERROR
            }
            _ => exit::PARSER,
        };
        Failure::new(code, error.report())
    })
}

/// Tells what reading the inventory gave.
fn say(engine: &Engine, warning: Warning) {
    let message = warning.text();
    match warning.severity {
        Severity::Verbose if engine.settings.verbosity > 2 => engine.emit(Event::Verbose(message)),
        Severity::Verbose => {}
        Severity::Deprecated => engine.tell(Notice::outdated(message, None)),
        Severity::Warning | Severity::Error => engine.warn(message, None),
    }
}

/// Whether the environment asks for what ansible-core 2.19 refuses to be refused.
pub(crate) fn strict_env() -> bool {
    truthy_env("RPLAY_STRICT")
}

fn truthy_env(name: &str) -> bool {
    std::env::var(name)
        .is_ok_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "no" | "false" | "off"))
}

fn connecting() -> ConnectionOptions {
    let mut options = ConnectionOptions::new(agents());
    options.prompt = prompt::hook();
    options
}

/// The agents in the program, or beside it: `RPLAY_AGENTS_DIR`, `../lib/rplay`.
fn agents() -> AgentBinaries {
    let mut binaries: Vec<AgentBinary> =
        AGENTS.iter().map(|(arch, bytes)| AgentBinary::embedded(arch, bytes)).collect();
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("../lib/rplay")));
    for dir in std::env::var_os("RPLAY_AGENTS_DIR").map(PathBuf::from).into_iter().chain(beside) {
        for arch in ["x86_64", "aarch64"] {
            let path = dir.join(format!("rplay-agent-{arch}-linux"));
            if path.is_file() && !binaries.iter().any(|known| known.arch == arch) {
                binaries.push(AgentBinary::file(arch, path));
            }
        }
    }
    AgentBinaries::new(binaries)
}

/// The directory that stands in for a playbook's where none is run, of the option or the configuration.
pub(crate) fn playbook_dir(given: Option<&PathBuf>) -> Result<Option<PathBuf>, Failure> {
    let dir = match given {
        Some(dir) => Some(expand(&dir.to_string_lossy())),
        None => config()?.file("defaults", "playbook_dir"),
    };
    Ok(dir.map(|dir| std::path::absolute(&dir).unwrap_or(dir)))
}

/// The same, or the working directory.
pub(crate) fn playbook_dir_or_here(given: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    match playbook_dir(given)? {
        Some(dir) => Ok(dir),
        None => std::env::current_dir().map_err(|error| {
            Failure::new(exit::ERROR, format!("the working directory cannot be found: {error}"))
        }),
    }
}

/// Tags that are set and those of the command line.
fn tags(given: &[String], config: &Config, key: &str) -> Vec<String> {
    let set: Vec<String> = config.text("tags", key).into_iter().collect();
    [words(&set), words(given)].concat()
}

/// Paths are made absolute; lists of hosts stay as they are.
fn absolute_source(source: &str) -> String {
    if source.contains(',') {
        return source.to_owned();
    }
    std::path::absolute(expand(source))
        .map_or_else(|_| source.to_owned(), |path| path.to_string_lossy().into_owned())
}

fn sources(options: &Options, config: &Config) -> Vec<String> {
    if !options.common.inventory.is_empty() {
        return options.common.inventory.iter().map(|source| absolute_source(source)).collect();
    }
    match config.paths("defaults", "inventory", ',') {
        Some(paths) => paths.into_iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        None => vec!["/etc/ansible/hosts".into()],
    }
}

fn forks(options: &Options, config: &Config) -> Result<usize, Failure> {
    let configured = config.number("defaults", "forks").map_err(config_failure)?;
    let forks = options.common.forks.or(configured).unwrap_or(5);
    if forks == 0 {
        return Err(Failure::new(exit::OPTIONS, "The number of processes (--forks) must be >= 1"));
    }
    Ok(forks)
}

pub(crate) fn words(lists: &[String]) -> Vec<String> {
    lists
        .iter()
        .flat_map(|list| list.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn gathering(config: &Config) -> Result<Gathering, Failure> {
    match config.text("defaults", "gathering").as_deref().map(str::trim) {
        None | Some("implicit") => Ok(Gathering::Implicit),
        Some("explicit") => Ok(Gathering::Explicit),
        Some("smart") => Ok(Gathering::Smart),
        Some(other) => Err(Failure::new(
            exit::OPTIONS,
            format!("gathering must be implicit, explicit or smart, not '{other}'"),
        )),
    }
}

fn duplicate_keys(config: &Config) -> Result<DuplicateKeys, Failure> {
    match config.text("defaults", "duplicate_dict_key").as_deref() {
        None | Some("warn") => Ok(DuplicateKeys::Warn),
        Some("ignore") => Ok(DuplicateKeys::Ignore),
        Some("error") => Ok(DuplicateKeys::Refuse),
        Some(other) => Err(Failure::new(
            exit::OPTIONS,
            format!("duplicate_dict_key must be error, ignore or warn, not '{other}'"),
        )),
    }
}

/// The directories that hold collections (`collections_path`).
pub(crate) fn collections_path() -> Result<Vec<PathBuf>, Failure> {
    Ok(paths(config()?)?.collections)
}

fn paths(config: &Config) -> Result<Paths, Failure> {
    Ok(Paths {
        roles: config.setting_paths("DEFAULT_ROLES_PATH").map_err(config_failure)?,
        collections: config.setting_paths("COLLECTIONS_PATHS").map_err(config_failure)?,
        rejected: rejected(config)?,
        private_role_vars: config.bool("defaults", "private_role_vars").map_err(config_failure)?,
    })
}

/// Says that there is no host but this one, unless that is what the pattern asks for or the warning is turned
/// off (`localhost_warning`).
pub(crate) fn warn_if_no_hosts(engine: &Engine, pattern: &str) -> Result<(), Failure> {
    let empty = !has_hosts(engine);
    let wanted = config()?.bool("defaults", "localhost_warning").map_err(config_failure)?.unwrap_or(true);
    if empty && wanted && !matches!(pattern, "localhost" | "127.0.0.1" | "::1") {
        let message = "provided hosts list is empty, only localhost is available. Note that the implicit \
                       localhost does not match 'all'";
        engine.warn(message, None);
    }
    Ok(())
}

/// Whether the inventory has any host.
pub(crate) fn has_hosts(engine: &Engine) -> bool {
    let inventory = engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
    inventory.select("all", None).is_ok_and(|all| !all.hosts.is_empty())
}

/// That nothing is left of the hosts there are.
pub(crate) fn no_hosts_left() -> Failure {
    let message = "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.";
    Failure::new(exit::ERROR, message)
}

/// The hosts of a pattern within the limit.
pub(crate) fn select(engine: &Engine, pattern: &str) -> Result<Vec<String>, Failure> {
    let inventory = engine.inventory.read().unwrap_or_else(PoisonError::into_inner);
    let selected = inventory
        .select(pattern, engine.settings.limit.as_deref())
        .map_err(|error| Failure::new(exit::ERROR, error.to_string()))?;
    let hosts: Vec<String> =
        selected.hosts.iter().map(|host| inventory.host_name(*host).to_string()).collect();
    drop(inventory);
    for warning in selected.warnings {
        engine.warn(warning.message, None);
    }
    // With an empty inventory plays go on to the implicit localhost.
    if hosts.is_empty() && engine.settings.limit.is_some() && has_hosts(engine) {
        return Err(no_hosts_left());
    }
    Ok(hosts)
}

/// A limit that leaves no host at all is a mistake.
pub(crate) fn check_limit(engine: &Engine) -> Result<(), Failure> {
    if engine.settings.limit.is_some() {
        select(engine, "all")?;
    }
    Ok(())
}

/// Forgets cached facts where that is asked for, and says which configuration is in use to those who ask for
/// more.
pub(crate) fn begin(engine: &Engine, options: &Options) {
    if options.common.flush_cache {
        engine.flush_facts();
    }
    for message in options.idle() {
        engine.warn(message, None);
    }
    if engine.settings.verbosity > 0 {
        engine.emit(Event::Verbose(config::in_use(engine.settings.config_file.as_deref())));
    }
}

//! From options and configuration to an engine.

mod choices;
mod hosts;
mod plugins;
mod reach;
mod rejected;
mod relay;
mod screen;

pub(crate) use choices::{collections_path, words};
pub(crate) use hosts::{check_limit, has_hosts, no_hosts_left, select, warn_if_no_hosts};
pub(crate) use reach::ask_once;
pub(crate) use screen::{screen, style};

use self::{
    choices::{duplicate_keys, paths, sources},
    plugins::Plugins,
    relay::Relay,
};
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
use rplay_engine::{Content, Engine, Event, FactCache, Notice, NoticeKind, Parts, Paths, Settings, Sink};
use rplay_inventory::{Inventory, InventoryError, Options as InventoryOptions, Severity, Warning};
use rplay_output::{Layout, Options as OutputOptions};
use rplay_playbook::{ErrorKind, PlaybookError};
use rplay_template::{Settings as TemplateSettings, Templar};
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, atomic::AtomicBool},
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
        duplicate_keys(config)?.choose();
        let (vault, mut warnings) = Vault::new(&options.vault, config)?;
        let extra = extra_vars::parse(&options.common.extra_vars, &|path| vault.read_text(path))?;
        let sources = sources(options, config);
        let settings = Settings {
            extra_vars: Arc::new(extra),
            playbook_dir: Some(dir),
            inventory_sources: sources.clone(),
            ..choices::settings(options, config)?
        };
        // Who asks for the words of ansible-core gets no others beside them; `begin` has these for `-vvv`.
        if !settings.strict {
            warnings.extend(config.idle.iter().cloned());
        }
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
/// Forgets cached facts where that is asked for, and says which configuration is in use to those who ask for
/// more.
pub(crate) fn begin(engine: &Engine, options: &Options) {
    if options.common.flush_cache {
        engine.flush_facts();
    }
    for message in options.idle() {
        engine.warn(message, None);
    }
    if engine.settings.strict && engine.settings.verbosity > 2 {
        for message in config().into_iter().flat_map(|config| &config.idle) {
            engine.emit(Event::Verbose(message.clone()));
        }
    }
    if engine.settings.verbosity > 0 {
        engine.emit(Event::Verbose(config::in_use(engine.settings.config_file.as_deref())));
    }
}

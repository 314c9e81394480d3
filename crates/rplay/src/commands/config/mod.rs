//! `rplay config`, which is `ansible-config`: the settings, their values, a file to begin with.

mod dump;
mod init;
mod list;
mod validate;

use super::{formats, pager};
use crate::{
    Failure,
    cli::foreign,
    config::{
        self, Config,
        definitions::{self, Definition, PLUGIN_KINDS, PluginSettings},
    },
    exit,
};
use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use rplay_output::{Color, Screen, Style};
use std::{ffi::OsString, path::PathBuf};

/// Shows and checks settings.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-config",
    about = "Shows settings: all there are, their values, a file to begin with."
)]
#[command(disable_help_subcommand = true, infer_long_args = true)]
struct Cli {
    /// Show the version.
    #[arg(long, exclusive = true)]
    version: bool,
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// All settings with what is known about them.
    List {
        #[command(flatten)]
        common: Common,
        /// Layout.
        #[arg(short, long, default_value = "yaml")]
        format: ListFormat,
    },
    /// All settings with their values.
    Dump {
        #[command(flatten)]
        common: Common,
        /// Only settings that something set.
        #[arg(long, visible_alias = "changed-only")]
        only_changed: bool,
        /// Layout.
        #[arg(short, long, default_value = "display")]
        format: DumpFormat,
    },
    /// The configuration file.
    View {
        #[command(flatten)]
        common: Common,
    },
    /// A configuration to begin with.
    Init {
        #[command(flatten)]
        common: Common,
        /// What kind of configuration.
        #[arg(short, long, default_value = "ini")]
        format: InitFormat,
        /// Put every setting in a comment.
        #[arg(long)]
        disabled: bool,
    },
    /// Look for settings that do not exist.
    Validate {
        #[command(flatten)]
        common: Common,
        /// What is checked: the file or the environment.
        #[arg(short, long, default_value = "ini")]
        format: CheckFormat,
    },
}

impl Action {
    fn common(&self) -> &Common {
        match self {
            Action::List { common, .. }
            | Action::Dump { common, .. }
            | Action::View { common }
            | Action::Init { common, .. }
            | Action::Validate { common, .. } => common,
        }
    }
}

#[derive(Debug, Args)]
struct Common {
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// The configuration file.
    #[arg(short, long, value_name = "CONFIG_FILE")]
    config: Option<PathBuf>,
    /// Whose settings: all, base, or those of a type of plugins.
    #[arg(short = 't', long = "type", default_value = "base", value_parser = kinds())]
    kind: String,
    /// Plugins, with a type of plugins.
    args: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ListFormat {
    Json,
    Yaml,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum DumpFormat {
    Json,
    Yaml,
    Display,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum InitFormat {
    Ini,
    Env,
    Vars,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CheckFormat {
    Ini,
    Env,
}

fn kinds() -> Vec<&'static str> {
    ["all", "base"].into_iter().chain(PLUGIN_KINDS).collect()
}

/// Runs it; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let cli: Cli = foreign::parse(Cli::command(), program, args, &[]);
    if cli.version {
        return super::version::run(program);
    }
    let Some(action) = &cli.action else { foreign::no_action(Cli::command(), program) };
    act(action, Scope::new(action.common())?, cli.verbose)
}

fn act(action: &Action, scope: Scope, verbose: u8) -> Result<u8, Failure> {
    if verbose.max(action.common().verbose) > 0 {
        let mut screen = Screen::standard(Style { status: false, ..crate::wiring::style() });
        screen.line(&config::in_use(scope.config.path.as_deref()), Some(Color::Verbose));
    }
    match action {
        Action::List { format, .. } => {
            let listed = list::all(&scope);
            pager::show(&match format {
                ListFormat::Json => formats::json(&listed),
                ListFormat::Yaml => formats::yaml(&listed)?,
            })?;
        }
        Action::Dump { only_changed, format, .. } => {
            pager::show(&match format {
                DumpFormat::Display => dump::text(&scope, *only_changed)?,
                DumpFormat::Json => formats::json(&dump::data(&scope, *only_changed)?),
                DumpFormat::Yaml => formats::yaml(&dump::data(&scope, *only_changed)?)?,
            })?;
        }
        Action::View { .. } => view(&scope)?,
        Action::Init { format, disabled, .. } => {
            pager::show(&match format {
                InitFormat::Ini => init::ini(&scope, *disabled),
                InitFormat::Env => init::env(&scope, *disabled),
                InitFormat::Vars => init::vars(&scope, *disabled)?,
            })?;
        }
        Action::Validate { format, .. } => {
            let problems = match format {
                CheckFormat::Ini => validate::file(&scope)?,
                CheckFormat::Env => validate::environment(&scope),
            };
            if !problems.is_empty() {
                super::complain_all(&problems);
                return Ok(exit::ERROR);
            }
            pager::show("All configurations seem valid!")?;
        }
    }
    Ok(exit::OK)
}

fn view(scope: &Scope) -> Result<(), Failure> {
    let Some(path) = &scope.config.path else {
        return Err(Failure::new(exit::ERROR, "Invalid or no config file was supplied"));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(exit::ERROR, format!("Failed to open config file: {error}")))?;
    pager::show(&text)
}

/// Whose settings are asked for, and where their values come from.
struct Scope {
    config: Config,
    kind: String,
    plugins: Vec<String>,
    /// Galaxy servers of the configuration with their settings.
    servers: Vec<(String, Vec<Definition>)>,
}

impl Scope {
    fn new(common: &Common) -> Result<Self, Failure> {
        let mut environment: std::collections::BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        if let Some(path) = &common.config {
            if !path.is_file() {
                let path = path.display();
                return Err(Failure::new(
                    exit::OPTIONS,
                    format!("The provided configuration file is missing or not accessible: {path}"),
                ));
            }
            let full = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            environment.insert("ANSIBLE_CONFIG".into(), full.to_string_lossy().into_owned());
        }
        let config = Config::load(environment).map_err(failure)?;
        let named = config.text("galaxy", "server_list").unwrap_or_default();
        let names = named.split(',').map(str::trim).filter(|name| !name.is_empty());
        let servers = names.map(|name| (name.to_owned(), definitions::galaxy(name))).collect();
        Ok(Self { config, kind: common.kind.clone(), plugins: common.args.clone(), servers })
    }

    /// ansible-core's own settings, if they are asked for.
    fn base(&self) -> &'static [Definition] {
        if matches!(self.kind.as_str(), "base" | "all") { definitions::listed() } else { &[] }
    }

    /// Types of plugins asked for, with their plugins.
    fn kinds(&self) -> Vec<(&str, Vec<&'static PluginSettings>)> {
        match self.kind.as_str() {
            "base" => Vec::new(),
            "all" => {
                PLUGIN_KINDS.iter().map(|kind| (*kind, definitions::plugins_of(kind).collect())).collect()
            }
            kind if self.plugins.is_empty() => vec![(kind, definitions::plugins_of(kind).collect())],
            kind => {
                let mut found = Vec::new();
                for name in &self.plugins {
                    match definitions::plugin(kind, name) {
                        Some(plugin) => found.push(plugin),
                        None => super::warn_alone(&format!(
                            "Skipping {name} as we could not find matching plugin"
                        )),
                    }
                }
                vec![(kind, found)]
            }
        }
    }
}

fn failure(error: crate::config::ConfigError) -> Failure {
    Failure::new(exit::OPTIONS, error.to_string())
}

/// Text in a colour where output is coloured.
fn painted(text: String, color: Color) -> String {
    if crate::wiring::style().color { color.paint(&text) } else { text }
}

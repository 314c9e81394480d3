//! How inventories are read: the configuration, and the templates in them.

use crate::{
    Failure,
    config::Config,
    exit,
    wiring::{config_failure, words},
};
use rplay_inventory::{GroupNames, Level, Options, Rules, Templates, VarsStage};
use rplay_template::{Scope, Templar, TemplateError};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// Options of inventories from the configuration.
pub(crate) fn options(config: &Config) -> Result<Options, Failure> {
    let bool = |section: &str, key: &str, default: bool| {
        config.bool(section, key).map(|value| value.unwrap_or(default)).map_err(config_failure)
    };
    let list = |section: &str, key: &str| config.text(section, key).map(|list| words(&[list]));
    let usual = Options::default();
    Ok(Options {
        enabled: list("inventory", "enable_plugins").unwrap_or(usual.enabled),
        any_unparsed_failed: bool("inventory", "any_unparsed_is_failed", false)?,
        unparsed_failed: bool("inventory", "unparsed_is_failed", false)?,
        unparsed_warning: bool("inventory", "inventory_unparsed_warning", true)?,
        ignored_extensions: list("inventory", "ignore_extensions")
            .or_else(|| list("defaults", "inventory_ignore_extensions"))
            .unwrap_or(usual.ignored_extensions),
        ignored_patterns: list("inventory", "ignore_patterns")
            .or_else(|| list("defaults", "inventory_ignore_patterns"))
            .unwrap_or_default(),
        yaml_extensions: list("inventory_plugin_yaml", "yaml_valid_extensions")
            .or_else(|| list("defaults", "yaml_valid_extensions"))
            .unwrap_or(usual.yaml_extensions),
        use_extra_vars: bool("inventory_plugins", "use_extra_vars", false)?,
        show_script_errors: bool("inventory_plugin_script", "always_show_stderr", true)?,
        rules: rules(config)?,
        ..usual
    })
}

fn rules(config: &Config) -> Result<Rules, Failure> {
    let text = |section: &str, key: &str| config.text(section, key).map(|text| text.trim().to_lowercase());
    let refuse =
        |key: &str, value: &str| Failure::new(exit::OPTIONS, format!("'{value}' is no value of {key}"));
    let group_names = match text("defaults", "force_valid_group_names").as_deref() {
        None | Some("never") => GroupNames::Keep,
        Some("ignore") => GroupNames::Ignore,
        Some("always") => GroupNames::Change,
        Some("silently") => GroupNames::ChangeSilently,
        Some(other) => return Err(refuse("force_valid_group_names", other)),
    };
    let precedence = match config.text("defaults", "precedence") {
        None => Level::DEFAULT.to_vec(),
        Some(list) => words(&[list])
            .iter()
            .map(|word| Level::of(word).ok_or_else(|| refuse("precedence", word)))
            .collect::<Result<_, _>>()?,
    };
    Ok(Rules {
        merge_hashes: text("defaults", "hash_behaviour").as_deref() == Some("merge"),
        group_names,
        precedence,
        vars_stage: vars_stage(config)?,
    })
}

/// What the plugin `host_group_vars` is set to comes before what all are set to.
fn vars_stage(config: &Config) -> Result<VarsStage, Failure> {
    if let Some(enabled) = config.text("defaults", "vars_plugins_enabled") {
        let own = |name: &String| name.rsplit('.').next() == Some("host_group_vars");
        if !words(&[enabled]).iter().any(own) {
            return Ok(VarsStage::Never);
        }
    }
    let refuse =
        |key: &str, value: &str| Failure::new(exit::OPTIONS, format!("'{value}' is no value of {key}"));
    match config.text("vars_host_group_vars", "stage").as_deref() {
        None => {}
        Some("all") => return Ok(VarsStage::Both),
        Some("task") => return Ok(VarsStage::Demand),
        Some("inventory") => return Ok(VarsStage::Start),
        Some(other) => return Err(refuse("stage", other)),
    }
    match config.text("defaults", "run_vars_plugins").as_deref() {
        None | Some("demand") => Ok(VarsStage::Demand),
        Some("start") => Ok(VarsStage::Start),
        Some(other) => Err(refuse("run_vars_plugins", other)),
    }
}

/// Templates of inventory plugins over plain variables.
pub(crate) struct PlainTemplates(pub(crate) Arc<Templar>);

impl Templates for PlainTemplates {
    fn expression(&self, vars: &Arc<Dict>, source: &Str) -> Result<Value, String> {
        self.0.expression(&scope(vars), source).map_err(shown)
    }
    fn condition(&self, vars: &Arc<Dict>, condition: &Value) -> Result<bool, String> {
        self.0.condition(&scope(vars), condition).map_err(shown)
    }
    fn render(&self, vars: &Arc<Dict>, value: &Value) -> Result<Option<Value>, String> {
        self.0.render(&scope(vars), value).map_err(shown)
    }
}

fn shown(error: TemplateError) -> String {
    error.to_string()
}

fn scope(vars: &Arc<Dict>) -> Arc<dyn Scope> {
    vars.clone()
}

//! Answers of the `config` lookup.

use super::{
    Config,
    definitions::{self, Definition},
};
use rplay_template::ConfigLookup;
use rplay_value::{Dict, Value};

/// The options in the documentation of a plugin that content brings, by its kind and name.
pub(crate) type Documented = Box<dyn Fn(&str, &str) -> Option<Dict> + Send + Sync>;

/// The configuration as templates see it.
pub(crate) struct SettingsLookup {
    /// The configuration.
    pub config: &'static Config,
    /// Knows plugins that are not built in.
    pub documented: Documented,
}

impl SettingsLookup {
    /// The setting of a name: ansible-core's own, or an option of a plugin.
    fn definition(&self, name: &str, plugin: Option<(&str, &str)>) -> Result<Option<Definition>, String> {
        let named = |settings: &[Definition]| settings.iter().find(|setting| setting.name == name).cloned();
        let Some((kind, plugin)) = plugin else { return Ok(named(definitions::base())) };
        if let Some(plugin) = definitions::plugin(kind, plugin) {
            return Ok(named(&plugin.settings));
        }
        let options = (self.documented)(kind, plugin);
        let options = options.ok_or_else(|| format!("Unable to load {kind} plugin '{plugin}'."))?;
        Ok(named(&definitions::documented(kind, plugin, &options)))
    }
}

impl ConfigLookup for SettingsLookup {
    fn option(
        &self,
        name: &str,
        plugin: Option<(&str, &str)>,
        variable: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<Option<(Value, String)>, String> {
        let Some(setting) = self.definition(name, plugin)? else { return Ok(None) };
        let set = setting.names("vars").filter_map(|name| Some((name, variable(name)?))).last();
        let resolved = match set {
            Some((name, value)) => self.config.given(&setting, &value, format!("var: {name}")),
            None => self.config.resolve(&setting),
        };
        let resolved = resolved.map_err(|error| error.to_string())?;
        if resolved.origin == "REQUIRED" && setting.plugin.is_some() {
            return Err(format!("Required config {} not provided.", setting.label()));
        }
        Ok(Some((resolved.value, resolved.origin)))
    }
}

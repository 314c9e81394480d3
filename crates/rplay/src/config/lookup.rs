//! Answers of the `config` lookup.

use super::{Config, definitions};
use rplay_template::ConfigLookup;
use rplay_value::Value;

/// The configuration as templates see it.
pub(crate) struct SettingsLookup(pub &'static Config);

impl ConfigLookup for SettingsLookup {
    fn option(
        &self,
        name: &str,
        plugin: Option<(&str, &str)>,
        variable: &mut dyn FnMut(&str) -> Option<Value>,
    ) -> Result<Option<(Value, String)>, String> {
        let found = match plugin {
            None => definitions::base().iter().find(|setting| setting.name == name),
            Some((kind, plugin)) => definitions::plugin(kind, plugin)
                .ok_or_else(|| format!("Unable to load {kind} plugin '{plugin}'."))?
                .settings
                .iter()
                .find(|setting| setting.name == name),
        };
        let Some(setting) = found else { return Ok(None) };
        let set = setting.names("vars").filter_map(|name| Some((name, variable(name)?))).last();
        let resolved = match set {
            Some((name, value)) => self.0.given(setting, &value, format!("var: {name}")),
            None => self.0.resolve(setting),
        };
        let resolved = resolved.map_err(|error| error.to_string())?;
        if resolved.origin == "REQUIRED" && setting.plugin.is_some() {
            return Err(format!("Required config {} not provided.", setting.label()));
        }
        Ok(Some((resolved.value, resolved.origin)))
    }
}

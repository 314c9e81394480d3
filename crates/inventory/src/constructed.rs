//! The `constructed` plugin: variables and groups made from the hosts there are.

use crate::{
    HostId, Inventory, InventoryError, Templates,
    files::combined,
    kinds::Candidate,
    model::identifier,
    plugin_config::{self, flag},
};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// Options of the plugin, read once.
struct Construction<'a> {
    config: Arc<Dict>,
    candidate: &'a Candidate<'a>,
    templates: Arc<dyn Templates>,
    strict: bool,
    leading_separator: bool,
    use_vars_files: bool,
    use_extra_vars: bool,
}

/// Makes variables and groups.
pub(crate) fn read(inventory: &mut Inventory, candidate: &Candidate<'_>) -> Result<(), InventoryError> {
    let config = plugin_config::read(inventory, candidate, "constructed")?;
    let construction = Construction {
        candidate,
        templates: candidate.options.templates(),
        strict: flag(&config, "strict", false)?,
        leading_separator: flag(&config, "leading_separator", true)?,
        use_vars_files: flag(&config, "use_vars_plugins", false)?,
        use_extra_vars: flag(&config, "use_extra_vars", candidate.options.use_extra_vars)?,
        config,
    };
    construction
        .run(inventory)
        .map_err(|error| candidate.fault(format!("Failed to parse '{}'. {error}", candidate.path.display())))
}

impl Construction<'_> {
    fn run(&self, inventory: &mut Inventory) -> Result<(), InventoryError> {
        let compose = self.section("compose", Value::as_dict)?;
        let groups = self.section("groups", Value::as_dict)?;
        let keyed = self.section("keyed_groups", Value::as_list)?;
        for host in inventory.hosts() {
            if let Some(compose) = compose {
                self.compose(inventory, host, compose)?;
            }
            // Again, for what was made just now.
            let plain = Arc::new(self.vars(inventory, host)?);
            if let Some(groups) = groups {
                self.groups(inventory, host, groups, &plain)?;
            }
            let vars = self.with_extra(&plain, inventory);
            for entry in keyed.unwrap_or_default() {
                self.keyed(inventory, host, entry, &vars)?;
            }
        }
        Ok(())
    }

    fn section<'c, T: ?Sized>(
        &'c self,
        name: &str,
        read: impl Fn(&'c Value) -> Option<&'c T>,
    ) -> Result<Option<&'c T>, InventoryError> {
        match self.config.get(name) {
            None => Ok(None),
            Some(value) if !value.is_true() => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| {
                self.candidate.fault(format!(
                    "Invalid type for the option '{name}': {} is not expected",
                    value.type_name()
                ))
            }),
        }
    }

    /// What is known of a host so far: its groups' variables, its own, cached facts.
    fn vars(&self, inventory: &Inventory, host: HostId) -> Result<Dict, InventoryError> {
        let vars = inventory.vars_so_far(host, self.use_vars_files)?;
        let facts = self.candidate.options.facts.as_ref().and_then(|facts| facts(inventory.host_name(host)));
        Ok(match facts {
            Some(facts) => combined(&vars, &facts, inventory.merges()),
            None => vars,
        })
    }

    fn with_extra(&self, vars: &Arc<Dict>, inventory: &Inventory) -> Arc<Dict> {
        if !self.use_extra_vars {
            return vars.clone();
        }
        Arc::new(combined(vars, &self.candidate.options.extra_vars, inventory.merges()))
    }

    fn expression(&self, vars: &Arc<Dict>, source: Option<&Value>) -> Result<Value, String> {
        match source {
            Some(Value::Str(text)) => self.templates.expression(vars, text),
            other => {
                let found = other.map_or("NoneType", Value::type_name);
                Err(format!("an expression must be a string, not {found}"))
            }
        }
    }

    fn compose(&self, inventory: &mut Inventory, host: HostId, compose: &Dict) -> Result<(), InventoryError> {
        // As in Ansible, an entry does not see those before it.
        let vars = self.with_extra(&Arc::new(self.vars(inventory, host)?), inventory);
        for (name, source) in compose {
            match self.expression(&vars, Some(source)) {
                Ok(value) => inventory.set_named_var(host, name.clone(), value)?,
                Err(problem) if self.strict => {
                    let (name, host) = (name.as_value().to_text(), inventory.host_name(host));
                    return Err(self
                        .candidate
                        .fault(format!("Could not set {name} for host {host}: {problem}")));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn groups(
        &self,
        inventory: &mut Inventory,
        host: HostId,
        groups: &Dict,
        vars: &Arc<Dict>,
    ) -> Result<(), InventoryError> {
        for (name, condition) in groups {
            let name = identifier(&name.as_value().to_text());
            match self.templates.condition(vars, condition) {
                Ok(true) => {
                    let group = inventory.add_group(&name)?;
                    inventory.add_host_to_group(group, host);
                }
                Err(problem) if self.strict => {
                    let host = inventory.host_name(host);
                    let problem = format!("Could not add host {host} to group {name}: {problem}");
                    return Err(self.candidate.fault(problem));
                }
                Ok(false) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn keyed(
        &self,
        inventory: &mut Inventory,
        host: HostId,
        entry: &Value,
        vars: &Arc<Dict>,
    ) -> Result<(), InventoryError> {
        let entry = entry.as_dict().filter(|entry| !entry.is_empty()).ok_or_else(|| {
            let problem = "Invalid keyed group entry, it must be a dictionary";
            self.candidate.fault(format!("{problem}: {}", entry.to_text()))
        })?;
        let shown = || entry.get("key").map_or_else(|| "None".to_owned(), Value::to_text);
        let key = match self.expression(vars, entry.get("key")) {
            Ok(key) => key,
            Err(problem) if self.strict => {
                let host = inventory.host_name(host);
                let problem =
                    format!("Could not generate group for host {host} from {} entry: {problem}", shown());
                return Err(self.candidate.fault(problem));
            }
            Err(_) => return Ok(()),
        };
        let names = Names::new(entry, self)?;
        if key.is_true() || (is_empty(&key) && names.default.is_some()) {
            return self.keyed_groups(inventory, host, &names, &key, vars);
        }
        // Empty lists and dictionaries are sound: there is nothing to make of them.
        if self.strict && !matches!(key, Value::List(_) | Value::Dict(_)) {
            let host = inventory.host_name(host);
            return Err(self.candidate.fault(format!(
                "No key or key resulted empty for {} in host {host}, invalid entry",
                shown()
            )));
        }
        Ok(())
    }

    fn keyed_groups(
        &self,
        inventory: &mut Inventory,
        host: HostId,
        names: &Names,
        key: &Value,
        vars: &Arc<Dict>,
    ) -> Result<(), InventoryError> {
        let parent = match self.parent(names, key, vars)? {
            Some(parent) => parent,
            None => return Ok(()),
        };
        let bare = names.of(key).map_err(|problem| self.candidate.fault(problem))?;
        for name in bare {
            let separator =
                if names.prefix.is_empty() && !self.leading_separator { "" } else { &names.separator };
            let group = inventory.add_group(&identifier(&format!("{}{separator}{name}", names.prefix)))?;
            inventory.add_host_to_group(group, host);
            if !parent.is_empty() {
                let parent = inventory.add_group(&identifier(&parent))?;
                inventory.add_child(parent, group)?;
            }
        }
        Ok(())
    }

    /// The parent group's name, empty without one; `None` where it cannot be had.
    fn parent(&self, names: &Names, key: &Value, vars: &Arc<Dict>) -> Result<Option<String>, InventoryError> {
        let Some(parent) = &names.parent else { return Ok(Some(String::new())) };
        match self.templates.render(vars, parent) {
            Ok(Some(name)) if name.is_true() => Ok(Some(name.to_text())),
            Ok(_) => Ok(Some(String::new())),
            Err(problem) if self.strict => Err(self.candidate.fault(format!(
                "Could not generate parent group {} for group {}: {problem}",
                parent.repr(),
                key.repr()
            ))),
            Err(_) => Ok(None),
        }
    }
}

/// How a keyed group's names are made.
struct Names {
    prefix: String,
    separator: Str,
    default: Option<String>,
    trailing_separator: Option<bool>,
    parent: Option<Value>,
}

impl Names {
    fn new(entry: &Dict, construction: &Construction<'_>) -> Result<Self, InventoryError> {
        let given = |name: &str| entry.get(name).filter(|value| !value.is_none());
        let default = given("default_value").map(Value::to_text);
        let trailing_separator = given("trailing_separator").map(|value| *value != Value::Bool(false));
        if default.is_some() && trailing_separator.is_some() {
            return Err(construction.candidate.fault(
                "parameters are mutually exclusive for keyed groups: default_value|trailing_separator",
            ));
        }
        let text =
            |name: &str, default: &str| entry.get(name).map_or_else(|| default.to_owned(), Value::to_text);
        Ok(Self {
            prefix: text("prefix", ""),
            separator: text("separator", "_").into(),
            default,
            trailing_separator,
            parent: given("parent_group").cloned(),
        })
    }

    /// The names without prefix.
    fn of(&self, key: &Value) -> Result<Vec<String>, String> {
        if let Some(default) = self.default.as_ref().filter(|_| is_empty(key)) {
            return Ok(vec![default.clone()]);
        }
        match key {
            Value::Str(text) => Ok(vec![text.to_string()]),
            Value::List(items) => Ok(items
                .iter()
                .map(|item| match &self.default {
                    Some(default) if is_empty(item) => default.clone(),
                    _ => item.to_text(),
                })
                .collect()),
            Value::Dict(entries) => {
                Ok(entries.iter().map(|(name, value)| self.pair(&name.as_value().to_text(), value)).collect())
            }
            other => Err(format!(
                "Invalid group name format, expected a string or a list of them or dictionary, got: {}",
                other.type_name()
            )),
        }
    }

    fn pair(&self, name: &str, value: &Value) -> String {
        let separator = &self.separator;
        match &self.default {
            Some(default) if is_empty(value) => format!("{name}{separator}{default}"),
            None if is_empty(value) && self.trailing_separator == Some(false) => name.to_owned(),
            _ => format!("{name}{separator}{}", value.to_text()),
        }
    }
}

/// Nothing, or empty text.
fn is_empty(value: &Value) -> bool {
    value.is_none() || value.as_str() == Some("")
}

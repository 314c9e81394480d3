//! Validation in the order AnsibleModule does it, so the first complaint is the same one.

use super::coerce::refusal;
use super::{Expand, Literal, Map, Param, Secrets, Spec, Type, Value, coerce, rules, str_of};

/// Parameters that passed.
#[derive(Debug)]
pub struct Validated {
    /// All parameters of the specification with their values or defaults, coerced; aliases that
    /// were used stay beside their parameter, as `invocation` shows them.
    pub params: Map,
    /// Values to strike out of results.
    pub secrets: Secrets,
    /// Warnings on the way.
    pub warnings: Vec<String>,
    /// Deprecations on the way.
    pub deprecations: Vec<Deprecation>,
}

/// A use of something that will go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// What was used.
    pub msg: String,
    /// The version it goes away in.
    pub version: Option<String>,
    /// The date it goes away at.
    pub date: Option<String>,
    /// The collection it belongs to.
    pub collection_name: Option<String>,
    /// The module itself says so, not its specification.
    pub by_module: bool,
}

/// Parameters that did not pass: the first complaint, and what is known of them.
#[derive(Debug)]
pub struct Invalid {
    /// The complaint, in Ansible's words.
    pub msg: String,
    /// The parameters as far as they were coerced.
    pub params: Map,
    /// Values to strike out of the failure.
    pub secrets: Secrets,
}

/// Validates and coerces parameters.
///
/// # Errors
/// The complaint AnsibleModule would fail with; `module` is the name it shows for parameters
/// that do not exist.
pub fn validate(
    spec: &'static Spec,
    given: Map,
    module: &str,
    host: &dyn Expand,
) -> Result<Validated, Box<Invalid>> {
    let mut checker = Checker { host, errors: Vec::new(), unsupported: None, done: Validated::new() };
    let mut params = given;
    checker.check(spec, &mut params, &mut Vec::new());
    if checker.errors.is_empty()
        && let Some(complaint) = checker.unsupported
    {
        checker.errors.push(format!("Unsupported parameters for ({module}) module: {complaint}"));
    }
    let mut done = checker.done;
    match checker.errors.into_iter().next() {
        Some(msg) => Err(Box::new(Invalid { msg, params, secrets: done.secrets })),
        None => {
            done.params = params;
            Ok(done)
        }
    }
}

impl Validated {
    fn new() -> Self {
        Self {
            params: Map::new(),
            secrets: Secrets::default(),
            warnings: Vec::new(),
            deprecations: Vec::new(),
        }
    }
}

struct Checker<'a> {
    host: &'a dyn Expand,
    errors: Vec<String>,
    unsupported: Option<String>,
    done: Validated,
}

impl Checker<'_> {
    fn check(&mut self, spec: &'static Spec, given: &mut Map, context: &mut Vec<&'static str>) {
        let params = spec.all();
        let rules = spec.all_rules();
        self.environment(&params, given);
        self.aliases(&params, given, context);
        self.done.secrets.add_params(&params, given);
        self.deprecated(&params, given, context);
        self.strangers(&params, given, context);
        if let Some(complaint) = rules::exclusions(&rules, given) {
            self.complain(complaint, context);
        }
        self.defaults(&params, given, false);
        self.required(&params, given, context);
        self.types(&params, given, context);
        self.choices(&params, given, context);
        for complaint in rules::requirements(&rules, given) {
            self.complain(complaint, context);
        }
        self.defaults(&params, given, true);
        self.options(&params, given, context);
    }

    fn complain(&mut self, complaint: String, context: &[&str]) {
        let place =
            if context.is_empty() { String::new() } else { format!(" found in {}", context.join(" -> ")) };
        self.errors.push(format!("{complaint}{place}"));
    }

    fn environment(&self, params: &[&Param], given: &mut Map) {
        for param in params.iter().filter(|param| !given.contains_key(param.name)).collect::<Vec<_>>() {
            if let Some(value) = param.env.iter().find_map(|name| self.host.variable(name)) {
                given.insert(param.name.to_owned(), Value::from(value));
            }
        }
    }

    fn aliases(&mut self, params: &[&'static Param], given: &mut Map, context: &[&str]) {
        let prefix: String = context.iter().map(|part| format!("{part}.")).collect();
        for param in params {
            let old = param.deprecated_aliases.iter();
            for (alias, version) in old.clone().filter(|(alias, _)| given.contains_key(*alias)) {
                self.done.deprecations.push(Deprecation {
                    msg: format!(
                        "Alias '{prefix}{alias}' is deprecated. See the module docs for more information"
                    ),
                    version: Some((*version).to_owned()),
                    date: None,
                    collection_name: param.collection.map(str::to_owned),
                    by_module: false,
                });
            }
            for alias in param.aliases.iter().chain(old.map(|(alias, _)| alias)) {
                let Some(value) = given.get(*alias).cloned() else { continue };
                if given.insert(param.name.to_owned(), value).is_some() {
                    self.done.warnings.push(format!(
                        "Both option {prefix}{} and its alias {prefix}{alias} are set.",
                        param.name
                    ));
                }
            }
        }
    }

    fn deprecated(&mut self, params: &[&'static Param], given: &Map, context: &[&str]) {
        for param in params.iter().filter(|param| param.removed_in.or(param.removed_at).is_some()) {
            if !given.contains_key(param.name) {
                continue;
            }
            let shown = context
                .first()
                .map_or(param.name.to_owned(), |parent| format!("{parent}[\"{}\"]", param.name));
            self.done.deprecations.push(Deprecation {
                msg: format!("Param '{shown}' is deprecated. See the module docs for more information"),
                version: param.removed_in.map(str::to_owned),
                date: param.removed_at.map(str::to_owned),
                collection_name: param.collection.map(str::to_owned),
                by_module: false,
            });
        }
    }

    fn strangers(&mut self, params: &[&'static Param], given: &Map, context: &[&str]) {
        let known = |name: &str| {
            params.iter().any(|param| {
                param.name == name
                    || param.aliases.contains(&name)
                    || param.deprecated_aliases.iter().any(|(alias, _)| *alias == name)
            })
        };
        let mut strangers: Vec<String> = given
            .keys()
            .filter(|name| !known(name))
            .map(|name| context.iter().copied().chain([name.as_str()]).collect::<Vec<_>>().join("."))
            .collect();
        if strangers.is_empty() || self.unsupported.is_some() {
            return;
        }
        strangers.sort();
        let mut names: Vec<&str> = params.iter().map(|param| param.name).collect();
        let mut aliases: Vec<&str> = params
            .iter()
            .flat_map(|param| {
                param.aliases.iter().chain(param.deprecated_aliases.iter().map(|(alias, _)| alias))
            })
            .copied()
            .collect();
        names.sort_unstable();
        aliases.sort_unstable();
        let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
        self.unsupported = Some(format!(
            "{}. Supported parameters include: {}{aliases}.",
            strangers.join(", "),
            names.join(", ")
        ));
    }

    fn defaults(&mut self, params: &[&'static Param], given: &mut Map, empty_ones_too: bool) {
        for param in params {
            let has_default = param.default != Literal::None;
            // Parameters that live on only for old content do not show where nobody gave them.
            let bygone = param.removed_in.or(param.removed_at).is_some();
            if given.contains_key(param.name) || !(has_default || (empty_ones_too && !bygone)) {
                continue;
            }
            let value = param.default.to_value();
            if param.no_log == Some(true) {
                self.done.secrets.add(&value);
            }
            given.insert(param.name.to_owned(), value);
        }
    }

    fn required(&mut self, params: &[&'static Param], given: &Map, context: &[&str]) {
        let mut missing: Vec<&str> = params
            .iter()
            .filter(|param| param.required && !given.contains_key(param.name))
            .map(|param| param.name)
            .collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            self.complain(format!("missing required arguments: {}", missing.join(", ")), context);
        }
    }

    fn types(&mut self, params: &[&'static Param], given: &mut Map, context: &[&str]) {
        for param in params {
            let Some(slot) = given.get_mut(param.name) else { continue };
            if slot.is_null() && !param.required && param.default == Literal::None {
                continue;
            }
            let value = slot.clone();
            let place = if context.is_empty() {
                String::new()
            } else {
                format!(" found in '{}'.", context.join(" -> "))
            };
            match coerce(value.clone(), param.ty, self.host) {
                Ok(Value::Array(items)) if param.ty == Type::List => {
                    *slot = Value::Array(self.elements(param, items, context));
                }
                Ok(coerced) => *slot = coerced,
                Err(why) => {
                    let subject = format!("argument '{}'", param.name);
                    self.errors.push(refusal(&subject, &value, &place, param.ty, &why));
                }
            }
        }
    }

    fn elements(&mut self, param: &Param, items: Vec<Value>, context: &[&str]) -> Vec<Value> {
        let Some(ty) = param.elements else { return items };
        let place =
            if context.is_empty() { String::new() } else { format!(" found in '{}'", context.join(" -> ")) };
        let mut coerced = Vec::new();
        for item in items {
            match coerce(item.clone(), ty, self.host) {
                Ok(value) => coerced.push(value),
                Err(why) => {
                    let subject = format!("Elements value for option '{}'{place}", param.name);
                    self.errors.push(refusal(&subject, &item, "", ty, &why));
                }
            }
        }
        coerced
    }

    fn choices(&mut self, params: &[&'static Param], given: &mut Map, context: &[&str]) {
        for param in params.iter().filter(|param| !param.choices.is_empty()) {
            let Some(slot) = given.get_mut(param.name) else { continue };
            let fits = |value: &Value| value.as_str().is_some_and(|word| param.choices.contains(&word));
            let list = param.choices.join(", ");
            match slot {
                Value::Array(items) => {
                    let strays: Vec<String> = items.iter().filter(|item| !fits(item)).map(str_of).collect();
                    if !strays.is_empty() {
                        let strays = strays.join(", ");
                        let name = param.name;
                        self.complain(
                            format!(
                                "value of {name} must be one or more of: {list}. Got no match for: {strays}"
                            ),
                            context,
                        );
                    }
                }
                value => {
                    restore_word(value, param.choices);
                    if !fits(value) {
                        let got = str_of(value);
                        self.complain(
                            format!("value of {} must be one of: {list}, got: {got}", param.name),
                            context,
                        );
                    }
                }
            }
        }
    }

    fn options(&mut self, params: &[&'static Param], given: &mut Map, context: &mut Vec<&'static str>) {
        for param in params {
            let Some(inner) = param.options else { continue };
            let Some(slot) = given.get_mut(param.name) else { continue };
            if slot.is_null() && param.apply_defaults {
                *slot = Value::Object(Map::new());
            }
            context.push(param.name);
            match slot {
                Value::Null => {}
                Value::Array(items) => {
                    items.iter_mut().for_each(|item| self.option(param, inner, item, context))
                }
                value => self.option(param, inner, value, context),
            }
            context.pop();
        }
    }

    fn option(
        &mut self,
        param: &Param,
        inner: &'static Spec,
        value: &mut Value,
        context: &mut Vec<&'static str>,
    ) {
        match value {
            Value::Object(map) => self.check(inner, map, context),
            _ => self.errors.push(format!("value of '{}' must be of type dict or list of dicts", param.name)),
        }
    }
}

/// YAML reads `yes` as a boolean that becomes the text `True`; where exactly one choice means
/// that boolean, the word is restored.
fn restore_word(value: &mut Value, choices: &[&str]) {
    let words: &[&str] = match value.as_str() {
        Some("True") => &["y", "yes", "on", "1", "true", "t"],
        Some("False") => &["n", "no", "off", "0", "false", "f"],
        _ => return,
    };
    if choices.contains(&value.as_str().unwrap_or_default()) {
        return;
    }
    let meant: Vec<&&str> = choices.iter().filter(|choice| words.contains(choice)).collect();
    if let [word] = meant.as_slice() {
        *value = Value::from(**word);
    }
}

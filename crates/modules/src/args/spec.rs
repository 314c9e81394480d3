//! What a module accepts, as constants that docs, validation and suggestions share.

use super::Value;
use serde_json::{Map, Number};

/// The parameters of a module or of a dict option.
#[derive(Debug)]
pub struct Spec {
    /// The struct's doc comment.
    pub doc: &'static str,
    /// The struct's own parameters.
    pub params: &'static [Param],
    /// Shared groups of parameters, such as those of files.
    pub flattened: &'static [&'static Spec],
    /// What must hold between parameters.
    pub rules: &'static [Rule],
}

impl Spec {
    /// All parameters: the own ones, then those of the shared groups, as AnsibleModule adds them.
    #[must_use]
    pub fn all(&self) -> Vec<&'static Param> {
        let mut found: Vec<&'static Param> = self.params.iter().collect();
        for group in self.flattened {
            found.extend(
                group.all().into_iter().filter(|param| self.params.iter().all(|own| own.name != param.name)),
            );
        }
        found
    }

    /// All rules, those of shared groups included.
    #[must_use]
    pub fn all_rules(&self) -> Vec<&'static Rule> {
        let mut found: Vec<&'static Rule> = self.rules.iter().collect();
        for group in self.flattened {
            found.extend(group.all_rules());
        }
        found
    }
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Its name in playbooks.
    pub name: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// The coercion.
    pub ty: Type,
    /// The coercion of a list's elements.
    pub elements: Option<Type>,
    /// The value when none is given.
    pub default: Literal,
    /// Whether it must be given.
    pub required: bool,
    /// The words it accepts; empty: any.
    pub choices: &'static [&'static str],
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Names that still work and warn: name, version of removal.
    pub deprecated_aliases: &'static [(&'static str, &'static str)],
    /// Whether its value is a secret; `None`: the module did not say.
    pub no_log: Option<bool>,
    /// Version it goes away in: using it warns.
    pub removed_in: Option<&'static str>,
    /// Date it goes away at: using it warns.
    pub removed_at: Option<&'static str>,
    /// Collection the removal belongs to.
    pub collection: Option<&'static str>,
    /// Environment variables that stand in for it, first found wins.
    pub env: &'static [&'static str],
    /// The parameters inside, for a dict or a list of dicts.
    pub options: Option<&'static Spec>,
    /// Whether an absent dict becomes one with its inner defaults.
    pub apply_defaults: bool,
}

/// Ansible's argument types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text; anything else becomes Python's `str()` of it.
    Str,
    /// yes/no, on/off, true/false, y/n, t/f, 1/0.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// A list; text is split at commas.
    List,
    /// A dict; text may be JSON or `k=v` pairs.
    Dict,
    /// Text with `~` and environment variables expanded.
    Path,
    /// Whatever was given.
    Raw,
    /// JSON text; structures are written out.
    Json,
    /// A size such as `10M`, in bytes.
    Bytes,
    /// A size such as `10Mb`, in bits.
    Bits,
}

impl Type {
    /// The type's name in messages and docs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::List => "list",
            Self::Dict => "dict",
            Self::Path => "path",
            Self::Raw => "raw",
            Self::Json => "jsonarg",
            Self::Bytes => "bytes",
            Self::Bits => "bits",
        }
    }
}

/// A value that can stand in a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    None,
    /// Text.
    Str(&'static str),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A list.
    List(&'static [Literal]),
    /// `{}`.
    EmptyDict,
}

impl Literal {
    /// The JSON value.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Str(text) => Value::from(text),
            Self::Bool(flag) => Value::from(flag),
            Self::Int(number) => Value::from(number),
            Self::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
            Self::List(items) => items.iter().map(|item| item.to_value()).collect(),
            Self::EmptyDict => Value::Object(Map::new()),
        }
    }
}

/// What must hold between parameters.
#[derive(Debug)]
pub enum Rule {
    /// At most one of them.
    MutuallyExclusive(&'static [&'static str]),
    /// All or none.
    RequiredTogether(&'static [&'static str]),
    /// At least one.
    RequiredOneOf(&'static [&'static str]),
    /// When `key` has this value, `needs` (all, or any one) must be given.
    RequiredIf {
        /// The parameter looked at.
        key: &'static str,
        /// The value it has.
        value: Literal,
        /// What is then needed.
        needs: &'static [&'static str],
        /// One of them is enough.
        any: bool,
    },
    /// When `key` is given, `needs` must be too.
    RequiredBy {
        /// The parameter looked at.
        key: &'static str,
        /// What is then needed.
        needs: &'static [&'static str],
    },
}

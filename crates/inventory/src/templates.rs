//! What inventories need of templates; the program brings it.

use rplay_value::{Dict, Str, Value};
use std::{fmt, sync::Arc};

/// Renders the templates of `constructed` and `generator` over plain variables. Errors are texts.
pub trait Templates: Send + Sync {
    /// The value of an expression without braces.
    ///
    /// # Errors
    /// When it cannot be evaluated.
    fn expression(&self, vars: &Arc<Dict>, source: &Str) -> Result<Value, String>;
    /// Whether a conditional holds.
    ///
    /// # Errors
    /// When it cannot be evaluated or is no boolean.
    fn condition(&self, vars: &Arc<Dict>, condition: &Value) -> Result<bool, String>;
    /// A value with its templates rendered; none where it is `omit`.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    fn render(&self, vars: &Arc<Dict>, value: &Value) -> Result<Option<Value>, String>;
}

/// The cached facts of a host, for `constructed`.
pub type FactsHook = Arc<dyn Fn(&str) -> Option<Arc<Dict>> + Send + Sync>;

/// Stands where the program gave none.
pub(crate) struct NoTemplates;

const NONE: &str = "templates cannot be rendered here";

impl Templates for NoTemplates {
    fn expression(&self, _: &Arc<Dict>, _: &Str) -> Result<Value, String> {
        Err(NONE.into())
    }
    fn condition(&self, _: &Arc<Dict>, _: &Value) -> Result<bool, String> {
        Err(NONE.into())
    }
    fn render(&self, _: &Arc<Dict>, _: &Value) -> Result<Option<Value>, String> {
        Err(NONE.into())
    }
}

impl fmt::Debug for dyn Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Templates")
    }
}

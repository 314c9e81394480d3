//! What a template can see.

use rplay_value::{Dict, Str, Value};
use std::sync::Arc;

/// The variables of one host (or of none), looked up on demand.
pub trait Scope: Send + Sync {
    /// The variable of that name.
    fn lookup(&self, name: &str) -> Option<Binding>;
    /// The names of all variables, for `vars` and the `varnames` lookup.
    fn names(&self) -> Vec<Str>;
    /// What a template in a variable came to before, if it would come to the same again.
    fn rendered(&self, _template: &Str) -> Option<Rendered> {
        None
    }
    /// Takes what a template in a variable came to, to answer [`Scope::rendered`] with. Only results that
    /// hang on nothing but this scope's variables are handed over.
    fn keep(&self, _template: &Str, _rendered: &Rendered) {}
}

/// Data alone.
impl Scope for Dict {
    fn lookup(&self, name: &str) -> Option<Binding> {
        self.get(name).cloned().map(Binding::Value)
    }
    fn names(&self) -> Vec<Str> {
        self.keys().filter_map(|key| key.as_str().map(Str::from)).collect()
    }
}

/// What a template in a variable came to.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The result, which holds no templates.
    pub value: Value,
    /// The names of the variables that were asked for, whether they were there or not.
    pub reads: Arc<[Str]>,
}

/// What a name stands for.
#[derive(Clone)]
pub enum Binding {
    /// Data; templates in it are rendered in the scope it was found in.
    Value(Value),
    /// Data of another scope (another host's variable): templates in it are rendered there.
    In(Value, Arc<dyn Scope>),
    /// A mapping that is computed on demand: `hostvars`, `vars`.
    Object(Arc<dyn Object>),
}

/// A mapping that is computed on demand.
pub trait Object: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &str) -> Option<Binding>;
    /// All keys in order.
    fn keys(&self) -> Vec<Str>;
    /// The Python type name messages show.
    fn type_name(&self) -> &'static str {
        "dict"
    }
    /// Whether it stays the same as long as a task runs on a host.
    fn is_steady(&self) -> bool {
        false
    }
}

//! `service` and `package`, which stand for the module of the host's own manager.

use super::{ActionContext, Call};
use crate::error::TaskError;
use rplay_template::Binding;
use rplay_value::{Dict, Value};

/// How the module behind a general one is known.
struct Backend {
    name: &'static str,
    /// The fact that names it.
    fact: &'static str,
    /// The variable that names it, above the fact.
    variable: Option<&'static str>,
    /// Whether a name that no module has is refused, or the general module runs.
    strict: bool,
    /// What messages call it.
    noun: &'static str,
}

const BACKENDS: [Backend; 2] = [
    Backend { name: "service", fact: "service_mgr", variable: None, strict: false, noun: "service" },
    Backend {
        name: "package",
        fact: "pkg_mgr",
        variable: Some("ansible_package_use"),
        strict: true,
        noun: "package",
    },
];

/// The call of a general module, with the defaults of the module behind it where that one is known from the task,
/// variables or facts; none for other modules.
pub(super) fn call(context: &ActionContext<'_>, name: &str) -> Result<Option<Call>, TaskError> {
    let Some(backend) = BACKENDS.iter().find(|backend| backend.name == name) else { return Ok(None) };
    let mut args = context.args.clone();
    if let Some(module) = backend.module(context)? {
        if rplay_modules::find(&module).is_ok() {
            let mut merged = context.module_defaults(&module)?;
            merged.extend(std::mem::take(&mut args));
            args = merged;
            args.insert("use", module.into());
        } else if backend.strict {
            return Err(TaskError::refused(format!(
                "Could not find a matching action for the \"{module}\" {} manager.",
                backend.noun
            )));
        }
    }
    Ok(Some(Call::new(context.task.task.action.name.clone(), args)))
}

impl Backend {
    fn module(&self, context: &ActionContext<'_>) -> Result<Option<String>, TaskError> {
        if let Some(own) = context.text("use").filter(|own| own != "auto") {
            return Ok(Some(own));
        }
        let scope = context.connection_scope();
        if let Some(name) = self.variable
            && let Some(Binding::Value(value)) = scope.lookup(name)
            && let Some(given) = context.engine.templar.render(&scope, &value)?
            && given.is_true()
        {
            return Ok(Some(given.to_text()));
        }
        let facts = match scope.lookup("ansible_facts") {
            Some(Binding::Value(Value::Dict(facts))) => facts,
            _ => return Ok(None),
        };
        Ok(fact(&facts, self.fact).filter(|module| module != "auto"))
    }
}

fn fact(facts: &Dict, name: &str) -> Option<String> {
    let found = facts.get(name).or_else(|| facts.get(format!("ansible_{name}").as_str()))?;
    found.is_true().then(|| found.to_text())
}

//! What of a result is shown.

use rplay_value::{Dict, Value};

/// How much of a result is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// `-v` count.
    pub verbosity: u8,
}

impl Shown {
    /// A result without internal keys, and below `-vvv` without `invocation` and `diff`.
    pub(crate) fn of(self, result: &Dict) -> Dict {
        result
            .iter()
            .filter(|(key, _)| !key.as_str().is_some_and(|key| self.hides(key)))
            .map(|(key, value)| (key.clone(), without_internal(value)))
            .collect()
    }

    fn hides(self, key: &str) -> bool {
        key.starts_with("_ansible_")
            || matches!(key, "exception" | "warnings" | "deprecations" | "failed" | "skipped")
            || (self.verbosity < 3 && matches!(key, "invocation" | "diff"))
    }
}

fn without_internal(value: &Value) -> Value {
    match value {
        Value::Dict(dict)
            if dict.keys().any(|key| key.as_str().is_some_and(|key| key.starts_with("_ansible_"))) =>
        {
            dict.iter()
                .filter(|(key, _)| !key.as_str().is_some_and(|key| key.starts_with("_ansible_")))
                .map(|(key, value)| (key.clone(), without_internal(value)))
                .collect::<Dict>()
                .into()
        }
        Value::List(items) => Value::list(items.iter().map(without_internal)),
        other => other.clone(),
    }
}

/// `debug` shows what it was asked to and no more.
pub(crate) fn clean_debug(result: &mut Dict, action: &str) {
    if !matches!(action, "debug" | "ansible.builtin.debug" | "ansible.legacy.debug") {
        return;
    }
    let hidden: Vec<String> = if result.contains("msg") {
        const KEPT: &[&str] = &["msg", "exception", "warnings", "deprecations"];
        let text = |key: &rplay_value::Key| key.as_str().unwrap_or_default().to_owned();
        result.keys().map(text).filter(|key| !KEPT.contains(&key.as_str()) && !key.starts_with('_')).collect()
    } else {
        [
            "changed",
            "failed",
            "skipped",
            "invocation",
            "skip_reason",
            "ansible_loop_var",
            "ansible_index_var",
            "ansible_loop",
        ]
        .map(String::from)
        .to_vec()
    };
    for key in hidden {
        result.remove(&key);
    }
}

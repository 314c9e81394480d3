//! The shape of results.

use rplay_value::{Dict, Value};

/// What stands for the traceback in results of failed tasks.
pub(crate) const NO_TRACEBACK: &str = "(traceback unavailable)";

/// How a result dictionary says the task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Well.
    Ok,
    /// Well, and something changed.
    Changed,
    /// Not run.
    Skipped,
    /// Failed.
    Failed,
    /// Host not reached.
    Unreachable,
}

/// Reads how a task ended.
pub(crate) fn ended(result: &Dict) -> Ended {
    let flag = |name: &str| result.get(name).is_some_and(Value::is_true);
    if flag("unreachable") {
        Ended::Unreachable
    } else if has_failed(result) {
        Ended::Failed
    } else if flag("skipped") {
        Ended::Skipped
    } else if flag("changed") {
        Ended::Changed
    } else {
        Ended::Ok
    }
}

/// Where `failed_when` decided, for the result or any of its items, only that counts: so it is in ansible-core,
/// even for a task whose `until` never held.
fn has_failed(result: &Dict) -> bool {
    let items: Vec<&Dict> = match result.get("results") {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_dict).collect(),
        _ => Vec::new(),
    };
    let decided =
        result.contains("failed_when_result") || items.iter().any(|item| item.contains("failed_when_result"));
    let key = if decided { "failed_when_result" } else { "failed" };
    std::iter::once(result).chain(items).any(|part| part.get(key).is_some_and(Value::is_true))
}

/// Gives what a module or a raw command said the lines of `stdout` and `stderr`.
pub(crate) fn split_streams(result: &mut Dict) {
    for stream in ["stdout", "stderr"] {
        let lines = format!("{stream}_lines");
        if result.contains(&lines) {
            continue;
        }
        if let Some(Value::Str(text)) = result.get(stream) {
            let split = Value::list(split_lines(text).map(Value::from));
            result.insert(lines, split);
        }
    }
}

/// Gives a result the keys every result has: `failed` (from `rc` where the module does not say) and `changed`.
pub(super) fn complete(result: &mut Dict) {
    if !result.contains("failed") {
        let failed = match result.get("rc") {
            Some(Value::Int(rc)) => *rc != 0,
            Some(Value::Str(rc)) => *rc != "0",
            _ => false,
        };
        result.insert("failed", failed.into());
    }
    if !result.contains("changed") {
        result.insert("changed", false.into());
    }
}

/// Python's `str.splitlines`.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    const BREAKS: &[char] =
        &['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(end) = rest.find(BREAKS) else { return Some(std::mem::take(&mut rest)) };
        let line = &rest[..end];
        let tail = &rest[end..];
        let width = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(1, char::len_utf8) };
        rest = &tail[width..];
        Some(line)
    })
}

/// The result of a loop, made of its items' results.
pub(super) fn combine(mut items: Vec<Dict>) -> Dict {
    let notices = crate::notices::gather(&mut items);
    let flag = |item: &Dict, name: &str| item.get(name).is_some_and(Value::is_true);
    for item in items.iter_mut().filter(|item| flag(item, "failed") || flag(item, "unreachable")) {
        item.insert("exception", NO_TRACEBACK.into());
    }
    let mut result = Dict::new();
    let any = |name: &str| items.iter().any(|item| flag(item, name));
    let (changed, failed, unreachable) = (any("changed"), any("failed"), any("unreachable"));
    let skipped = items.iter().all(|item| flag(item, "skipped"));
    let message = match (failed, skipped) {
        (true, _) => "One or more items failed",
        (false, true) => "All items skipped",
        (false, false) => "All items completed",
    };
    result.insert("results", Value::list(items.into_iter().map(Value::from)));
    result.insert("skipped", skipped.into());
    result.insert("msg", message.into());
    result.insert("changed", changed.into());
    if failed {
        result.insert("failed", true.into());
    }
    if unreachable {
        result.insert("unreachable", true.into());
    }
    for (name, list) in notices {
        result.insert(name, Value::list(list));
    }
    result
}

/// The result of a task whose condition was false.
pub(super) fn skipped(condition: Value) -> Dict {
    let mut result = Dict::new();
    result.insert("changed", false.into());
    result.insert("skipped", true.into());
    result.insert("skip_reason", "Conditional result was False".into());
    result.insert("false_condition", condition);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_as_python_splits_them() {
        let lines = |text: &'static str| split_lines(text).collect::<Vec<_>>();
        assert_eq!(lines("a\nb\r\n\nc\u{2028}d\r"), ["a", "b", "", "c", "d"]);
        assert_eq!(lines(""), Vec::<&str>::new());
    }
}

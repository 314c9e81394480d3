//! Looking for `KEY=value` in files the way Ansible's patterns do: anywhere, in raw text.

/// What follows `key=` on its line, as written.
pub(super) fn raw<'a>(data: &'a str, key: &str) -> Option<&'a str> {
    let start = data.find(&format!("{key}="))? + key.len() + 1;
    data[start..].lines().next().or(Some(""))
}

/// What stands in quotes after `key=`.
pub(super) fn quoted<'a>(data: &'a str, key: &str) -> Option<&'a str> {
    let start = data.find(&format!("{key}=\""))? + key.len() + 2;
    let line = data[start..].lines().next()?;
    line.rfind('"').map(|end| &line[..end])
}

/// What follows `key=` up to the next quote, quotes before it taken away.
pub(super) fn to_quote<'a>(data: &'a str, key: &str) -> Option<&'a str> {
    let start = data.find(&format!("{key}="))? + key.len() + 1;
    let value = data[start..].strip_prefix('"').unwrap_or(&data[start..]);
    value.split('"').next().filter(|value| !value.is_empty())
}

/// What follows `key=` at the start of a line, without quotes.
pub(super) fn assigned<'a>(data: &'a str, key: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(key)?.strip_prefix('=');
    data.lines().filter_map(value).next_back().map(|value| value.trim_matches('"'))
}

/// The part of a version before its first dot.
pub(super) fn major(version: &str) -> String {
    version.split('.').next().unwrap_or_default().to_owned()
}

//! `os.path.expandvars` and `os.path.expanduser`.

use crate::args::Expand;

/// Variables first, then a leading `~`, as Ansible's `path` type does.
#[must_use]
pub fn path(text: &str, host: &dyn Expand) -> String {
    user(&variables(text, host), host)
}

/// Replaces `$NAME` and `${NAME}`; unknown ones stay as they are.
#[must_use]
pub fn variables(text: &str, host: &dyn Expand) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = match after.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (&inner[..end], end + 2),
                None => ("", 0),
            },
            None => {
                let end = after
                    .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                    .unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match host.variable(name).filter(|_| length > 0) {
            Some(value) => out.push_str(&value),
            None => {
                out.push('$');
                out.push_str(&after[..length]);
            }
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

/// Replaces a leading `~` or `~user`; unknown users stay as they are.
#[must_use]
pub fn user(text: &str, host: &dyn Expand) -> String {
    let Some(after) = text.strip_prefix('~') else { return text.to_owned() };
    let (name, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    match host.home(Some(name).filter(|name| !name.is_empty())) {
        Some(home) => {
            let joined = format!("{}{rest}", home.trim_end_matches('/'));
            if joined.is_empty() { "/".to_owned() } else { joined }
        }
        None => text.to_owned(),
    }
}

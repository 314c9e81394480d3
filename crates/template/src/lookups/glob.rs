//! Python's `glob` without `**`, and `fnmatch`.

use crate::{
    Outside,
    python::{path, re},
};
use std::path::Path;

fn has_magic(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The regular expression of a shell pattern.
pub(crate) fn translate(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::from("(?s)");
    let mut at = 0;
    while at < chars.len() {
        let char = chars[at];
        at += 1;
        match char {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => {
                let mut end = at;
                if chars.get(end) == Some(&'!') {
                    end += 1;
                }
                if chars.get(end) == Some(&']') {
                    end += 1;
                }
                while end < chars.len() && chars[end] != ']' {
                    end += 1;
                }
                if end >= chars.len() {
                    out.push_str("\\[");
                    continue;
                }
                let inner: String = chars[at..end].iter().collect();
                let inner = inner.replace('\\', "\\\\");
                at = end + 1;
                match inner.strip_prefix('!') {
                    Some(rest) => out.push_str(&format!("[^{rest}]")),
                    None if inner.starts_with('^') => out.push_str(&format!("[\\{inner}]")),
                    None => out.push_str(&format!("[{inner}]")),
                }
            }
            char => out.push_str(&re::escape(&char.to_string())),
        }
    }
    out
}

/// Whether a name fits a shell pattern.
pub(crate) fn fits(name: &str, pattern: &str) -> bool {
    re::compile(&translate(pattern), re::Flags::default())
        .and_then(|regex| Ok(regex.is_whole(name)?))
        .unwrap_or(false)
}

/// The paths that fit the pattern, in the order the directories give them.
pub(crate) fn glob(outside: &dyn Outside, pattern: &str) -> Vec<String> {
    let exists = |path: &str| outside.metadata(Path::new(path), false).is_some();
    if !has_magic(pattern) {
        let plain = pattern.trim_end_matches('/');
        let is_there = if pattern.ends_with('/') {
            outside.metadata(Path::new(plain), true).is_some_and(|meta| meta.is_dir())
        } else {
            exists(pattern)
        };
        return if is_there { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let (directory, name) = (path::dir_name(pattern), path::base_name(pattern));
    let directories =
        if has_magic(directory) { glob(outside, directory) } else { vec![directory.to_owned()] };
    let mut out = Vec::new();
    for directory in directories {
        if !has_magic(name) {
            let whole = path::join([directory.as_str(), name]);
            if exists(&whole) {
                out.push(whole);
            }
            continue;
        }
        let place = if directory.is_empty() { "." } else { directory.as_str() };
        for entry in outside.list(Path::new(place)) {
            if (!entry.starts_with('.') || name.starts_with('.')) && fits(&entry, name) {
                out.push(if directory.is_empty() { entry } else { path::join([directory.as_str(), &entry]) });
            }
        }
    }
    out
}

//! Host patterns.

use crate::{HostId, Inventory, PatternError, Warning, address};
use indexmap::IndexSet;
use rplay_pyre::{Flags, Pattern as Regex};
use std::fs;

/// The hosts a pattern stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Each once, in Ansible's order.
    pub hosts: Vec<HostId>,
    /// Parts of the pattern that match nothing.
    pub warnings: Vec<Warning>,
}

/// What follows a pattern in brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subscript {
    Index(i64),
    /// From and to, both included; to the end without a second number.
    Range(usize, Option<usize>),
}

impl Inventory {
    /// The hosts of a pattern within a limit. Both are single patterns joined by `,` or `:`; a part of the
    /// limit may be `@file`, whose lines are patterns.
    ///
    /// # Errors
    /// Invalid expressions, subscripts out of range, an unreadable limit file.
    pub fn select(&self, pattern: &str, limit: Option<&str>) -> Result<Selection, PatternError> {
        self.select_list(&[pattern], limit)
    }

    /// Like [`Inventory::select`] for a play's list of patterns.
    ///
    /// # Errors
    /// As for [`Inventory::select`].
    pub fn select_list(&self, patterns: &[&str], limit: Option<&str>) -> Result<Selection, PatternError> {
        let parts: Vec<String> = patterns.iter().flat_map(|pattern| split(pattern)).collect();
        let mut warnings = Vec::new();
        let mut hosts = self.evaluate(&parts, &mut warnings)?;
        if let Some(limit) = limit {
            let parts = limit_parts(limit)?;
            let within: IndexSet<HostId> = self.evaluate(&parts, &mut warnings)?.into_iter().collect();
            hosts.retain(|host| within.contains(host));
        }
        let unique: IndexSet<HostId> = hosts.into_iter().collect();
        Ok(Selection { hosts: unique.into_iter().collect(), warnings })
    }

    /// Regular parts first, then intersections, then exclusions.
    fn evaluate(&self, parts: &[String], warnings: &mut Vec<Warning>) -> Result<Vec<HostId>, PatternError> {
        let of = |sign: char| parts.iter().filter(move |part| part.starts_with(sign)).map(|part| &part[1..]);
        let mut regular: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .filter(|part| !part.starts_with(['&', '!']) && !part.is_empty())
            .collect();
        if regular.is_empty() {
            regular.push("all");
        }
        let mut hosts = Vec::new();
        for part in regular {
            let before: IndexSet<HostId> = hosts.iter().copied().collect();
            // A host's name means that host, also where a group has the same name.
            match self.hosts.get_index_of(part) {
                Some(index) => hosts.push(HostId(index)),
                None => {
                    hosts.extend(self.one(part, warnings)?.into_iter().filter(|host| !before.contains(host)))
                }
            }
        }
        for part in of('&') {
            let matched: IndexSet<HostId> = self.one(part, warnings)?.into_iter().collect();
            hosts.retain(|host| matched.contains(host));
        }
        for part in of('!') {
            let matched: IndexSet<HostId> = self.one(part, warnings)?.into_iter().collect();
            hosts.retain(|host| !matched.contains(host));
        }
        Ok(hosts)
    }

    /// The hosts of one pattern without sign.
    fn one(&self, part: &str, warnings: &mut Vec<Warning>) -> Result<Vec<HostId>, PatternError> {
        if part.is_empty() {
            let reason = "nothing follows the sign".to_owned();
            return Err(PatternError::Invalid { pattern: "! or &".to_owned(), reason });
        }
        let (expression, subscript) = split_subscript(part);
        if subscript.is_some() && part[expression.len() + 2..].contains('-') {
            let message = "Use [x:y] inclusive subscripts instead of [x-y] which has been removed";
            warnings.push(Warning::new(message));
        }
        let hosts = self.matches(expression, warnings)?;
        let count = hosts.len();
        apply(hosts, subscript).ok_or_else(|| PatternError::Subscript { pattern: part.to_owned(), count })
    }

    fn matches(&self, pattern: &str, warnings: &mut Vec<Warning>) -> Result<Vec<HostId>, PatternError> {
        let matcher = Matcher::new(pattern)?;
        let groups: Vec<_> =
            self.groups().filter(|group| matcher.is_match(self.group_name(*group))).collect();
        let mut hosts: Vec<HostId> = groups.iter().flat_map(|group| self.group_hosts(*group)).collect();
        let special = pattern.starts_with('~') || pattern.contains(['.', '?', '*', '[']);
        if groups.is_empty() || special {
            hosts.extend(self.hosts().filter(|host| matcher.is_match(self.host_name(*host))));
        }
        if hosts.is_empty() {
            // Only `localhost` and its addresses are found without being listed.
            hosts.extend(self.host(pattern));
        }
        if hosts.is_empty() && groups.is_empty() && pattern != "all" {
            warnings.push(self.mismatch(pattern, special));
        }
        Ok(hosts)
    }

    fn mismatch(&self, pattern: &str, special: bool) -> Warning {
        let mut message = format!("Could not match supplied host pattern, ignoring: {pattern}");
        let names = self.groups.keys().chain(self.hosts.keys()).map(|name| &**name);
        if let Some(near) = rplay_value::nearest(pattern, names).filter(|_| !special) {
            message.push_str(&format!(" (did you mean {near}?)"));
        }
        Warning::new(message)
    }
}

enum Matcher<'a> {
    Exact(&'a str),
    Expression(Box<Regex>),
}

impl<'a> Matcher<'a> {
    fn new(pattern: &'a str) -> Result<Self, PatternError> {
        let expression = match pattern.strip_prefix('~') {
            Some(regex) => regex.to_owned(),
            None if !pattern.contains(['?', '*', '[']) => return Ok(Matcher::Exact(pattern)),
            None => glob(pattern),
        };
        Regex::new(&expression, Flags::default())
            .map(|regex| Matcher::Expression(Box::new(regex)))
            .map_err(|error| PatternError::Invalid { pattern: pattern.to_owned(), reason: error.to_string() })
    }

    fn is_match(&self, name: &str) -> bool {
        match self {
            Matcher::Exact(text) => *text == name,
            // A backtracking expression that gives up does not match.
            Matcher::Expression(regex) => regex.starts(name).unwrap_or(false),
        }
    }
}

/// The regular expression of a shell glob, as Python's `fnmatch` reads it.
fn glob(pattern: &str) -> String {
    let mut out = String::from("(?s)");
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        match char {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => match class(rest) {
                Some((class, after)) => {
                    out.push_str(&class);
                    rest = after;
                }
                None => out.push_str("\\["),
            },
            char => out.push_str(&rplay_pyre::escape(char.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push_str("\\Z");
    out
}

/// A character class behind its opening bracket, and what follows it; `None` without a closing bracket.
fn class(text: &str) -> Option<(String, &str)> {
    let start = usize::from(text.starts_with('!'));
    let first = start + usize::from(text[start..].starts_with(']'));
    let end = first + text[first..].find(']')?;
    let inside = &text[start..end];
    let escaped = inside.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('^', "\\^");
    let escaped = escaped.replace("&&", "&\\&").replace("~~", "~\\~");
    let negated = if start == 1 { "^" } else { "" };
    Some((format!("[{negated}{escaped}]"), &text[end + 1..]))
}

/// The single patterns of a text.
fn split(text: &str) -> Vec<String> {
    let parts: Vec<&str> = if text.contains(',') {
        text.split(',').collect()
    } else if address::parse(text).is_some() {
        vec![text]
    } else {
        colon_parts(text)
    };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Splits at colons and white space outside of brackets; brackets that do not pair separate too.
fn colon_parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut index) = (0, 0);
    while let Some(char) = text[index..].chars().next() {
        let width = match char {
            '[' => text[index..].find(']').map_or(0, |end| end + 1),
            ':' | ']' => 0,
            char if char.is_whitespace() => 0,
            char => char.len_utf8(),
        };
        if width == 0 {
            parts.push(&text[start..index]);
            index += char.len_utf8();
            start = index;
        } else {
            index += width;
        }
    }
    parts.push(&text[start..]);
    parts
}

fn limit_parts(limit: &str) -> Result<Vec<String>, PatternError> {
    let mut parts = Vec::new();
    for part in split(limit) {
        match part.strip_prefix('@') {
            Some(path) if std::path::Path::new(path).is_dir() => {
                return Err(PatternError::LimitDirectory(path.to_owned()));
            }
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| PatternError::LimitFile {
                    path: path.to_owned(),
                    error: error.to_string(),
                })?;
                parts.extend(text.lines().map(|line| line.trim().to_owned()));
            }
            None => parts.push(part),
        }
    }
    Ok(parts)
}

/// `pattern[subscript]`; a regular expression has none.
fn split_subscript(part: &str) -> (&str, Option<Subscript>) {
    let split = || {
        let (expression, inside) = part.strip_suffix(']')?.rsplit_once('[')?;
        Some((expression, subscript(inside)?)).filter(|(expression, _)| !expression.is_empty())
    };
    match split() {
        Some((expression, subscript)) if !part.starts_with('~') => (expression, Some(subscript)),
        _ => (part, None),
    }
}

fn subscript(text: &str) -> Option<Subscript> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(text.strip_prefix('-').unwrap_or(text)) {
        return text.parse().ok().map(Subscript::Index);
    }
    let (start, end) = text.split_once([':', '-'])?;
    if !digits(start) || !(end.is_empty() || digits(end)) {
        return None;
    }
    let end = if end.is_empty() { None } else { Some(end.parse().ok()?) };
    Some(Subscript::Range(start.parse().ok()?, end))
}

/// `None` where the index is out of range.
fn apply(hosts: Vec<HostId>, subscript: Option<Subscript>) -> Option<Vec<HostId>> {
    if hosts.is_empty() {
        return Some(hosts);
    }
    match subscript {
        None => Some(hosts),
        Some(Subscript::Index(index)) => at(&hosts, index),
        // As in Ansible: an end of 0 counts as no range.
        Some(Subscript::Range(start, Some(0))) => at(&hosts, i64::try_from(start).ok()?),
        Some(Subscript::Range(start, end)) => {
            let end = end.map_or(hosts.len(), |end| end.saturating_add(1).min(hosts.len()));
            Some(hosts.get(start..end).unwrap_or_default().to_vec())
        }
    }
}

fn at(hosts: &[HostId], index: i64) -> Option<Vec<HostId>> {
    let position = if index < 0 { index + i64::try_from(hosts.len()).ok()? } else { index };
    hosts.get(usize::try_from(position).ok()?).map(|host| vec![*host])
}

//! Errors with the place they come from.

use rplay_engine::{Diagnostic, Link, Notice, NoticeKind, Owner, Removal};
use rplay_value::Origin;
use rplay_yaml::{Source, Span};
use std::fmt::Write;

/// An error as ansible-core 2.19 shows it: the whole chain in one line, then each link with its source, then an
/// empty line.
pub(crate) fn error(diagnostic: &Diagnostic) -> String {
    let mut out = format!("[ERROR]: {}\n", diagnostic.summary());
    let groups: Vec<&[Link]> = diagnostic.links.chunk_by(same_place).collect();
    let several = groups.len() > 1;
    for (index, group) in groups.into_iter().enumerate() {
        if several {
            out.push_str(if index == 0 { "\n" } else { "\n<<< caused by >>>\n\n" });
            out.push_str(&Diagnostic::joined(group));
        }
        match group.first() {
            // Without a place between them, message and help are one line.
            Some(Link { origin: None, help: Some(help), .. }) if several => {
                let _ = writeln!(out, " {help}");
            }
            Some(link) => {
                if several {
                    out.push('\n');
                }
                place(&mut out, link.origin.as_ref(), link.help.as_deref());
            }
            None => {}
        }
    }
    out
}

/// An error outside of results.
pub(crate) fn lone_error(diagnostic: &Diagnostic) -> String {
    apart(&error(diagnostic))
}

/// A message of several lines with an empty one after it.
fn apart(text: &str) -> String {
    let text = text.trim_end();
    if text.contains('\n') { format!("{text}\n") } else { text.to_owned() }
}

/// A cause that knows no more than what it caused is told with it.
fn same_place(outer: &Link, cause: &Link) -> bool {
    let known = cause.origin.as_ref().is_some_and(|origin| origin.line > 0) || cause.help.is_some();
    !known || (cause.origin == outer.origin && (cause.help.is_none() || cause.help == outer.help))
}

fn place(out: &mut String, origin: Option<&Origin>, help: Option<&str>) {
    if let Some(origin) = origin.filter(|origin| origin.line > 0) {
        let _ = writeln!(out, "Origin: {origin}");
        if let Some(excerpt) = excerpt(origin) {
            let _ = write!(out, "\n{excerpt}\n");
        }
    }
    if let Some(help) = help {
        let _ = write!(out, "\n{help}\n");
    }
}

/// A warning as ansible-core 2.19 shows it.
pub(crate) fn notice(notice: &Notice) -> String {
    let message = &notice.message;
    let mut out = match &notice.kind {
        NoticeKind::Warning => format!("[WARNING]: {message}"),
        NoticeKind::Deprecation(removal) => {
            format!("[DEPRECATION WARNING]: {}", sentences(message, &removed(removal)))
        }
    };
    let help = notice.help.as_deref();
    match help {
        Some(help) if notice.origin.is_none() && !out.contains('\n') && !help.contains('\n') => {
            out.push(' ');
            out.push_str(help);
        }
        _ => {
            out.push('\n');
            place(&mut out, notice.origin.as_ref(), help);
        }
    }
    apart(&out)
}

/// When something deprecated goes; nothing of what ansible-core dropped already.
fn removed(removal: &Removal) -> String {
    let Removal { version, date, owner } = removal;
    let when = match (owner, date, version) {
        (None, None, None) => return String::new(),
        (None, _, _) => "in the future".to_owned(),
        (Some(_), Some(date), _) => format!("in a release after {date}"),
        (Some(_), None, Some(version)) => format!("version {version}"),
        (Some(_), None, None) => "in a future release".to_owned(),
    };
    let from = owner.as_ref().map_or_else(String::new, |owner| format!("from {} ", owned(owner)));
    format!("This feature will be removed {from}{when}.")
}

/// What drops it: a plugin in its collection, or the collection.
fn owned(owner: &Owner) -> String {
    let collection = match owner.collection() {
        "ansible.builtin" => "ansible-core".to_owned(),
        other => format!("collection '{other}'"),
    };
    let name = owner.name.strip_prefix(owner.collection()).and_then(|name| name.strip_prefix('.'));
    match (&owner.kind, name) {
        (Some(kind), Some(name)) if kind == "module" => format!("module '{name}' in {collection}"),
        (Some(kind), Some(name)) => format!("{kind} plugin '{name}' in {collection}"),
        _ => collection,
    }
}

fn sentences(first: &str, second: &str) -> String {
    let first = first.trim();
    if second.is_empty() {
        return first.to_owned();
    }
    let stop = if first.ends_with(['!', '?', '.']) { "" } else { "." };
    format!("{first}{stop} {second}")
}

/// The lines around a place, read from the file again; none when that fails.
fn excerpt(origin: &Origin) -> Option<String> {
    let text =
        std::fs::read_to_string(&*origin.file).ok().filter(|text| !text.starts_with("$ANSIBLE_VAULT;"))?;
    let source = Source { name: origin.file.clone(), text: text.into() };
    let span =
        Span { line: origin.line, column: origin.column, end_line: origin.line, end_column: origin.column };
    Some(rplay_yaml::excerpt(&source, span).trim_end_matches('\n').to_owned())
}

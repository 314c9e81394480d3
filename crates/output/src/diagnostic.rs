//! Errors with the place they come from.

use rplay_engine::{Diagnostic, Link, Notice};
use rplay_value::Origin;
use rplay_yaml::{Source, Span};
use std::fmt::Write;

/// An error as ansible-core 2.19 shows it: the whole chain in one line, then each link with its source.
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

/// A warning on one line, with the place when it is known.
pub(crate) fn notice(kind: &str, notice: &Notice) -> String {
    let mut out = format!("[{kind}]: {}\n", notice.message);
    place(&mut out, notice.origin.as_ref(), None);
    out
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

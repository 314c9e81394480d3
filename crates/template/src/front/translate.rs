//! minijinja's parse errors in Jinja's words.

use super::{Form, SyntaxFault, emit::Emitted, token::Token};

enum Found<'e, 'a> {
    Token(&'e Token<'a>),
    /// The end of a tag, with Jinja's name for it.
    End(&'static str),
}

/// The fault Jinja would report for an error of minijinja's parser.
pub(super) fn translate(
    error: &minijinja::Error,
    emitted: &Emitted<'_, '_>,
    form: Form,
    source: &str,
) -> SyntaxFault {
    let offset = error.range().map_or(emitted.text.len(), |range| range.start);
    let (found, at) = found(emitted, offset, source);
    let got = match &found {
        Found::Token(token) => token.describe().to_owned(),
        Found::End(name) => (*name).to_owned(),
    };
    let detail = error.detail().unwrap_or_default();
    let message = match detail.rsplit_once(", expected ") {
        _ if detail.starts_with("mismatching name on block") => {
            let named = detail.split('`').nth(1).unwrap_or_default();
            format!("expected token 'end of statement block', got '{named}'")
        }
        Some((_, "`=`")) => "non-default argument follows default argument".to_owned(),
        Some((_, expected)) => match wanted(expected) {
            // An expression that ends early: Jinja names only what it met.
            "expression" => format!("unexpected '{got}'"),
            "end of print statement" if form == Form::Expression => "chunk after expression".to_owned(),
            wanted if got == "end of template" => format!("unexpected end of template, expected '{wanted}'."),
            wanted => format!("expected token '{wanted}', got '{got}'"),
        },
        None if detail.starts_with("expected call expression") => "expected call".to_owned(),
        None if detail.starts_with("unexpected input after") => "chunk after expression".to_owned(),
        None if detail.starts_with("expected a filter") => format!("expected token 'name', got '{got}'"),
        None if detail.starts_with("unexpected ") => format!("unexpected '{got}'"),
        None if detail.starts_with("non-keyword arg") => {
            "invalid syntax for function call expression".to_owned()
        }
        None => detail.to_owned(),
    };
    if message.starts_with("names starting with an underline") {
        return SyntaxFault::assertion(message, at);
    }
    // Jinja takes a slice among several subscripts, Python does not.
    let several = detail.ends_with("expected `]`") && got == ",";
    let after_slice = message == "unexpected ','" && source[..at.min(source.len())].trim_end().ends_with(':');
    if several || after_slice {
        return SyntaxFault::generated("invalid syntax", at);
    }
    SyntaxFault::new(message, at)
}

fn found<'e, 'a>(emitted: &Emitted<'e, 'a>, offset: usize, source: &str) -> (Found<'e, 'a>, usize) {
    let token = emitted.tokens.partition_point(|(at, _)| *at <= offset).checked_sub(1);
    let tag = emitted.tags.partition_point(|(at, ..)| *at <= offset).checked_sub(1);
    let token = token.and_then(|index| emitted.tokens.get(index).copied());
    let tag = tag.and_then(|index| emitted.tags.get(index));
    match (token, tag) {
        (Some((at, _)), Some((end, place, name))) if *end > at => (Found::End(name), *place),
        (Some((_, token)), _) => (Found::Token(token), token.at),
        (None, Some((_, place, name))) => (Found::End(name), *place),
        (None, None) => (Found::End("end of template"), source.len()),
    }
}

/// Jinja's name of a token minijinja wanted.
fn wanted(expected: &str) -> &str {
    match expected {
        "end of variable block" => "end of print statement",
        "end of block" => "end of statement block",
        "identifier" | "identifier or integer" => "name",
        "assignment operator" => "=",
        // A list in brackets is all that Jinja knows of.
        "comma" | "`]`" => ",",
        // A chain of filters ends where it is not gone on with.
        "`|`" => "end of statement block",
        other => other.trim_matches('`'),
    }
}

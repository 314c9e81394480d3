//! Options of lookups, and `key=value` terms.

use crate::{Ctx, Fault, LookupArgs, Res, Val, filters::util};
use rplay_value::Str;

/// The keyword arguments not read yet.
pub(super) struct Options(Vec<(Str, Val)>);

impl Options {
    /// Splits a call into its terms and options.
    pub(super) fn of(args: LookupArgs) -> (Vec<Val>, Self) {
        (args.terms, Self(args.options))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Val> {
        let index = self.0.iter().position(|(key, _)| &**key == name)?;
        Some(self.0.remove(index).1)
    }

    pub(super) fn text(&mut self, ctx: &mut Ctx<'_>, name: &str, default: &str) -> Res<String> {
        util::text(ctx, self.take(name).filter(|value| !value.is_none()), default)
    }

    pub(super) fn maybe_text(&mut self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<String>> {
        self.take(name).filter(|value| !value.is_none()).map(|value| ctx.str(&value)).transpose()
    }

    /// A boolean option, in any of Ansible's spellings.
    pub(super) fn flag(&mut self, ctx: &mut Ctx<'_>, name: &str, default: bool) -> Res<bool> {
        let Some(value) = self.take(name) else { return Ok(default) };
        let word = ctx.str(&value)?.trim().to_lowercase();
        match word.as_str() {
            "true" | "yes" | "on" | "1" | "y" | "t" => Ok(true),
            "false" | "no" | "off" | "0" | "n" | "f" | "none" | "" => Ok(false),
            other => Err(error(format!("the option '{name}' is not a boolean: {other}"))),
        }
    }

    pub(super) fn int(&mut self, ctx: &mut Ctx<'_>, lookup: &str, name: &str) -> Res<Option<i64>> {
        let Some(value) = self.take(name).filter(|value| !value.is_none()) else { return Ok(None) };
        match decimal(&value) {
            Some(int) => Ok(Some(int)),
            None => Err(invalid_value(lookup, name, "int", &ctx.repr(&value)?)),
        }
    }

    /// Warns of options nobody read: Ansible lets them pass in silence.
    pub(super) fn finish(&self, ctx: &Ctx<'_>, lookup: &str) {
        for (key, _) in &self.0 {
            ctx.warn(&format!("The lookup '{lookup}' has no option '{key}', which is ignored."));
        }
    }
}

/// Ansible's `AnsibleError`.
pub(super) fn error(message: impl Into<String>) -> Fault {
    Fault::raised("AnsibleError", message)
}

/// Ansible's error for the value of a lookup's option.
pub(super) fn invalid_value(lookup: &str, option: &str, kind: &str, shown: &str) -> Fault {
    Fault::raised(
        "AnsibleOptionsError",
        format!(
            "Config '{option}' for '{lookup}' lookup plugin from 'Direct' has an invalid value: Invalid value \
             provided for '{kind}': {shown}"
        ),
    )
}

/// What Ansible's configuration takes for an integer: any decimal number without fraction.
pub(super) fn decimal(value: &Val) -> Option<i64> {
    match value {
        Val::Str(text) => {
            let text = text.trim();
            let whole = crate::filters::number::parse_int(text, 10).and_then(|int| i64::try_from(int).ok());
            let float = || crate::filters::number::parse_float(text).filter(|float| float.fract() == 0.0);
            whole.or_else(|| float().map(|float| float as i64))
        }
        Val::Float(float) if float.fract() == 0.0 => Some(*float as i64),
        other => other.as_int(),
    }
}

/// Words of a term as Ansible's `parse_kv` takes them: `(key, value)` pairs, and the text of all others.
pub(super) fn key_values(term: &str) -> Res<(Vec<(String, String)>, String)> {
    let (mut pairs, mut raw) = (Vec::new(), Vec::new());
    for word in words(term)? {
        let decoded = decode_escapes(&word);
        match split_key(&decoded) {
            Some((key, value)) => pairs.push((key.trim().to_owned(), unquoted(value.trim()).to_owned())),
            None => raw.push(word),
        }
    }
    Ok((pairs, raw.join(" ")))
}

/// The key before the first `=` that no backslash protects.
fn split_key(word: &str) -> Option<(&str, &str)> {
    let at = word.match_indices('=').map(|(at, _)| at).find(|at| !word[..*at].ends_with('\\'))?;
    (at > 0).then(|| (&word[..at], &word[at + 1..]))
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inside;
        }
    }
    text
}

/// Words between blanks outside of quotes, which stay.
fn words(text: &str) -> Res<Vec<String>> {
    let (mut words, mut word, mut quote, mut escaped) = (Vec::new(), String::new(), None, false);
    for char in text.chars() {
        match (quote, char) {
            (None, ' ' | '\n') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') if !escaped => quote = Some(char),
            (Some(open), char) if char == open && !escaped => quote = None,
            _ => {}
        }
        escaped = char == '\\' && !escaped;
        word.push(char);
    }
    if quote.is_some() {
        return Err(Fault::raised(
            "AnsibleParserError",
            "failed at splitting arguments, either an unbalanced jinja2 block or quotes",
        ));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// Python's escapes of characters, decoded; other backslashes stay.
fn decode_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let width = match rest.chars().next() {
            Some('x') => 3,
            Some('u') => 5,
            Some('U') => 9,
            _ => 1,
        };
        let simple = match rest.chars().next() {
            Some('n') => Some('\n'),
            Some('t') => Some('\t'),
            Some('r') => Some('\r'),
            Some('a') => Some('\x07'),
            Some('b') => Some('\x08'),
            Some('f') => Some('\x0c'),
            Some('v') => Some('\x0b'),
            Some(char @ ('\\' | '\'' | '"')) => Some(char),
            _ => rest
                .get(1..width)
                .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                .and_then(char::from_u32),
        };
        match simple {
            Some(char) => {
                out.push(char);
                rest = &rest[width..];
            }
            None => out.push('\\'),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::key_values;

    #[test]
    fn terms_are_read_as_parse_kv_reads_them() {
        for (term, pairs, raw) in [
            ("a file=x", vec![("file", "x")], "a"),
            (
                r#""The Rock" Johnson file=p.csv col=1"#,
                vec![("file", "p.csv"), ("col", "1")],
                r#""The Rock" Johnson"#,
            ),
            (r#"k file="a b.csv" delimiter="\t""#, vec![("file", "a b.csv"), ("delimiter", "\t")], "k"),
            (r"k d=\x1a", vec![("d", "\u{1a}")], "k"),
            (r"a\=b", vec![], r"a\=b"),
            ("", vec![], ""),
        ] {
            let (got, left) = key_values(term).unwrap();
            let got: Vec<_> = got.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            assert_eq!((got, left.as_str()), (pairs, raw), "{term}");
        }
        assert!(key_values("a 'b").is_err());
    }
}

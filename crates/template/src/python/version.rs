//! Version comparison as the `version` test offers it: loose, strict, semantic and PEP 440.

use crate::{Fault, Res};
use num_bigint::BigUint;
use std::cmp::Ordering;

/// How version texts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Loose,
    Strict,
    Semantic,
    Pep440,
}

/// Orders two version texts.
pub(crate) fn compare(scheme: Scheme, a: &str, b: &str) -> Res<Ordering> {
    match scheme {
        Scheme::Loose => loose_order(&loose(a), &loose(b)),
        Scheme::Strict => Ok(strict(a)?.cmp(&strict(b)?)),
        Scheme::Semantic => Ok(semantic(a)?.cmp(&semantic(b)?)),
        Scheme::Pep440 => Ok(pep440(a)?.cmp(&pep440(b)?)),
    }
}

/// A component of a loose version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Number(BigUint),
    Text(String),
}

/// Splits at numbers, lower-case ASCII words and dots, dropping the dots.
pub(crate) fn loose(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = class_of(first);
        let end = match class {
            Class::Dot => 1,
            _ => rest
                .char_indices()
                .find(|(_, char)| class_of(*char) != class)
                .map_or(rest.len(), |(at, _)| at),
        };
        let (part, after) = rest.split_at(end);
        rest = after;
        match class {
            Class::Dot => {}
            Class::Digit => {
                parts.push(decimal(part).map_or_else(|| Part::Text(part.to_owned()), Part::Number))
            }
            Class::Lower | Class::Other => parts.push(Part::Text(part.to_owned())),
        }
    }
    parts
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Class {
    Digit,
    Lower,
    Dot,
    Other,
}

fn class_of(char: char) -> Class {
    match char {
        '.' => Class::Dot,
        'a'..='z' => Class::Lower,
        '0'..='9' => Class::Digit,
        _ => Class::Other,
    }
}

fn decimal(text: &str) -> Option<BigUint> {
    text.parse().ok()
}

/// Python's comparison of two lists of numbers and strings.
pub(crate) fn loose_order(a: &[Part], b: &[Part]) -> Res<Ordering> {
    for (a, b) in a.iter().zip(b) {
        let order = match (a, b) {
            (Part::Number(a), Part::Number(b)) => a.cmp(b),
            (Part::Text(a), Part::Text(b)) => a.cmp(b),
            (Part::Number(_), Part::Text(_)) => return Err(mixed("int", "str")),
            (Part::Text(_), Part::Number(_)) => return Err(mixed("str", "int")),
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(a.len().cmp(&b.len()))
}

fn mixed(a: &str, b: &str) -> Fault {
    Fault::type_error(format!("'<' not supported between instances of '{a}' and '{b}'"))
}

type Strict = ([BigUint; 3], (bool, u8, BigUint));

/// `N.N[.N][aN|bN]`; a version with a pre-release comes before the one without.
fn strict(text: &str) -> Res<Strict> {
    parse_strict(text).ok_or_else(|| Fault::value_error(format!("invalid version number '{text}'")))
}

fn parse_strict(text: &str) -> Option<Strict> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (numbers, pre) = match text.find(['a', 'b']) {
        Some(at) => (&text[..at], Some((text.as_bytes()[at], digits(&text[at + 1..])?))),
        None => (text, None),
    };
    let numbers: Vec<BigUint> = numbers.split('.').map(digits).collect::<Option<_>>()?;
    let [major, minor, patch @ ..] = numbers.as_slice() else { return None };
    let patch = match patch {
        [] => BigUint::ZERO,
        [patch] => patch.clone(),
        _ => return None,
    };
    let (final_release, letter, number) = match pre {
        Some((letter, number)) => (false, letter, number),
        None => (true, 0, BigUint::ZERO),
    };
    Some(([major.clone(), minor.clone(), patch], (final_release, letter, number)))
}

fn digits(text: &str) -> Option<BigUint> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// A semantic version's order: core numbers, then pre-release (numbers before words, none last).
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Semantic {
    core: Vec<BigUint>,
    release: bool,
    pre: Vec<Identifier>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(BigUint),
    Word(String),
}

fn semantic(text: &str) -> Res<Semantic> {
    parse_semantic(text).ok_or_else(|| Fault::value_error(format!("invalid semantic version '{text}'")))
}

fn parse_semantic(text: &str) -> Option<Semantic> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if build.is_some_and(|build| !build.split('.').all(word)) {
        return None;
    }
    let (core, pre) = match rest.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (rest, None),
    };
    let number = |part: &str| digits(part).filter(|_| part == "0" || !part.starts_with('0'));
    let core: Vec<BigUint> = core.split('.').map(number).collect::<Option<_>>()?;
    if core.len() != 3 {
        return None;
    }
    let identifier = |part: &str| {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            return number(part).map(Identifier::Number);
        }
        word(part).then(|| Identifier::Word(part.to_owned()))
    };
    let identifiers = |pre: &str| pre.split('.').map(identifier).collect::<Option<Vec<_>>>();
    let pre_release = match pre {
        Some(pre) => identifiers(pre)?,
        None => Vec::new(),
    };
    Some(Semantic { core, release: pre.is_none(), pre: pre_release })
}

/// A PEP 440 version as its sort key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pep440 {
    epoch: BigUint,
    release: Vec<BigUint>,
    pre: (u8, u8, BigUint),
    post: Option<BigUint>,
    /// A development release comes before the release: absent sorts last.
    dev: (bool, BigUint),
    local: Option<Vec<LocalPart>>,
}

/// Words of a local version come before numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum LocalPart {
    Word(String),
    Number(BigUint),
}

fn pep440(text: &str) -> Res<Pep440> {
    parse_pep440(text).ok_or_else(|| {
        Fault::raised("InvalidVersion", format!("Invalid version: {}", rplay_value::str_repr(text)))
    })
}

struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn number(&mut self) -> Option<BigUint> {
        let end = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let number = digits(&self.0[..end])?;
        self.0 = &self.0[end..];
        Some(number)
    }
    fn eat(&mut self, word: &str) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
    fn separator(&mut self) -> bool {
        self.eat(".") || self.eat("-") || self.eat("_")
    }
    /// `[-_.]?word[-_.]?N?`; the number is 0 where it is missing.
    fn labelled(&mut self, words: &[(&str, u8)]) -> Option<(u8, BigUint)> {
        let before = self.0;
        self.separator();
        for (word, rank) in words {
            if self.eat(word) {
                let after = self.0;
                self.separator();
                let number = self.number().unwrap_or_else(|| {
                    self.0 = after;
                    BigUint::ZERO
                });
                return Some((*rank, number));
            }
        }
        self.0 = before;
        None
    }
}

const PRE: [(&str, u8); 8] =
    [("alpha", 0), ("beta", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("a", 0), ("b", 1), ("c", 2)];
const POST: [(&str, u8); 3] = [("post", 0), ("rev", 0), ("r", 0)];

fn parse_pep440(text: &str) -> Option<Pep440> {
    let lower = text.trim().to_lowercase();
    let mut cursor = Cursor(&lower);
    cursor.eat("v");
    let mut epoch = BigUint::ZERO;
    let mut release = vec![cursor.number()?];
    if cursor.eat("!") {
        epoch = release.remove(0);
        release.push(cursor.number()?);
    }
    loop {
        let before = cursor.0;
        if !cursor.eat(".") {
            break;
        }
        match cursor.number() {
            Some(number) => release.push(number),
            None => {
                cursor.0 = before;
                break;
            }
        }
    }
    let pre = cursor.labelled(&PRE);
    let post = implicit_post(&mut cursor).or_else(|| cursor.labelled(&POST).map(|(_, number)| number));
    let dev = cursor.labelled(&[("dev", 0)]).map(|(_, number)| number);
    let local = if cursor.eat("+") { Some(local(&mut cursor)?) } else { None };
    if !cursor.0.is_empty() {
        return None;
    }
    while release.len() > 1 && release.last() == Some(&BigUint::ZERO) {
        release.pop();
    }
    let pre = match pre {
        Some((rank, number)) => (1, rank, number),
        None if post.is_none() && dev.is_some() => (0, 0, BigUint::ZERO),
        None => (2, 0, BigUint::ZERO),
    };
    let dev = dev.map_or((true, BigUint::ZERO), |number| (false, number));
    Some(Pep440 { epoch, release, pre, post, dev, local })
}

/// `1.0-1`
fn implicit_post(cursor: &mut Cursor<'_>) -> Option<BigUint> {
    let before = cursor.0;
    if cursor.eat("-") {
        if let Some(number) = cursor.number() {
            return Some(number);
        }
    }
    cursor.0 = before;
    None
}

fn local(cursor: &mut Cursor<'_>) -> Option<Vec<LocalPart>> {
    let mut parts = Vec::new();
    loop {
        let end = cursor.0.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (part, rest) = cursor.0.split_at(end);
        if part.is_empty() {
            return None;
        }
        parts.push(digits(part).map_or_else(|| LocalPart::Word(part.to_owned()), LocalPart::Number));
        cursor.0 = rest;
        if !cursor.separator() {
            return Some(parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_each_scheme_does() {
        use Ordering::*;
        for (scheme, a, b, order) in [
            (Scheme::Loose, "1.10", "1.9", Greater),
            (Scheme::Loose, "1.0", "1.0.0", Less),
            (Scheme::Loose, "1.0a", "1.0", Greater),
            (Scheme::Strict, "1.0a1", "1.0", Less),
            (Scheme::Semantic, "1.0.0-rc.1", "1.0.0", Less),
            (Scheme::Semantic, "1.0.0-alpha", "1.0.0-1", Greater),
            (Scheme::Pep440, "1.0.dev1", "1.0a1", Less),
            (Scheme::Pep440, "1.0.post1", "1.0", Greater),
            (Scheme::Pep440, "1.0+a", "1.0", Greater),
            (Scheme::Pep440, "1!0.1", "2.0", Greater),
        ] {
            assert_eq!(compare(scheme, a, b).ok(), Some(order), "{scheme:?} {a} {b}");
        }
    }
}

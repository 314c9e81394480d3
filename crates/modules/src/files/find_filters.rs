//! The criteria of `find` that need more than a number: names, amounts with units, content.

use crate::Failure;
use crate::text::glob;
use rplay_pyre::{Error, Flags, Pattern, from_bytes};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};

/// Patterns of names: one of these must fit, none of those may.
pub(super) struct Names {
    wanted: Vec<Name>,
    unwanted: Vec<Name>,
}

enum Name {
    Glob(String),
    Regex(Pattern),
}

impl Name {
    fn new(pattern: &str, regex: bool) -> Result<Self, Failure> {
        if regex {
            return Ok(Self::Regex(Pattern::new(pattern, Flags::default())?));
        }
        Ok(Self::Glob(pattern.to_owned()))
    }

    fn fits(&self, name: &str) -> Result<bool, Error> {
        match self {
            Self::Glob(pattern) => Ok(glob::matches(pattern, name)),
            Self::Regex(pattern) => pattern.starts(name),
        }
    }
}

impl Names {
    pub(super) fn new(wanted: &[String], unwanted: &[String], regex: bool) -> Result<Self, Failure> {
        let compiled = |patterns: &[String]| {
            patterns.iter().map(|pattern| Name::new(pattern, regex)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { wanted: compiled(wanted)?, unwanted: compiled(unwanted)? })
    }

    pub(super) fn fit(&self, name: &str) -> Result<bool, Error> {
        let mut fits = self.wanted.is_empty();
        for pattern in &self.wanted {
            if pattern.fits(name)? {
                fits = true;
                break;
            }
        }
        if !fits {
            return Ok(false);
        }
        for pattern in &self.unwanted {
            if pattern.fits(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A whole number with an optional unit.
pub(super) fn amount(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let text = text.to_lowercase();
    let unit = text.chars().next_back().and_then(|last| units.iter().find(|(letter, _)| *letter == last));
    let (number, factor) = match unit {
        Some((letter, factor)) => (text.strip_suffix(*letter)?, *factor),
        None => (text.as_str(), 1),
    };
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(factor)
}

/// How files are read as text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Utf8,
    Ascii,
    Latin1,
}

impl Reading {
    pub(super) fn of(encoding: Option<&str>) -> Result<Self, Failure> {
        let Some(encoding) = encoding else { return Ok(Self::Utf8) };
        match encoding.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
            "utf8" | "u8" => Ok(Self::Utf8),
            "ascii" | "usascii" => Ok(Self::Ascii),
            "latin1" | "iso88591" | "l1" => Ok(Self::Latin1),
            _ => Err(Failure::new(format!(
                "encoding {encoding} is not supported; use utf-8, ascii or latin-1"
            ))),
        }
    }

    fn text(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Self::Ascii => bytes.is_ascii().then(|| from_bytes(bytes).into_owned()),
            Self::Latin1 => Some(from_bytes(bytes).into_owned()),
        }
    }
}

/// A search of content.
pub(super) struct Scan {
    pattern: Pattern,
    reading: Reading,
    whole: bool,
}

/// What a search of a file came to.
pub(super) enum Scanned {
    Fits,
    Differs,
    Undecodable,
}

impl Scan {
    pub(super) fn new(pattern: &str, reading: Reading, whole: bool) -> Result<Self, Failure> {
        Ok(Self { pattern: Pattern::new(pattern, Flags::default())?, reading, whole })
    }

    /// What cannot be read does not fit.
    pub(super) fn file(&self, file: File) -> Result<Scanned, Error> {
        let mut file = BufReader::new(file);
        if self.whole {
            let mut content = Vec::new();
            if file.read_to_end(&mut content).is_err() {
                return Ok(Scanned::Differs);
            }
            let Some(text) = self.reading.text(&content) else { return Ok(Scanned::Undecodable) };
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            return Ok(if self.pattern.is_found(&text)? { Scanned::Fits } else { Scanned::Differs });
        }
        let mut line = Vec::new();
        loop {
            line.clear();
            match file.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return Ok(Scanned::Differs),
                Ok(_) => {}
            }
            let Some(text) = self.reading.text(&line) else { return Ok(Scanned::Undecodable) };
            // Python reads `\r\n` and a lone `\r` as line ends too.
            let text = text.replace("\r\n", "\n");
            for part in text.split_inclusive('\r') {
                if self.pattern.starts(part)? {
                    return Ok(Scanned::Fits);
                }
            }
        }
    }
}

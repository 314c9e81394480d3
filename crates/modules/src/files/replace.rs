//! `replace`: all matches of a pattern in a file, replaced.

use super::edit::{Edit, Report, read};
use crate::args::ModuleArgs;
use crate::{Failure, FileArgs, ModuleResult, Plan, System};
use rplay_pyre::{Flags, Pattern, from_bytes, to_bytes};
use std::borrow::Cow;
use std::path::PathBuf;

/// Replace all matches of a pattern within a file.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The file.
    #[arg(aliases("dest", "destfile", "name"))]
    path: PathBuf,
    /// The pattern; `^` and `$` mean line ends.
    regexp: String,
    /// What stands in place of matches; groups may be named.
    #[arg(default = "")]
    replace: String,
    /// Only what comes after the match of this pattern is worked on.
    after: Option<String>,
    /// Only what comes before the match of this pattern is worked on.
    before: Option<String>,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    backup: bool,
    /// A command that checks the new file, `%s` being its name.
    validate: Option<String>,
    /// The file's encoding: `utf-8`, `ascii` or `latin-1`.
    #[arg(default = "utf-8")]
    encoding: String,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

/// How the file's bytes are read as text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As UTF-8.
    Text,
    /// Byte for byte in ISO 8859-1.
    Latin1,
    /// Not valid as UTF-8: byte for byte, patterns in UTF-8, so that nothing is lost.
    Bytes,
}

impl Reading {
    fn of(encoding: &str, content: &[u8]) -> Result<Self, Failure> {
        match encoding.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
            "latin1" | "iso88591" | "l1" => Ok(Self::Latin1),
            "utf8" | "u8" | "ascii" | "usascii" if std::str::from_utf8(content).is_ok() => Ok(Self::Text),
            "utf8" | "u8" | "ascii" | "usascii" => Ok(Self::Bytes),
            _ => Err(Failure::new(format!(
                "encoding {encoding} is not supported; use utf-8, ascii or latin-1"
            ))),
        }
    }

    fn content(self, bytes: &[u8]) -> Cow<'_, str> {
        if self == Self::Text { String::from_utf8_lossy(bytes) } else { from_bytes(bytes) }
    }

    /// A pattern or replacement in the terms of the content.
    fn given(self, text: &str) -> Cow<'_, str> {
        if self == Self::Bytes { from_bytes(text.as_bytes()) } else { Cow::Borrowed(text) }
    }

    fn back(self, text: &str) -> Result<Vec<u8>, Failure> {
        if self == Self::Text {
            return Ok(text.as_bytes().to_vec());
        }
        match text.chars().find(|letter| u32::from(*letter) > 255) {
            Some(letter) => Err(Failure::new(format!("'latin-1' codec can't encode character {letter:?}"))),
            None => Ok(to_bytes(text)),
        }
    }

    fn pattern(self, text: &str, flags: Flags) -> Result<Pattern, Failure> {
        let flags = Flags { ascii: self == Self::Bytes, ..flags };
        Ok(Pattern::new(&self.given(text), flags)?)
    }
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let Some(bytes) = read(&args.path, sys)? else {
        let msg = format!("Path {} does not exist !", args.path.display());
        return Err(Failure::new(msg).rc(257));
    };
    let reading = Reading::of(&args.encoding, &bytes)?;
    let content = reading.content(&bytes);
    let section = match section_pattern(&args) {
        None => 0..content.len(),
        Some(pattern) => {
            let compiled = reading.pattern(&pattern, Flags { dot_all: true, ..Flags::default() })?;
            let captures = compiled.search(&content)?;
            let Some(found) = captures.and_then(|captures| captures.name("subsection")) else {
                let msg = format!("Pattern for before/after params did not match the given file: {pattern}");
                return Ok(Plan::done(ModuleResult::unchanged().with("msg", msg).with("rc", 0)));
            };
            found.start()..found.end()
        }
    };
    let pattern = reading.pattern(&args.regexp, Flags { multi_line: true, ..Flags::default() })?;
    let (made, count) = pattern
        .subn(&content[section.clone()], &reading.given(&args.replace), 0)
        .map_err(|why| Failure::new(format!("Unable to process replace due to error: {why}")))?;
    let changed = count > 0 && made != content[section.clone()];
    let after = if changed {
        let whole = [&content[..section.start], &made, &content[section.end..]].concat();
        reading.back(&whole)?
    } else {
        Vec::new()
    };
    let msg = if changed { format!("{count} replacements made") } else { String::new() };
    drop(content);
    let edit = Edit {
        path: args.path,
        before: Some(bytes),
        after,
        changed,
        msg,
        fields: vec![("rc", 0.into())],
        backup: args.backup,
        validate: args.validate,
        file: args.file,
        report: Report::Replace,
    };
    edit.plan(sys)
}

/// The pattern whose group is the part of the file that is worked on.
fn section_pattern(args: &Args) -> Option<String> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    match (given(&args.after), given(&args.before)) {
        (Some(after), Some(before)) => Some(format!("{after}(?P<subsection>.*?){before}")),
        (Some(after), None) => Some(format!("{after}(?P<subsection>.*)")),
        (None, Some(before)) => Some(format!("(?P<subsection>.*){before}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::{Value, json};

    fn run(before: &[u8], mut args: Value) -> (Vec<u8>, Value) {
        let bench = Bench::new();
        std::fs::write(bench.path("f"), before).unwrap();
        args["path"] = json!("@f");
        let result = bench.run("replace", args);
        (std::fs::read(bench.path("f")).unwrap(), result["msg"].clone())
    }

    #[test]
    fn matches_are_replaced_as_ansible_replaces_them() {
        let table: [(&[u8], Value, &[u8], &str); 6] = [
            (b"a\nb\na\n", json!({"regexp": "^a$", "replace": "x"}), b"x\nb\nx\n", "2 replacements made"),
            (b"k=v\n", json!({"regexp": "(k)=v", "replace": "\\1=w"}), b"k=w\n", "1 replacements made"),
            (b"a\n", json!({"regexp": "a", "replace": "a"}), b"a\n", ""),
            (
                b"1[a\na]a\n",
                json!({"regexp": "a", "replace": "x", "after": "\\[", "before": "\\]"}),
                b"1[x\nx]a\n",
                "2 replacements made",
            ),
            (
                b"a\xff\n",
                json!({"regexp": "a", "replace": "\u{e9}"}),
                b"\xc3\xa9\xff\n",
                "1 replacements made",
            ),
            (
                b"a\n",
                json!({"regexp": "a", "after": "zz"}),
                b"a\n",
                "Pattern for before/after params did not match the given file: zz(?P<subsection>.*)",
            ),
        ];
        for (before, args, after, msg) in table {
            assert_eq!(run(before, args.clone()), (after.to_vec(), json!(msg)), "{args}");
        }
    }
}

//! Writing back an edited text file: backup, validation, replacement, attributes.

use super::file::text;
use crate::args::Value;
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System, validate_command};
use std::path::{Path, PathBuf};

/// How modules differ in what they report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// `backup` always (empty without one), a diff of content and one of attributes.
    LineInFile,
    /// `backup_file` when there is one, a diff of content and one of attributes.
    BlockInFile,
    /// `backup_file` when there is one, a diff of content only where it changes.
    Replace,
}

/// A decided edit.
pub(super) struct Edit {
    /// The file as the task names it.
    pub(super) path: PathBuf,
    /// What is in it; `None`: there is no such file.
    pub(super) before: Option<Vec<u8>>,
    /// What is to be in it.
    pub(super) after: Vec<u8>,
    /// Whether the content is to be written.
    pub(super) changed: bool,
    /// What happened, in the module's words.
    pub(super) msg: String,
    /// Fields of the result that are the module's own.
    pub(super) fields: Vec<(&'static str, Value)>,
    /// Keep a copy of the old file.
    pub(super) backup: bool,
    /// A command that checks the new content.
    pub(super) validate: Option<String>,
    /// Mode, owner and the like.
    pub(super) file: FileArgs,
    /// Which module reports.
    pub(super) report: Report,
}

impl Edit {
    /// The plan that carries it out, or the finished result.
    pub(super) fn plan(self, sys: &System) -> Result<Plan, Failure> {
        let attributes = sys.compare_attributes(&self.path, &self.file)?;
        let mut differences = Diff::default();
        attributes.describe(&mut differences);
        let result = self.result(!attributes.is_empty(), differences, None, sys);
        if !result.changed {
            return Ok(Plan::done(result));
        }
        Ok(Plan::change(result, move |sys, _| self.apply(sys)))
    }

    fn apply(self, sys: &System) -> Result<ModuleResult, Failure> {
        let mut backup = None;
        if self.changed {
            if let Some(dir) = self.path.parent().filter(|_| self.before.is_none()) {
                sys.make_dirs(dir)
                    .map_err(|error| Failure::new(format!("Error creating {} ({error})", dir.display())))?;
            }
            if self.backup {
                backup = sys.backup_local(&self.path)?;
            }
            self.write(sys)?;
        }
        let mut differences = Diff::default();
        let mended = sys.ensure_attributes(&self.path, &self.file, Some(&mut differences))?;
        Ok(self.result(mended, differences, backup, sys))
    }

    fn write(&self, sys: &System) -> Result<(), Failure> {
        // A link stays one: its target is what changes.
        let target = sys.real_path(&self.path);
        let staged = sys.stage(&target, &mut self.after.as_slice())?;
        if let Some(command) = self.validate.as_ref().filter(|command| !command.is_empty()) {
            let said = validate_command::run(command, staged.path(), sys)?;
            if said.rc != 0 {
                let why = format!("failed to validate: rc:{} error:{}", said.rc, said.stderr_text());
                return Err(Failure::new(why));
            }
        }
        Ok(sys.replace(staged, &target, self.file.unsafe_writes)?)
    }

    fn result(&self, mended: bool, differences: Diff, backup: Option<PathBuf>, sys: &System) -> ModuleResult {
        let mut result = ModuleResult { changed: self.changed || mended, ..ModuleResult::default() };
        let joint = if self.changed && mended { " and " } else { "" };
        let more = if mended { "ownership, perms or SE linux context changed" } else { "" };
        for (key, value) in &self.fields {
            result.set(key, value.clone());
        }
        result.set("msg", format!("{}{joint}{more}", self.msg));
        let copy = backup.map(|path| text(&path));
        match (self.report, copy) {
            (Report::LineInFile, copy) => result.set("backup", copy.unwrap_or_default()),
            (_, Some(copy)) => result.set("backup_file", copy),
            (_, None) => {}
        }
        match self.report {
            _ if sys.diff() => self.add_diffs(&mut result, differences, sys.check_mode()),
            Report::Replace => {}
            _ => result.set("diff", self.nothing_told(sys.check_mode())),
        }
        result
    }

    /// The frames of the differences, which Ansible's modules give to those who do not ask for any too.
    fn nothing_told(&self, check_mode: bool) -> Value {
        let header = |of: &str| format!("{} ({of})", self.path.display());
        let mut told = vec![Diff::new("", "").headers(header("content"), header("content")).into()];
        if self.before.is_some() || !check_mode {
            let header = header("file attributes");
            told.push(Diff::default().headers(header.clone(), header).into());
        }
        Value::Array(told)
    }

    fn add_diffs(&self, result: &mut ModuleResult, differences: Diff, check_mode: bool) {
        let before = String::from_utf8_lossy(self.before.as_deref().unwrap_or_default());
        let content = Diff::new(before, String::from_utf8_lossy(&self.after));
        let name = self.path.display();
        if self.report == Report::Replace {
            if self.changed {
                result.diff.push(content.headers(name.to_string(), name.to_string()));
            }
            return;
        }
        result.diff.push(content.headers(format!("{name} (content)"), format!("{name} (content)")));
        if self.before.is_some() || !check_mode {
            let header = format!("{name} (file attributes)");
            result.diff.push(differences.headers(header.clone(), header));
        }
    }
}

/// The content of a file to be edited; `None` when there is none.
///
/// # Errors
/// It is a directory (said with `word`, as the modules differ in it), or cannot be read.
pub(super) fn read(path: &Path, sys: &System) -> Result<Option<Vec<u8>>, Failure> {
    if sys.is_dir(path) {
        return Err(Failure::new(format!("Path {} is a directory !", path.display())).rc(256));
    }
    if !sys.exists(path) {
        return Ok(None);
    }
    Ok(Some(sys.read(path)?))
}

/// Lines with their ends: after `\n` only, as Python's `readlines` of bytes.
pub(super) fn lines(content: &[u8]) -> Vec<Vec<u8>> {
    content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Lines with their ends: after `\n`, `\r\n` and `\r`, as Python's `bytes.splitlines(True)`.
pub(super) fn split_lines(content: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut begin, mut at) = (Vec::new(), 0, 0);
    while at < content.len() {
        let pair = content[at] == b'\r' && content.get(at + 1) == Some(&b'\n');
        let ends = matches!(content[at], b'\n' | b'\r');
        at += 1 + usize::from(pair);
        if ends {
            found.push(content[begin..at].to_vec());
            begin = at;
        }
    }
    if begin < content.len() {
        found.push(content[begin..].to_vec());
    }
    found
}

/// A line without the `\r` and `\n` at its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &line[..end]
}

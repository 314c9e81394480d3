//! The list of targets and the reasons why some do not pass.

use std::collections::BTreeMap;
use std::path::Path;

use super::recap::Expected;
use crate::error::{Result, TaskError};

/// A line of the list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The target's name.
    pub(crate) target: String,
    /// What it is about: `engine`, `cli`, `module:NAME`; or what it brings that is written in Python: `plugin`,
    /// `pymodule`.
    pub(crate) class: String,
    /// What the reference counts.
    pub(crate) recap: Expected,
    /// Whether its helper scripts import ansible's Python library.
    pub(crate) pylib: bool,
    /// About how long it takes. Seconds.
    pub(crate) seconds: f64,
}

impl Entry {
    /// The class without the module's name.
    pub(crate) fn kind(&self) -> &str {
        self.class.split(':').next().unwrap_or(&self.class)
    }

    fn parse(line: &str) -> Option<Self> {
        let [target, class, recap, pylib, seconds] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        Some(Self {
            target: target.to_owned(),
            class: class.to_owned(),
            recap: Expected::parse(recap)?,
            pylib: match pylib {
                "yes" => true,
                "no" => false,
                _ => return None,
            },
            seconds: seconds.parse().ok()?,
        })
    }

    fn line(&self) -> String {
        let Self { target, class, recap, pylib, seconds } = self;
        format!("{target}\t{class}\t{recap}\t{}\t{seconds:.1}", if *pylib { "yes" } else { "no" })
    }
}

/// The list as a file: what stands above the entries is kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List {
    comment: String,
    /// The entries, by name.
    pub(crate) entries: Vec<Entry>,
}

impl List {
    /// Reads the list.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Self::parse(&read(path)?).map_err(|line| wrong(path, &line))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let comment = comments(text).map(|line| format!("{line}\n")).collect();
        let entries: Result<Vec<_>, String> =
            lines(text).map(|line| Entry::parse(line).ok_or_else(|| line.to_owned())).collect();
        Ok(Self { comment, entries: entries? })
    }

    /// Writes the list.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        std::fs::write(path, self.text()).map_err(TaskError::io("cannot write", path))
    }

    fn text(&self) -> String {
        let lines: String = self.entries.iter().map(|entry| entry.line() + "\n").collect();
        format!("{}{lines}", self.comment)
    }
}

/// Why targets do not pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reasons(BTreeMap<String, String>);

impl Reasons {
    /// Reads the reasons for targets of `list`.
    pub(crate) fn read(path: &Path, list: &List) -> Result<Self> {
        let reasons = Self::parse(&read(path)?).map_err(|line| wrong(path, &line))?;
        let known = |name: &String| list.entries.iter().any(|entry| entry.target == *name);
        match reasons.0.keys().find(|name| !known(name)) {
            None => Ok(reasons),
            Some(name) => Err(wrong(path, &format!("{name} is not in the list of targets"))),
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reasons = BTreeMap::new();
        for line in lines(text) {
            let pair = line.split_once('\t').filter(|(_, reason)| !reason.trim().is_empty());
            let (target, reason) = pair.ok_or_else(|| line.to_owned())?;
            if reasons.insert(target.to_owned(), reason.to_owned()).is_some() {
                return Err(format!("{target} stands twice"));
            }
        }
        Ok(Self(reasons))
    }

    /// Why `target` does not pass, if it is known not to.
    pub(crate) fn of(&self, target: &str) -> Option<&str> {
        self.0.get(target).map(String::as_str)
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| line.starts_with('#'))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(TaskError::io("cannot read", path))
}

fn wrong(path: &Path, line: &str) -> TaskError {
    TaskError::Failed(format!("{}: not understood: {line}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# target\tclass\nloops\tengine\t1,2,0,0,0,0,0,0\tno\t3.5\ncopy\tmodule:copy\t1,*,0,0,0,0,0,0\tyes\t9.0\n";

    #[test]
    fn a_list_is_written_as_it_was_read() {
        let list = List::parse(LIST);
        assert_eq!(list.as_ref().map(List::text).as_deref(), Ok(LIST));
        let kinds: Vec<_> =
            list.iter().flat_map(|list| &list.entries).map(|entry| (entry.kind(), entry.pylib)).collect();
        assert_eq!(kinds, [("engine", false), ("module", true)]);
    }

    #[test]
    fn lines_not_understood_are_named() {
        for line in [
            "loops",
            "a\tengine\t1,2\tno\t1",
            "a\tengine\t1,2,0,0,0,0,0,0\tmaybe\t1",
            "a\te\t1,2,0,0,0,0,0,0\tno\tx",
        ] {
            assert_eq!(List::parse(line), Err(line.to_owned()));
        }
    }

    #[test]
    fn reasons_need_words_and_stand_once() {
        let reasons = Reasons::parse("# target\treason\nasync\tneeds Python\n");
        assert_eq!(reasons.as_ref().map(|reasons| reasons.of("async")), Ok(Some("needs Python")));
        assert_eq!(reasons.as_ref().map(|reasons| reasons.of("loops")), Ok(None));
        assert_eq!(Reasons::parse("async\n"), Err("async".to_owned()));
        assert_eq!(Reasons::parse("async\t \n"), Err("async\t ".to_owned()));
        assert_eq!(Reasons::parse("a\tb\na\tc\n"), Err("a stands twice".to_owned()));
    }

    #[test]
    fn the_projects_own_files_are_understood() -> Result<()> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
        let list = List::read(&dir.join("targets.tsv"))?;
        assert!(list.entries.is_sorted_by(|a, b| a.target < b.target));
        Reasons::read(&dir.join("reasons.tsv"), &list).map(drop)
    }
}

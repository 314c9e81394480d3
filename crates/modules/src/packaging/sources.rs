//! One-line sources of apt: `/etc/apt/sources.list` and the `*.list` files beside it.

use crate::{Failure, System};
use std::path::{Path, PathBuf};

pub(super) const LIST: &str = "/etc/apt/sources.list";
pub(super) const PARTS: &str = "/etc/apt/sources.list.d";

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    valid: bool,
    enabled: bool,
    source: String,
    comment: String,
}

impl Line {
    fn parse(line: &str) -> Self {
        let line = line.trim();
        let (enabled, line) = line.strip_prefix('#').map_or((true, line), |rest| (false, rest));
        let (line, comment) = match line.find('#').filter(|at| *at > 0) {
            Some(at) => (&line[..at], line[at + 1..].trim()),
            None => (line, ""),
        };
        let valid = line.split_whitespace().next().is_some_and(|kind| ["deb", "deb-src"].contains(&kind));
        let source = if valid {
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            line.trim().to_owned()
        };
        Self { valid, enabled, source, comment: comment.to_owned() }
    }

    fn text(&self) -> String {
        let mark = if self.enabled { "" } else { "# " };
        let comment = if self.comment.is_empty() { String::new() } else { format!(" # {}", self.comment) };
        format!("{mark}{}{comment}\n", self.source)
    }
}

/// A file of sources.
#[derive(Clone, Debug)]
struct List {
    path: PathBuf,
    lines: Vec<Line>,
}

impl List {
    fn text(&self) -> String {
        self.lines.iter().map(Line::text).collect()
    }
}

/// All one-line sources of the host.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    lists: Vec<List>,
}

/// A file to be written, or (without lines) to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: PathBuf,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) new: bool,
}

impl Sources {
    pub(super) fn read(sys: &System) -> Result<Self, Failure> {
        let mut paths = vec![PathBuf::from(LIST)];
        if sys.is_dir(PARTS) {
            let parts = sys.read_dir(PARTS)?;
            paths.extend(parts.into_iter().filter(|path| path.extension().is_some_and(|end| end == "list")));
        }
        let mut lists = Vec::new();
        for path in paths.into_iter().filter(|path| sys.exists(path)) {
            let lines = sys.read_text(&path)?.lines().map(Line::parse).collect();
            // A link's target is written, so that the link stays.
            lists.push(List { path: sys.real_path(&path), lines });
        }
        Ok(Self { lists })
    }

    /// Adds a source, or enables it where it stands already.
    pub(super) fn add(&mut self, source: &str, file: &Path) {
        let mut found = false;
        for line in self.lists.iter_mut().flat_map(|list| &mut list.lines) {
            if line.valid && line.source == source {
                line.enabled = true;
                found = true;
            }
        }
        if found {
            return;
        }
        let line = Line { valid: true, enabled: true, source: source.to_owned(), comment: String::new() };
        match self.lists.iter_mut().find(|list| list.path == file) {
            Some(list) => list.lines.push(line),
            None => self.lists.push(List { path: file.to_owned(), lines: vec![line] }),
        }
    }

    pub(super) fn remove(&mut self, source: &str) {
        for list in &mut self.lists {
            list.lines.retain(|line| !(line.valid && line.enabled && line.source == source));
        }
    }

    /// What differs from before.
    pub(super) fn changes(&self, before: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for list in &self.lists {
            let known = before.lists.iter().find(|known| known.path == list.path);
            let (old, after) = (known.map(List::text).unwrap_or_default(), list.text());
            if old != after {
                changes.push(Change { path: list.path.clone(), before: old, after, new: known.is_none() });
            }
        }
        changes
    }
}

/// The source of a repository as it is written, blanks made one; `None` when it is none.
pub(super) fn normal(repo: &str) -> Option<String> {
    let line = Line::parse(repo);
    (line.valid && line.enabled).then_some(line.source)
}

/// The name of a new list, made from the source's address as Ansible makes it.
pub(super) fn file_name(source: &str) -> String {
    let mut text = source.to_owned();
    while let (Some(open), Some(close)) = (text.find('['), text.find(']')) {
        if close < open {
            break;
        }
        text.replace_range(open..=close, "");
    }
    let address = text.split_whitespace().find(|word| !["deb", "deb-src"].contains(word)).unwrap_or_default();
    let bare = address.split_once("://").map_or(address, |(_, bare)| bare);
    let bare = bare.split_once('@').map_or(bare, |(_, host)| host);
    let parts = bare.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    format!("{}.list", parts.collect::<Vec<_>>().join("_"))
}

#[cfg(test)]
mod tests {
    use super::{Line, Sources, file_name, normal};
    use std::path::Path;

    #[test]
    fn lines_are_read_and_written() {
        let table = [
            ("deb  http://a/debian  stable   main", "deb http://a/debian stable main\n"),
            ("# deb http://a b c # why", "# deb http://a b c # why\n"),
            ("#deb http://a b c", "# deb http://a b c\n"),
            ("deb http://a b c #x", "deb http://a b c # x\n"),
            ("", "\n"),
            ("# just words", "# just words\n"),
        ];
        for (line, text) in table {
            assert_eq!(Line::parse(line).text(), text);
        }
        assert_eq!(normal("nonsense"), None);
        assert_eq!(normal("# deb http://a b c"), None);
    }

    #[test]
    fn names_are_ansibles() {
        let table = [
            ("deb http://archive.canonical.com/ubuntu hardy partner", "archive_canonical_com_ubuntu.list"),
            (
                "deb [arch=amd64 signed-by=/k.gpg] https://download.docker.com/linux/debian bookworm stable",
                "download_docker_com_linux_debian.list",
            ),
            ("deb https://user:pw@host.example/x ./", "host_example_x.list"),
        ];
        for (source, name) in table {
            assert_eq!(file_name(source), name);
        }
    }

    #[test]
    fn sources_are_added_and_removed() {
        let before = Sources::default();
        let mut after = before.clone();
        after.add("deb http://a b c", Path::new("/x.list"));
        let changes = after.changes(&before);
        assert_eq!(
            (changes.len(), changes[0].after.as_str(), changes[0].new),
            (1, "deb http://a b c\n", true)
        );
        let kept = after.clone();
        after.add("deb http://a b c", Path::new("/y.list"));
        assert!(after.changes(&kept).is_empty());
        after.remove("deb http://a b c");
        assert_eq!(after.changes(&kept)[0].after, "");
    }
}

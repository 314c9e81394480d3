//! `/etc/fstab` and the kernel's own table of mounts.

/// A line of fstab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) src: String,
    pub(super) path: String,
    pub(super) fstype: String,
    pub(super) opts: String,
    pub(super) dump: String,
    pub(super) passno: String,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let mut fields = line.split_whitespace().map(unescape);
        let mut next = || fields.next();
        Some(Self {
            src: next()?,
            path: next()?,
            fstype: next()?,
            opts: next()?,
            dump: next().unwrap_or_else(|| "0".to_owned()),
            passno: next().unwrap_or_else(|| "0".to_owned()),
        })
    }

    fn line(&self) -> String {
        let fields = [&self.src, &self.path, &self.fstype, &self.opts, &self.dump, &self.passno];
        fields.map(|field| escape(field)).join(" ")
    }

    /// Whether a line is about the same mount. Swap has no place of its own: its source tells.
    fn matches(&self, path: &str, src: Option<&str>) -> bool {
        let swap = self.path == "none" && self.fstype == "swap";
        self.path == path && (!swap || src.is_none_or(|src| src == self.src))
    }
}

/// Writes what separates fields as octal numbers.
fn escape(field: &str) -> String {
    field.replace('\\', "\\134").replace(' ', "\\040").replace('\t', "\\011").replace('\n', "\\012")
}

fn unescape(field: &str) -> String {
    let table = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    table.iter().fold(field.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

/// The table with this entry; `None` when it holds it already.
pub(super) fn with(table: &str, wanted: &Entry) -> Option<String> {
    let (mut found, mut changed) = (false, false);
    let mut out = String::new();
    for line in table.lines() {
        match Entry::parse(line) {
            Some(entry) if entry.matches(&wanted.path, Some(&wanted.src)) => {
                found = true;
                changed |= entry != *wanted;
                out.push_str(&if entry == *wanted { line.to_owned() } else { wanted.line() });
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    if !found {
        out.push_str(&wanted.line());
        out.push('\n');
    }
    (changed || !found).then_some(out)
}

/// The table without the mount; `None` when it does not hold it.
pub(super) fn without(table: &str, path: &str, src: Option<&str>) -> Option<String> {
    let mut removed = false;
    let mut out = String::new();
    for line in table.lines() {
        if Entry::parse(line).is_some_and(|entry| entry.matches(path, src)) {
            removed = true;
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    removed.then_some(out)
}

/// A mount of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) root: String,
    pub(super) path: String,
    pub(super) source: String,
}

/// The mounts, oldest first.
pub(super) fn mounts(info: &str) -> Vec<Mount> {
    info.lines()
        .filter_map(|line| {
            let (left, right) = line.split_once(" - ")?;
            let mut left = left.split(' ').skip(3);
            let (root, path) = (unescape(left.next()?), unescape(left.next()?));
            Some(Mount { root, path, source: unescape(right.split(' ').nth(1)?) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Entry, mounts, with, without};

    const TABLE: &str =
        "# comment\nUUID=1 / ext4 defaults 0 1\n/dev/b /my\\040data xfs noatime\nUUID=s none swap sw 0 0\n";

    fn entry(src: &str, path: &str, fstype: &str, opts: &str) -> Entry {
        let text = |text: &str| text.to_owned();
        Entry {
            src: text(src),
            path: text(path),
            fstype: text(fstype),
            opts: text(opts),
            dump: text("0"),
            passno: text("0"),
        }
    }

    #[test]
    fn entries_are_added_changed_and_left() {
        assert_eq!(with(TABLE, &entry("/dev/b", "/my data", "xfs", "noatime")), None);
        let changed = with(TABLE, &entry("/dev/b", "/my data", "xfs", "ro")).unwrap();
        assert!(changed.contains("\n/dev/b /my\\040data xfs ro 0 0\n"), "{changed}");
        let added = with("a b c d", &entry("x", "/x", "tmpfs", "size=1m")).unwrap();
        assert_eq!(added, "a b c d\nx /x tmpfs size=1m 0 0\n");
        let swap = with(TABLE, &entry("UUID=t", "none", "swap", "sw")).unwrap();
        assert!(swap.contains("UUID=s") && swap.contains("UUID=t"));
    }

    #[test]
    fn entries_are_removed() {
        assert_eq!(without(TABLE, "/nowhere", None), None);
        assert!(!without(TABLE, "/my data", None).unwrap().contains("/dev/b"));
        assert_eq!(without(TABLE, "none", Some("UUID=t")), None);
    }

    #[test]
    fn the_kernels_table_is_read() {
        let info = "36 35 98:0 /sub /mnt\\040x rw,noatime master:1 - ext3 /dev/root rw\n";
        let found = mounts(info);
        assert_eq!(
            (found[0].root.as_str(), found[0].path.as_str(), found[0].source.as_str()),
            ("/sub", "/mnt x", "/dev/root")
        );
    }
}

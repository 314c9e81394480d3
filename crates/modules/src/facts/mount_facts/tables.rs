//! Tables of mounts: the forms they come in, and how each is told from the others.

use super::super::hardware::mounts::unescaped;
use crate::args::{Map, Value};

/// A mount as a table has it.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    /// The line it stands in.
    pub(super) line: String,
    /// Its columns by name.
    pub(super) fields: Map,
}

impl Entry {
    fn new<'a>(line: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { line: line.to_owned(), fields }
    }

    /// A column's text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// The mounts of a table's text, in the first form that fits every line: those with the most columns are
/// asked first.
pub(super) fn of_file(text: &str) -> Vec<Entry> {
    let text = text.trim();
    [vfstab, mnttab, fstab].into_iter().find_map(|form| form(text)).unwrap_or_default()
}

/// Solaris' table of what is to be mounted.
fn vfstab(text: &str) -> Option<Vec<Entry>> {
    let lines = text.lines().filter(|line| counts(line));
    let entry = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [device, check, mount, fstype, passno, at_boot, options, ..] = columns.as_slice() else {
            return None;
        };
        let passno = passno.parse::<i64>().map_or_else(|_| Value::from(*passno), Value::from);
        Some(Entry::new(
            line,
            [
                ("device", (*device).into()),
                ("device_to_fsck", (*check).into()),
                ("mount", (*mount).into()),
                ("fstype", (*fstype).into()),
                ("passno", passno),
                ("mount_at_boot", (*at_boot).into()),
                ("options", (*options).into()),
            ],
        ))
    };
    lines.map(entry).collect()
}

/// Solaris' table of what is mounted, known by times of ten digits.
fn mnttab(text: &str) -> Option<Vec<Entry>> {
    const DIGITS_OF_TIME: usize = 10;
    let rows: Vec<(&str, Vec<&str>)> =
        text.lines().map(|line| (line, line.split_whitespace().collect())).collect();
    let mut timed = false;
    for (_, columns) in &rows {
        timed |= columns.get(4)?.len() == DIGITS_OF_TIME;
        if timed {
            break;
        }
    }
    if !timed {
        return None;
    }
    let entry = |(line, columns): &(&str, Vec<&str>)| {
        let [device, mount, fstype, options, time, ..] = columns.as_slice() else { return None };
        let columns = [("device", device), ("mount", mount), ("fstype", fstype), ("options", options)];
        let mut entry = Entry::new(line, columns.map(|(name, text)| (name, Value::from(*text))));
        entry.fields.insert("time".to_owned(), time.parse::<i64>().ok()?.into());
        Some(entry)
    };
    rows.iter().map(entry).collect()
}

/// Linux' tables, the last two columns of which may be missing.
fn fstab(text: &str) -> Option<Vec<Entry>> {
    let entry = |line: &str| {
        let line = line.trim();
        let columns: Vec<String> = line.split_whitespace().map(unescaped).collect();
        let [device, mount, fstype, options, rest @ ..] = columns.as_slice() else { return None };
        let columns = [("device", device), ("mount", mount), ("fstype", fstype), ("options", options)];
        let mut entry = Entry::new(line, columns.map(|(name, text)| (name, Value::from(text.as_str()))));
        for (name, number) in ["dump", "passno"].into_iter().zip(rest) {
            entry.fields.insert(name.to_owned(), number.parse::<i64>().ok()?.into());
        }
        Some(entry)
    };
    text.lines().filter(|line| counts(line)).map(entry).collect()
}

fn counts(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// What the program `mount` tells on Linux; nothing if a line is another.
pub(super) fn of_program(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let words: Vec<&str> = line.splitn(6, ' ').collect();
        let [device, "on", mount, "type", fstype, rest] = words.as_slice() else { return None };
        let options = rest.strip_prefix('(')?.strip_suffix(')')?;
        let columns = [("device", *device), ("mount", *mount), ("fstype", *fstype), ("options", options)];
        Some(Entry::new(line, columns.map(|(name, text)| (name, Value::from(text)))))
    };
    text.lines().map(entry).collect::<Option<Vec<_>>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{of_file, of_program};
    use serde_json::json;

    #[test]
    fn forms_are_told_by_their_columns() {
        let fstab = of_file("# static\nUUID=ab-12 / ext4 defaults 0 1\n/dev/sr0 /media/a\\040b iso9660 ro\n");
        assert_eq!(
            json!(fstab[0].fields),
            json!({"device": "UUID=ab-12", "mount": "/", "fstype": "ext4", "options": "defaults", "dump": 0, "passno": 1})
        );
        assert_eq!(
            json!(fstab[1].fields),
            json!({"device": "/dev/sr0", "mount": "/media/a b", "fstype": "iso9660", "options": "ro"})
        );
        let vfstab = of_file("fd - /dev/fd fd - no -\n/dev/dsk/a /dev/rdsk/a / ufs 1 no -\n");
        assert_eq!(vfstab[0].fields["passno"], json!("-"));
        assert_eq!(vfstab[1].fields["passno"], json!(1));
        let mnttab = of_file("rpool / zfs dev=1 1700000000\nproc /proc proc dev=2 1700000001\n");
        assert_eq!(mnttab[1].fields["time"], json!(1_700_000_001));
        assert!(of_file("nodev\text4\n").is_empty());
        assert!(of_file("").is_empty());
    }

    #[test]
    fn the_program_is_read_whole_or_not_at_all() {
        let text = "/dev/sda1 on / type ext4 (rw,relatime)\nproc on /proc type proc (rw)\n";
        assert_eq!(of_program(text)[0].fields["options"], json!("rw,relatime"));
        assert!(of_program(&format!("{text}odd\n")).is_empty());
    }
}

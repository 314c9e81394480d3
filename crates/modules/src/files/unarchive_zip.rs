//! Archives of `zip`, read and unpacked by the host's `unzip`.

use super::unarchive::{Args, Comparison, Handler, Ran, no_handler, run};
use crate::system::{parse_mode, umask};
use crate::text::glob;
use crate::{Failure, System};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A zip archive.
pub(super) struct Zip {
    args: Args,
    archive: PathBuf,
    unzip: String,
    entries: Vec<Entry>,
    files: Vec<String>,
}

/// A line of `zipinfo -T`.
struct Entry {
    kind: char,
    mode: u32,
    size: u64,
    /// Local time as `yyyymmdd.hhmmss`.
    time: String,
    path: String,
    crc: Option<u32>,
}

impl Zip {
    pub(super) fn new(args: &Args, archive: &Path, sys: &System) -> Result<Self, Failure> {
        let Some(unzip) = sys.bin_path("unzip") else {
            return Err(no_handler(archive, "Unable to find required 'unzip' binary in the path."));
        };
        let file = archive.to_string_lossy().into_owned();
        let mut zip = Self {
            args: args.clone(),
            archive: archive.to_owned(),
            unzip,
            entries: Vec::new(),
            files: Vec::new(),
        };
        let dest = sys.resolve(&args.dest);
        let listed =
            run(vec![zip.unzip.clone(), "-Z".into(), "-T".into(), "-s".into(), file.clone()], &dest, sys)?;
        if listed.output.rc > 1 {
            let why = format!(
                "Command \"{}\" could not handle archive: {}",
                zip.unzip,
                listed.output.stderr_text()
            );
            return Err(no_handler(archive, &why));
        }
        let sums = run(vec![zip.unzip.clone(), "-v".into(), file], &dest, sys)?;
        let sums = checksums(&sums.output.stdout_text());
        let wanted = |entry: &Entry| zip.wanted(&entry.path);
        let lines = listed.output.stdout_text();
        let mut entries: Vec<Entry> = lines.lines().filter_map(entry).filter(wanted).collect();
        for entry in &mut entries {
            entry.crc = sums.get(&entry.path).copied();
        }
        zip.files = entries.iter().map(|entry| entry.path.clone()).collect();
        zip.entries = entries;
        Ok(zip)
    }

    fn wanted(&self, path: &str) -> bool {
        let fits = |patterns: &[String]| patterns.iter().any(|pattern| glob::matches(pattern, path));
        if self.args.include.is_empty() { !fits(&self.args.exclude) } else { fits(&self.args.include) }
    }

    /// The line of the diff for an entry that differs; rsync's way of writing it.
    fn difference(&self, entry: &Entry, sys: &System) -> Result<Option<String>, Failure> {
        let kind = match entry.kind {
            _ if entry.path.ends_with('/') => 'd',
            'l' => 'L',
            _ => 'f',
        };
        let path = self.args.dest.join(&entry.path);
        let Some(found) = sys.lstat(&path)? else {
            return Ok(Some(format!(">{kind}++++++.?? {}", entry.path)));
        };
        let same_kind = match kind {
            'd' => found.is_dir(),
            'L' => found.is_symlink(),
            _ => found.is_file(),
        };
        if !same_kind {
            return Ok(Some(format!("c{kind}++++++.?? {}", entry.path)));
        }
        let mut marks: Vec<char> = format!(".{kind}.......??").chars().collect();
        if found.is_file() && !self.compare_file(entry, &path, &found, &mut marks, sys)? {
            return Ok(None);
        }
        if kind != 'L' && self.mode(entry, &found)? != found.mode() & 0o7777 {
            marks[5] = 'p';
        }
        let unchanged = marks.iter().skip(2).all(|mark| matches!(mark, '.' | '?'));
        Ok((!unchanged).then(|| format!("{} {}", marks.iter().collect::<String>(), entry.path)))
    }

    /// `false`: the file is newer and is left alone.
    fn compare_file(
        &self,
        entry: &Entry,
        path: &Path,
        found: &Metadata,
        marks: &mut [char],
        sys: &System,
    ) -> Result<bool, Failure> {
        let packed = seconds(&entry.time, sys);
        if self.args.keep_newer && packed < found.mtime() {
            return Ok(false);
        }
        if packed != found.mtime() {
            marks[4] = 't';
        }
        if entry.size != found.len() {
            marks[3] = 's';
        }
        if entry.size != found.len() || entry.crc != Some(crc(path, sys)?) {
            marks[2] = 'c';
        }
        Ok(true)
    }

    fn mode(&self, entry: &Entry, found: &Metadata) -> Result<u32, Failure> {
        if self.args.file.mode.is_null() {
            return Ok(entry.mode);
        }
        parse_mode(&self.args.file.mode, found.mode() & 0o7777, found.is_dir())
            .map_err(|(msg, why)| Failure::new(msg).with("details", why))
    }
}

impl Handler for Zip {
    fn name(&self) -> &'static str {
        "ZipArchive"
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn compare(&self, sys: &System) -> Result<Comparison, Failure> {
        let mut diff = String::new();
        for entry in &self.entries {
            if let Some(line) = self.difference(entry, sys)? {
                diff.push_str(&line);
                diff.push('\n');
            }
        }
        Ok(Comparison { unpacked: diff.is_empty(), diff: Some(diff) })
    }

    fn unpack(&self, sys: &System) -> Result<Ran, Failure> {
        let mut cmd = vec![self.unzip.clone(), "-o".to_owned()];
        cmd.extend(self.args.extra_opts.iter().cloned());
        cmd.push(self.archive.to_string_lossy().into_owned());
        let mut excluded = self.args.exclude.clone();
        if self.args.keep_newer {
            for entry in &self.entries {
                let newer = sys
                    .lstat(self.args.dest.join(&entry.path))?
                    .is_some_and(|found| found.is_file() && seconds(&entry.time, sys) < found.mtime());
                if newer {
                    excluded.push(entry.path.clone());
                }
            }
        }
        if self.args.include.is_empty() && !excluded.is_empty() {
            cmd.push("-x".to_owned());
            cmd.extend(excluded);
        }
        cmd.extend(self.args.include.iter().cloned());
        cmd.extend(["-d".to_owned(), self.args.dest.to_string_lossy().into_owned()]);
        run(cmd, &sys.resolve(&self.args.dest), sys)
    }
}

/// Splits off blank-separated fields; what is left keeps its blanks, names may have some.
fn fields(line: &str, count: usize) -> Option<(Vec<&str>, &str)> {
    let mut rest = line.trim_start();
    let mut found = Vec::new();
    for _ in 0..count {
        let end = rest.find(' ')?;
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    Some((found, rest))
}

fn entry(line: &str) -> Option<Entry> {
    let (fields, path) = fields(line, 7)?;
    let [perms, _, _, size, _, _, time] = fields.as_slice() else { return None };
    let known = matches!(perms.len(), 7 | 8 | 10) && time.len() == 15 && perms.is_ascii();
    let kind = perms.chars().next().filter(|kind| known && "dl-?".contains(*kind))?;
    Some(Entry {
        kind,
        mode: mode(&perms[1..], path),
        size: size.parse().ok()?,
        time: (*time).to_owned(),
        path: path.to_owned(),
        crc: None,
    })
}

/// `rw-r--r--`; archives made elsewhere have no such permissions, the umask decides then.
fn mode(perms: &str, path: &str) -> u32 {
    if perms.len() == 9 {
        let bit = |letter: char| u32::from(matches!(letter, 'r' | 'w' | 'x' | 's' | 't'));
        return perms.chars().fold(0, |mode, letter| mode << 1 | bit(letter));
    }
    let executable = path.ends_with('/') || perms == "rwx---" || perms == "rwxa---";
    (if executable { 0o777 } else { 0o666 }) & !umask()
}

/// The checksums of `unzip -v`, by name.
fn checksums(listing: &str) -> HashMap<String, u32> {
    let line = |line: &str| {
        let (fields, path) = fields(line, 7)?;
        Some((path.to_owned(), u32::from_str_radix(fields.get(6)?, 16).ok()?))
    };
    listing.lines().filter_map(line).collect()
}

fn crc(path: &Path, sys: &System) -> Result<u32, Failure> {
    let mut file = sys.open(path)?;
    let (mut sum, mut block) = (flate2::Crc::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(sum.sum()),
            Ok(size) => sum.update(&block[..size]),
            Err(error) => return Err(Failure::new(format!("reading {} failed: {error}", path.display()))),
        }
    }
}

/// The Unix time of a local time; what is no time counts as 1980, where zip's calendar begins.
fn seconds(time: &str, sys: &System) -> i64 {
    let zone = sys.now().time_zone().clone();
    let number =
        |range: std::ops::Range<usize>| time.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let parts = [number(0..4), number(4..6), number(6..8), number(9..11), number(11..13), number(13..15)];
    let small = |at: usize| parts[at].and_then(|part| i8::try_from(part).ok()).unwrap_or(0);
    let civil = jiff::civil::DateTime::new(
        parts[0].unwrap_or(1980),
        small(1),
        small(2),
        small(3),
        small(4),
        small(5),
        0,
    );
    let civil = civil
        .ok()
        .filter(|civil| civil.year() >= 1980)
        .unwrap_or(jiff::civil::date(1980, 1, 1).at(0, 0, 0, 0));
    civil.to_zoned(zone).map_or(0, |time| time.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::{checksums, entry};

    #[test]
    fn listings_are_read() {
        let line = "-rw-r--r--  3.0 unx        2 tx stor 20240102.030405 a b.txt";
        let found = entry(line).unwrap();
        assert_eq!((found.kind, found.mode, found.size, found.path.as_str()), ('-', 0o644, 2, "a b.txt"));
        assert!(entry("1 file, 2 bytes uncompressed, 2 bytes compressed:  0.0%").is_none());
        let sums = checksums("       2  Stored        2   0% 2024-01-02 03:04 1ad5be0d  a b.txt");
        assert_eq!(sums.get("a b.txt"), Some(&0x1ad5_be0d));
    }
}

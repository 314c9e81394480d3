//! `mounts`, with sizes. A mount whose server is gone keeps `statvfs` waiting for good: each is asked
//! on a thread of its own, and given up after the time limit.

use super::super::host::Host;
use super::links::by_target;
use crate::args::{Map, Value};
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Instant;

/// A line of `/etc/mtab`.
#[derive(Debug, PartialEq)]
struct Entry {
    device: String,
    mount: String,
    fstype: String,
    options: String,
    dump: i64,
    passno: i64,
}

pub(super) fn collect(host: &Host<'_>) -> Map {
    let table = if host.exists("/etc/mtab") { "/etc/mtab" } else { "/proc/mounts" };
    let entries = entries(&host.content(table).unwrap_or_default());
    let bound = bind_mounts(&host.content("/proc/self/mountinfo").unwrap_or_default());
    let deadline = Instant::now() + host.timeout;
    let asked: Vec<(Entry, Receiver<Map>)> = entries
        .into_iter()
        .map(|entry| (sizes(&entry.mount), entry))
        .map(|(sizes, entry)| (entry, sizes))
        .collect();
    let mut mounts = Vec::new();
    for (entry, sizes) in asked {
        let left = deadline.saturating_duration_since(Instant::now());
        let uuid = uuid(host, &entry.device);
        let mut mount = described(&entry, bound.contains(&entry.mount));
        match sizes.recv_timeout(left) {
            Ok(sizes) => {
                mount.extend(sizes);
                mount.insert("uuid".to_owned(), uuid.unwrap_or_else(|| "N/A".to_owned()).into());
            }
            Err(RecvTimeoutError::Timeout) => {
                host.sys.warn(format!("Timeout exceeded when getting mount info for {}", entry.mount));
                mount.insert("note".to_owned(), "Could not get extra information due to timeout".into());
            }
            Err(RecvTimeoutError::Disconnected) => {
                mount.insert(
                    "note".to_owned(),
                    "Could not get extra information: its thread broke off".into(),
                );
            }
        }
        mounts.push(Value::Object(mount));
    }
    Map::from_iter([("mounts".to_owned(), Value::Array(mounts))])
}

/// The mounts of devices and network shares; of several at one place the last, where the first stood.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for entry in text.lines().filter_map(entry) {
        match entries.iter_mut().find(|known| known.mount == entry.mount) {
            Some(known) => *known = entry,
            None => entries.push(entry),
        }
    }
    entries
}

fn entry(line: &str) -> Option<Entry> {
    let fields: Vec<String> = line.split_whitespace().map(unescaped).collect();
    let [device, mount, fstype, options, rest @ ..] = fields.as_slice() else { return None };
    let number = |index: usize| rest.get(index).and_then(|text| text.parse().ok()).unwrap_or(0);
    let counts = (device.starts_with(['/', '\\']) || device.contains(":/")) && fstype != "none";
    counts.then(|| Entry {
        device: device.clone(),
        mount: mount.clone(),
        fstype: fstype.clone(),
        options: options.clone(),
        dump: number(0),
        passno: number(1),
    })
}

/// Fills in `\040` and the like.
pub(in crate::facts) fn unescaped(field: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = field.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code =
            after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The places where something else than a file system's root is mounted.
fn bind_mounts(mountinfo: &str) -> HashSet<String> {
    let place = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        let (root, mount) = (fields.get(3)?, fields.get(4)?);
        (*root != "/").then(|| unescaped(mount))
    };
    mountinfo.lines().filter_map(place).collect()
}

fn described(entry: &Entry, bound: bool) -> Map {
    let mut mount = Map::new();
    let mut set = |key: &str, value: Value| mount.insert(key.to_owned(), value);
    set("mount", entry.mount.as_str().into());
    set("device", entry.device.as_str().into());
    set("fstype", entry.fstype.as_str().into());
    set("options", if bound { format!("{},bind", entry.options) } else { entry.options.clone() }.into());
    set("dump", entry.dump.into());
    set("passno", entry.passno.into());
    mount
}

/// Asks for sizes on another thread; a stuck one ends with the process.
pub(in crate::facts) fn sizes(mount: &str) -> Receiver<Map> {
    let (sender, receiver) = channel();
    let mount = mount.to_owned();
    let ask = move || {
        // Nobody listens any more after the time limit.
        let _ = sender.send(measured(&mount));
    };
    // Without a thread the receiver finds its sender gone.
    let _ = thread::Builder::new().spawn(ask);
    receiver
}

fn measured(mount: &str) -> Map {
    let Ok(found) = rustix::fs::statvfs(mount) else { return Map::new() };
    let facts = [
        ("size_total", found.f_frsize.saturating_mul(found.f_blocks)),
        ("size_available", found.f_frsize.saturating_mul(found.f_bavail)),
        ("block_size", found.f_bsize),
        ("block_total", found.f_blocks),
        ("block_available", found.f_bavail),
        ("block_used", found.f_blocks.saturating_sub(found.f_bavail)),
        ("inode_total", found.f_files),
        ("inode_available", found.f_favail),
        ("inode_used", found.f_files.saturating_sub(found.f_favail)),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

/// A file system's identifier, as udev links or notes it.
pub(in crate::facts) fn uuid(host: &Host<'_>, device: &str) -> Option<String> {
    if !device.starts_with("/dev/") {
        return None;
    }
    let real = host.real_path(device);
    let name = real.file_name()?.to_string_lossy().into_owned();
    let linked =
        by_target(host, "/dev/disk/by-uuid").remove(&name).and_then(|names| names.into_iter().next());
    linked.map(|uuid| plain(&uuid)).or_else(|| {
        let number = host.content(format!("/sys/class/block/{name}/dev"))?;
        let noted = host.content(format!("/run/udev/data/b{number}"))?;
        noted.lines().find_map(|line| line.strip_prefix("E:ID_FS_UUID=")).map(str::to_owned)
    })
}

/// Fills in udev's `\x2f` and the like.
fn plain(name: &str) -> String {
    let mut parts = name.split("\\x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => text + &char::from(byte).to_string() + &part[2..],
            None => text + "\\x" + part,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{bind_mounts, entries, unescaped};

    #[test]
    fn tables_are_read_as_ansible_reads_them() {
        let text = "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 1\nnas:/srv /mnt/nas nfs4 rw 0 0\n\
            /dev/sdb1 /mnt/my\\040disk xfs rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/sdc1 / ext4 ro 0 0\nshort line\n";
        let entries = entries(text);
        let seen: Vec<_> =
            entries.iter().map(|entry| (entry.device.as_str(), entry.mount.as_str(), entry.passno)).collect();
        assert_eq!(
            seen,
            [("/dev/sdc1", "/", 0), ("nas:/srv", "/mnt/nas", 0), ("/dev/sdb1", "/mnt/my disk", 0)]
        );
        assert_eq!(unescaped("a\\134b\\x"), "a\\b\\x");
    }

    #[test]
    fn bind_mounts_are_those_of_directories() {
        let text =
            "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:1 /srv/a /mnt/a rw shared:1 - ext4 /dev/sda1 rw\n";
        assert_eq!(bind_mounts(text).into_iter().collect::<Vec<_>>(), ["/mnt/a"]);
    }
}

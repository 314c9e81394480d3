//! Files that tell a distribution, in the order they are tried.

use super::super::host::Host;
use super::text::{assigned, major, quoted, raw};
use super::{debian, suse};
use crate::args::Map;

/// Facts a file tells: what follows `distribution` in their names (nothing for the name itself).
pub(super) type Found = Vec<(&'static str, String)>;

/// A file that was read.
pub(super) struct File<'a> {
    pub(super) host: &'a Host<'a>,
    pub(super) path: &'a str,
    pub(super) data: &'a str,
    /// The first guess.
    pub(super) guess: &'a Map,
}

impl File<'_> {
    pub(super) fn has(&self, text: &str) -> bool {
        self.data.contains(text)
    }

    pub(super) fn guessed(&self, fact: &str) -> &str {
        self.guess.get(fact).and_then(|value| value.as_str()).unwrap_or_default()
    }
}

/// How a file is read: `None` when it is another distribution's.
type Read = fn(&File<'_>) -> Option<Found>;

/// Where to look, the variety it stands for, how it is read; `None`: the file's presence is enough.
const FILES: [(&str, &str, Option<Read>); 23] = [
    ("/etc/altlinux-release", "Altlinux", Some(|file| named(file, "Altlinux", "ALT"))),
    ("/etc/oracle-release", "OracleLinux", Some(|file| named(file, "OracleLinux", "Oracle Linux"))),
    ("/etc/slackware-version", "Slackware", Some(slackware)),
    ("/etc/centos-release", "CentOS", Some(centos)),
    ("/etc/redhat-release", "RedHat", Some(|file| named(file, "RedHat", "Red Hat"))),
    ("/etc/vmware-release", "VMwareESX", None),
    ("/etc/openwrt_release", "OpenWrt", Some(|file| lsb_like(file, "OpenWrt"))),
    ("/etc/os-release", "Amazon", Some(amazon)),
    ("/etc/system-release", "Amazon", Some(amazon)),
    ("/etc/alpine-release", "Alpine", Some(|file| Some(vec![("_version", file.data.to_owned())]))),
    ("/etc/arch-release", "Archlinux", None),
    ("/etc/os-release", "Archlinux", Some(|file| file.has("Arch Linux").then(Vec::new))),
    ("/etc/os-release", "SUSE", Some(suse::read)),
    ("/etc/SuSE-release", "SUSE", Some(suse::read)),
    // Nothing in it is used: the guess stands, and the search goes on.
    ("/etc/gentoo-release", "Gentoo", Some(|_| None)),
    ("/etc/os-release", "Debian", Some(debian::read)),
    ("/etc/lsb-release", "Debian", Some(debian::read)),
    ("/etc/lsb-release", "Mandriva", Some(|file| lsb_like(file, "Mandriva"))),
    ("/etc/sourcemage-release", "SMGL", Some(|file| named(file, "SMGL", "Source Mage GNU/Linux"))),
    ("/usr/lib/os-release", "ClearLinux", Some(clear)),
    ("/etc/coreos/update.conf", "Coreos", Some(coreos)),
    ("/etc/os-release", "Flatcar", Some(flatcar)),
    ("/etc/os-release", "NA", Some(other)),
];

/// The first file that fits: variety, path, and what it told.
pub(super) fn search(host: &Host<'_>, guess: &Map) -> Option<(&'static str, &'static str, Option<Found>)> {
    FILES.iter().find_map(|(path, variety, read)| {
        if !host.is_file(path, read.is_none()) {
            return None;
        }
        let Some(read) = read else { return Some((*variety, *path, None)) };
        let content = host.content(path).unwrap_or_default();
        let data = content.trim_matches(['\'', '"', '\\']);
        read(&File { host, path, data, guess }).map(|found| (*variety, *path, Some(found)))
    })
}

/// A file whose first word names a relative, unless it names the distribution itself.
fn named(file: &File<'_>, name: &str, words: &str) -> Option<Found> {
    if file.has(words) {
        return Some(vec![("", name.to_owned()), ("_file_search_string", words.to_owned())]);
    }
    Some(vec![("", file.data.split_whitespace().next()?.to_owned())])
}

fn slackware(file: &File<'_>) -> Option<Found> {
    file.has("Slackware").then_some(())?;
    let version = file.data.split_whitespace().find(|word| word.contains('.'));
    Some(version.map(|version| ("_version", version.to_owned())).into_iter().collect())
}

fn centos(file: &File<'_>) -> Option<Found> {
    if file.has("CentOS Stream") {
        return Some(vec![("_release", "Stream".to_owned())]);
    }
    file.has("TencentOS Server").then(|| vec![("", "TencentOS".to_owned())])
}

fn lsb_like(file: &File<'_>, name: &str) -> Option<Found> {
    file.has(name).then_some(())?;
    let keys = [("_version", "DISTRIB_RELEASE"), ("_release", "DISTRIB_CODENAME")];
    Some(keys.iter().filter_map(|(fact, key)| Some((*fact, quoted(file.data, key)?.to_owned()))).collect())
}

fn amazon(file: &File<'_>) -> Option<Found> {
    file.has("Amazon").then_some(())?;
    if file.path != "/etc/os-release" {
        let number = |word: &&str| word.chars().all(|letter| letter.is_ascii_digit());
        let version = file.data.split_whitespace().find(number).unwrap_or("NA");
        return Some(vec![("_version", version.to_owned())]);
    }
    let Some(version) = quoted(file.data, "VERSION_ID") else { return Some(Vec::new()) };
    let minor = version.split_once('.').map_or("NA", |(_, minor)| minor);
    Some(vec![
        ("_version", version.to_owned()),
        ("_major_version", major(version)),
        ("_minor_version", minor.to_owned()),
    ])
}

fn clear(file: &File<'_>) -> Option<Found> {
    let mut found = Found::new();
    if let Some(name) = quoted(file.data, "NAME") {
        name.contains("Clear Linux").then_some(())?;
        found.push(("", name.to_owned()));
    }
    if let Some(version) = raw(file.data, "VERSION_ID") {
        found.extend([("_major_version", version.to_owned()), ("_version", version.to_owned())]);
    }
    if let Some(id) = raw(file.data, "ID") {
        found.push(("_release", id.to_owned()));
    }
    Some(found)
}

fn coreos(file: &File<'_>) -> Option<Found> {
    let guessed = file.guessed("distribution").eq_ignore_ascii_case("coreos");
    (guessed && !file.data.is_empty()).then_some(())?;
    let group = file.data.strip_prefix("GROUP=").and_then(|rest| rest.lines().next());
    Some(group.map(|group| ("_release", group.trim_matches('"').to_owned())).into_iter().collect())
}

fn flatcar(file: &File<'_>) -> Option<Found> {
    let guessed = file.guessed("distribution").eq_ignore_ascii_case("flatcar");
    (guessed && !file.data.is_empty()).then_some(())?;
    let version = raw(file.data, "VERSION").map(|version| version.trim_matches('"'));
    Some(version.map_or_else(Vec::new, |version| {
        vec![("_major_version", major(version)), ("_version", version.to_owned())]
    }))
}

/// Any distribution with an os-release.
fn other(file: &File<'_>) -> Option<Found> {
    let mut found = Found::new();
    if let Some(name) = assigned(file.data, "NAME") {
        found.push(("", name.to_owned()));
    }
    if let Some(version) =
        assigned(file.data, "VERSION").filter(|_| file.guessed("distribution_version") == "NA")
    {
        found.push(("_version", version.to_owned()));
    }
    Some(found)
}

//! The first guess, from os-release, the tool of the LSB and `/etc/*-release`, as Python's `distro`
//! library reads them.

use super::super::host::Host;
use crate::args::{Map, Value};
use crate::text::shlex;
use std::collections::HashMap;

type Props = HashMap<String, String>;

/// Everything the guess is made of.
struct Sources {
    os: Props,
    lsb: Props,
    release: Props,
    debian: String,
}

pub(super) fn guess(host: &Host<'_>) -> Map {
    let sources = Sources::read(host);
    let id = sources.id();
    let name = match capitalized(&id).as_str() {
        "Amzn" => "Amazon".to_owned(),
        "Rhel" => "Redhat".to_owned(),
        "" => "OtherLinux".to_owned(),
        other => other.to_owned(),
    };
    let version = sources.version(&id);
    let or_na = |text: &str| if text.is_empty() { "NA".to_owned() } else { text.to_owned() };
    let facts = [
        ("distribution", name),
        ("distribution_release", sources.codename(&id).unwrap_or_else(|| "NA".to_owned())),
        ("distribution_major_version", or_na(version.split('.').next().unwrap_or_default())),
        ("distribution_version", or_na(&version)),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + &letters.as_str().to_lowercase()
}

impl Sources {
    fn read(host: &Host<'_>) -> Self {
        let os = host.content("/etc/os-release").or_else(|| host.content("/usr/lib/os-release"));
        let os = os.map(|text| os_release(&text)).unwrap_or_default();
        // Asking the tool takes time, and it only counts where os-release leaves something open.
        let telling = os.contains_key("id") && os.contains_key("version_id");
        let lsb = if telling { None } else { host.lsb_release() };
        Self {
            os,
            lsb: lsb.map(lsb_answer).unwrap_or_default(),
            release: release_file(host),
            debian: host.lines("/etc/debian_version").into_iter().next().unwrap_or_default(),
        }
    }

    fn id(&self) -> String {
        let candidates = [
            (&self.os, "id", [("ol", "oracle"), ("opensuse-leap", "opensuse")].as_slice()),
            (
                &self.lsb,
                "distributor_id",
                &[
                    ("enterpriseenterpriseas", "oracle"),
                    ("enterpriseenterpriseserver", "oracle"),
                    ("redhatenterpriseworkstation", "rhel"),
                    ("redhatenterpriseserver", "rhel"),
                    ("redhatenterprisecomputenode", "rhel"),
                ],
            ),
            (&self.release, "id", &[("redhat", "rhel")]),
        ];
        for (props, key, aliases) in candidates {
            if let Some(id) = props.get(key).filter(|id| !id.is_empty()) {
                let id = id.to_lowercase().replace(' ', "_");
                return aliases
                    .iter()
                    .find(|(alias, _)| *alias == id)
                    .map_or(id, |(_, name)| (*name).to_owned());
            }
        }
        String::new()
    }

    /// The first version told; for CentOS and Debian the most exact one, as their os-release tells
    /// only the major one.
    fn version(&self, id: &str) -> String {
        let of = |props: &Props, key: &str| props.get(key).cloned().unwrap_or_default();
        let in_line = |line: String| of(&release_line(&line), "version_id");
        let like = of(&self.os, "id_like");
        let mut versions = vec![
            of(&self.os, "version_id"),
            of(&self.lsb, "release"),
            of(&self.release, "version_id"),
            in_line(of(&self.os, "pretty_name")),
            in_line(of(&self.lsb, "description")),
        ];
        if id == "debian" || like.split_whitespace().any(|word| word == "debian") {
            versions.push(self.debian.clone());
        }
        if !matches!(id, "centos" | "debian") {
            return versions.into_iter().find(|version| !version.is_empty()).unwrap_or_default();
        }
        let dots = |version: &str| version.matches('.').count();
        let exact = |best: String, version: String| {
            if best.is_empty() || dots(&version) > dots(&best) { version } else { best }
        };
        let best = versions.into_iter().fold(String::new(), exact);
        if id == "centos" { best.split('.').take(2).collect::<Vec<_>>().join(".") } else { best }
    }

    fn codename(&self, id: &str) -> Option<String> {
        let told = |props: &Props, key: &str| props.get(key).cloned();
        let own = told(&self.os, "version_codename").or_else(|| told(&self.os, "ubuntu_codename"));
        let ubuntu = || told(&self.lsb, "codename").filter(|_| id == "ubuntu");
        let other = || {
            told(&self.os, "codename")
                .or_else(|| told(&self.lsb, "codename"))
                .filter(|name| !name.is_empty())
                .or_else(|| told(&self.release, "codename"))
                .filter(|name| !name.is_empty())
        };
        own.or_else(ubuntu).or_else(other)
    }
}

fn os_release(text: &str) -> Props {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let words = shlex::split(&lines.join("\n")).unwrap_or_default();
    let mut props: Props = words
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let named = ["version_codename", "ubuntu_codename"].iter().find_map(|key| props.get(*key).cloned());
    let codename = named.or_else(|| props.get("version").and_then(|version| in_version(version)));
    if let Some(codename) = codename {
        props.insert("codename".to_owned(), codename);
    }
    props
}

/// The codename in `12 (bookworm)` or `14.04, Trusty Tahr`.
fn in_version(version: &str) -> Option<String> {
    let no_digit = |text: &&str| !text.is_empty() && !text.contains(|letter: char| letter.is_ascii_digit());
    let bracketed = version.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(name, _)| name);
    let after_comma = || version.split_once(',').map(|(_, rest)| rest.trim_start());
    bracketed.filter(no_digit).or_else(|| after_comma().filter(no_digit)).map(str::to_owned)
}

fn lsb_answer(text: &str) -> Props {
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(name, value)| (name.replace(' ', "_").to_lowercase(), value.trim().to_owned())).collect()
}

/// Files in `/etc` that look alike and tell something else.
const OTHER_FILES: [&str; 8] = [
    "lsb-release",
    "oem-release",
    "os-release",
    "system-release",
    "plesk-release",
    "iredmail-release",
    "board-release",
    "initrd-release",
];

fn release_file(host: &Host<'_>) -> Props {
    let mut names = host.names("/etc");
    names.sort();
    for name in names.iter().filter(|name| !OTHER_FILES.contains(&name.as_str())) {
        let stems = ["-release", "_release", "-version", "_version"].map(|end| name.strip_suffix(end));
        let plain = |stem: &&str| stem.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let Some(stem) = stems.into_iter().flatten().find(plain) else { continue };
        if matches!(name.as_str(), "debian_version" | "ec2_version") {
            continue;
        }
        let mut props =
            host.lines(format!("/etc/{name}")).first().map(|line| release_line(line)).unwrap_or_default();
        if let Some(said) = props.get("name") {
            let id = if said.to_lowercase().contains("cloudlinux") { "cloudlinux" } else { stem };
            props.insert("id".to_owned(), id.to_owned());
            return props;
        }
    }
    Props::new()
}

/// Name, version and codename of `CentOS release 6.5 (Final)` and the like.
fn release_line(line: &str) -> Props {
    let line = line.trim();
    let bracketed = || {
        let (before, rest) = line.split_once('(')?;
        let (codename, _) = rest.rsplit_once(')')?;
        versioned(before).map(|(name, version)| (name, version, Some(codename)))
    };
    let found = bracketed().or_else(|| versioned(line).map(|(name, version)| (name, version, None)));
    let mut props = Props::new();
    let mut set = |key: &str, value: &str| {
        if !value.is_empty() {
            props.insert(key.to_owned(), value.to_owned());
        }
    };
    match found {
        Some((name, version, codename)) => {
            set("name", name);
            set("version_id", version);
            set("codename", codename.unwrap_or_default());
        }
        None => set("name", line),
    }
    props
}

/// Splits off the version at the end of a line.
fn versioned(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end_matches(' ');
    let line = line.strip_suffix(" LTS").unwrap_or(line).trim_end_matches(' ');
    let of_version =
        |letter: char| letter.is_ascii_digit() || letter.is_ascii_lowercase() || "+-.".contains(letter);
    let start = line
        .rfind(|letter| !of_version(letter))
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let start = start + line[start..].find(|letter: char| letter.is_ascii_digit())?;
    let (name, version) = line.split_at(start);
    let name = name.trim_end_matches(' ');
    let name = name.strip_suffix("release").map_or(name, |name| name.trim_end_matches(' '));
    (!name.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::{in_version, release_line};

    #[test]
    fn release_lines_are_read_as_distro_reads_them() {
        let table = [
            ("CentOS release 6.5 (Final)", "CentOS", "6.5", "Final"),
            ("CentOS Linux release 7.9.2009 (Core)", "CentOS Linux", "7.9.2009", "Core"),
            ("Fedora release 39 (Thirty Nine)", "Fedora", "39", "Thirty Nine"),
            ("Ubuntu 22.04.3 LTS", "Ubuntu", "22.04.3", ""),
            ("Debian GNU/Linux 12 (bookworm)", "Debian GNU/Linux", "12", "bookworm"),
            ("Arch Linux", "Arch Linux", "", ""),
            ("Gentoo Base System release 2.14", "Gentoo Base System", "2.14", ""),
        ];
        for (line, name, version, codename) in table {
            let props = release_line(line);
            let of = |key: &str| props.get(key).map(String::as_str).unwrap_or_default();
            assert_eq!((of("name"), of("version_id"), of("codename")), (name, version, codename), "{line}");
        }
    }

    #[test]
    fn codenames_are_found_in_versions() {
        let table = [
            ("12 (bookworm)", Some("bookworm")),
            ("14.04, Trusty Tahr", Some("Trusty Tahr")),
            ("8", None),
            ("31 (Workstation Edition)", Some("Workstation Edition")),
        ];
        for (version, wanted) in table {
            assert_eq!(in_version(version).as_deref(), wanted);
        }
    }
}

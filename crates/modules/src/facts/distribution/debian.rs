//! Debian and its relatives.

use super::files::{File, Found};
use super::text::{major, quoted, raw, to_quote};

/// A relative: words in its file, its name, and what else its file tells.
type Relative = (&'static [&'static str], &'static str, fn(&str) -> Found);

const RELATIVES: [Relative; 10] = [
    (&["Ubuntu"], "Ubuntu", |_| Vec::new()),
    (&["SteamOS"], "SteamOS", |_| Vec::new()),
    (&["Kali"], "Kali", rolling),
    (&["Parrot"], "Parrot", rolling),
    (&["Devuan"], "Devuan", devuan),
    (&["Cumulus"], "Cumulus Linux", cumulus),
    (&["Mint"], "Linux Mint", version_only),
    (&["UOS", "Uos", "uos"], "Uos", with_codename),
    (&["Deepin", "deepin"], "Deepin", with_codename),
    (&["LMDE"], "Linux Mint Debian Edition", |_| Vec::new()),
];

pub(super) fn read(file: &File<'_>) -> Option<Found> {
    if file.has("Debian") || file.has("Raspbian") {
        return Some(debian(file));
    }
    let (_, name, more) = RELATIVES.iter().find(|(words, ..)| words.iter().any(|word| file.has(word)))?;
    let mut found = vec![("", (*name).to_owned())];
    found.extend(more(file.data));
    Some(found)
}

fn debian(file: &File<'_>) -> Found {
    let mut found = vec![("", "Debian".to_owned())];
    if let Some(release) = bracketed(file.data) {
        found.push(("_release", release.to_owned()));
    }
    if file.guessed("distribution_release") == "NA" && file.has("Debian") {
        found.extend(by_time_zones(file).map(|release| ("_release", release)));
    }
    let minors = file.host.lines("/etc/debian_version");
    found.extend(minors.iter().filter_map(|line| minor(line)).map(|minor| ("_minor_version", minor)));
    found
}

/// What follows `PRETTY_NAME=… (`, perhaps lines later: testing has no codename there.
fn bracketed(data: &str) -> Option<&str> {
    let rest = &data[data.find("PRETTY_NAME=")? + "PRETTY_NAME=".len()..];
    let (before, after) = rest.split_once('(')?;
    before.ends_with(' ').then_some(())?;
    after.split_once(')').map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// Very old and unfinished releases are known by the package of time zones.
fn by_time_zones(file: &File<'_>) -> Option<String> {
    let status = file.host.ask("dpkg", &["--status", "tzdata"])?;
    let provides: Vec<&str> = status.lines().filter(|line| line.contains("Provides")).collect();
    Some(provides.iter().map(|line| line.split('-').nth(1).unwrap_or(line)).collect::<Vec<_>>().join("\n"))
}

/// The digits after the first dot between digits.
fn minor(line: &str) -> Option<String> {
    let dots = line.match_indices('.').map(|(at, _)| at);
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let after = |at: usize| {
        line[..at].ends_with(|letter: char| letter.is_ascii_digit()).then(|| digits(&line[at + 1..]))
    };
    dots.filter_map(after).find(|minor| !minor.is_empty())
}

fn rolling(data: &str) -> Found {
    raw(data, "DISTRIB_RELEASE").map(|release| ("_release", release.to_owned())).into_iter().collect()
}

fn devuan(data: &str) -> Found {
    let mut found = Found::new();
    let pretty = raw(data, "PRETTY_NAME").map(|name| name.trim_start_matches('"'));
    let last = |name: &str| {
        let end = name.find(['(', '"']).unwrap_or(name.len());
        match name[end..].strip_prefix('(') {
            Some(inner) => inner.split([')', ' ', '"']).next().map(str::to_owned),
            None => name[..end].rsplit_once(' ').map(|(_, word)| word.to_owned()),
        }
    };
    found.extend(pretty.and_then(last).filter(|name| !name.is_empty()).map(|release| ("_release", release)));
    if let Some(version) = quoted(data, "VERSION_ID") {
        found.extend([("_version", version.to_owned()), ("_major_version", version.to_owned())]);
    }
    found
}

fn cumulus(data: &str) -> Found {
    let mut found = Found::new();
    if let Some(version) = raw(data, "VERSION_ID") {
        found.extend([("_version", version.to_owned()), ("_major_version", major(version))]);
    }
    found.extend(quoted(data, "VERSION").map(|release| ("_release", release.to_owned())));
    found
}

fn version_only(data: &str) -> Found {
    let Some(version) = quoted(data, "VERSION_ID") else { return Vec::new() };
    vec![("_version", version.to_owned()), ("_major_version", major(version))]
}

fn with_codename(data: &str) -> Found {
    let release = to_quote(data, "VERSION_CODENAME").map(|release| ("_release", release.to_owned()));
    release.into_iter().chain(version_only(data)).collect()
}

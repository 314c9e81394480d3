//! `lsb`: what the Linux Standard Base's tool or file says about the distribution.

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let mut lsb = host.lsb_release().map(said).unwrap_or_default();
    if lsb.is_empty() {
        lsb = host.content("/etc/lsb-release").map(|text| written(&text)).unwrap_or_default();
    }
    if let Some(major) =
        lsb.get("release").and_then(Value::as_str).and_then(|release| release.split('.').next())
    {
        let major = Value::from(major);
        lsb.insert("major_release".to_owned(), major);
    }
    for value in lsb.values_mut() {
        if let Value::String(text) = value {
            *text = text.trim_matches(['\'', '"', '\\']).to_owned();
        }
    }
    Map::from_iter([("lsb".to_owned(), Value::Object(lsb))])
}

/// The answer of `lsb_release -a`. Where `/etc/lsb-release` has it all, or the tool is the script that
/// repeats `os-release`, it is not run.
pub(super) fn ask(host: &Host<'_>) -> Option<String> {
    let tool = host.bin("lsb_release")?;
    if host.content(&tool).is_some_and(|text| repeats_os_release(&text)) {
        let file = host.content("/etc/os-release").or_else(|| host.content("/usr/lib/os-release"));
        if let Some(answer) = file.and_then(|text| repeated(&text)) {
            return Some(answer);
        }
    }
    let file = host.content("/etc/lsb-release").map(|text| written(&text)).unwrap_or_default();
    let part = |name: &str| file.get(name).and_then(Value::as_str).map(|text| text.trim_matches('"'));
    match (part("id"), part("description"), part("release"), part("codename")) {
        (Some(id), Some(description), Some(release), Some(codename)) => Some(format!(
            "Distributor ID:\t{id}\nDescription:\t{description}\nRelease:\t{release}\nCodename:\t{codename}\n"
        )),
        _ => host.ask("lsb_release", &["-a"]),
    }
}

/// Whether a tool is the shell script of Debian 12 and its like, which starts ten processes to print what
/// stands in `os-release`.
fn repeats_os_release(tool: &str) -> bool {
    tool.starts_with("#!/bin/sh") && tool.contains(". \"$os_release\"") && tool.contains("LSB_OS_RELEASE")
}

/// What that script says; none where only a shell can tell.
fn repeated(os_release: &str) -> Option<String> {
    if std::env::var_os("LSB_OS_RELEASE").is_some() || os_release.contains(['\\', '$', '`']) {
        return None;
    }
    let entry = |wanted: &str| {
        let pairs = os_release.lines().filter_map(|line| line.split_once('='));
        let value = pairs.filter(|(name, _)| *name == wanted).last().map(|(_, value)| value.trim());
        let value = value.map(|value| value.trim_matches(['"', '\'']).to_owned());
        value.filter(|value| !value.is_empty())
    };
    let id = entry("ID").map(|id| match entry("NAME") {
        Some(name) if name.eq_ignore_ascii_case(&id) => name,
        _ => id.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(id.chars().skip(1)).collect(),
    });
    let lines = [
        ("Distributor ID", id),
        ("Description", entry("PRETTY_NAME")),
        ("Release", entry("VERSION_ID")),
        ("Codename", entry("VERSION_CODENAME")),
    ];
    let line = |(label, value): (&str, Option<String>)| {
        format!("{label}:\t{}\n", value.unwrap_or_else(|| "n/a".to_owned()))
    };
    Some(lines.map(line).concat())
}

fn said(text: &str) -> Map {
    let names = [
        ("LSB Version", "release"),
        ("Distributor ID", "id"),
        ("Description", "description"),
        ("Release", "release"),
        ("Codename", "codename"),
    ];
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.filter_map(|(label, value)| Some((known(&names, label)?, Value::from(value.trim())))).collect()
}

fn written(text: &str) -> Map {
    let names = [
        ("DISTRIB_ID", "id"),
        ("DISTRIB_RELEASE", "release"),
        ("DISTRIB_DESCRIPTION", "description"),
        ("DISTRIB_CODENAME", "codename"),
    ];
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.filter_map(|(label, value)| Some((known(&names, label)?, Value::from(value.trim())))).collect()
}

fn known(names: &[(&str, &str)], label: &str) -> Option<String> {
    names.iter().find(|(name, _)| *name == label.trim()).map(|(_, fact)| (*fact).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{repeated, said, written};
    use serde_json::{Value, json};

    #[test]
    fn what_the_script_repeats_need_not_be_asked() {
        let table = [
            (
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n\
                 VERSION_CODENAME=bookworm\nID=debian\n",
                "Distributor ID:\tDebian\nDescription:\tDebian GNU/Linux 12 (bookworm)\nRelease:\t12\n\
                 Codename:\tbookworm\n",
            ),
            (
                "NAME='deepin'\nID=Deepin\n",
                "Distributor ID:\tdeepin\nDescription:\tn/a\nRelease:\tn/a\nCodename:\tn/a\n",
            ),
        ];
        for (file, wanted) in table {
            assert_eq!(repeated(file).as_deref(), Some(wanted));
        }
        assert_eq!(repeated("ID=$X\n"), None);
    }

    #[test]
    fn tool_and_file_are_read() {
        let text =
            "No LSB modules are available.\nDistributor ID:\tDebian\nRelease:\t12\nCodename:\tbookworm\n";
        assert_eq!(
            Value::Object(said(text)),
            json!({"id": "Debian", "release": "12", "codename": "bookworm"})
        );
        let text = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\n";
        assert_eq!(
            Value::Object(written(text)),
            json!({"id": "Ubuntu", "release": "24.04", "codename": "noble"})
        );
    }
}

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

/// The answer of `lsb_release -a`. Where `/etc/lsb-release` has it all, the tool only repeats it and
/// is not run.
pub(super) fn ask(host: &Host<'_>) -> Option<String> {
    host.bin("lsb_release")?;
    let file = host.content("/etc/lsb-release").map(|text| written(&text)).unwrap_or_default();
    let part = |name: &str| file.get(name).and_then(Value::as_str).map(|text| text.trim_matches('"'));
    match (part("id"), part("description"), part("release"), part("codename")) {
        (Some(id), Some(description), Some(release), Some(codename)) => Some(format!(
            "Distributor ID:\t{id}\nDescription:\t{description}\nRelease:\t{release}\nCodename:\t{codename}\n"
        )),
        _ => host.ask("lsb_release", &["-a"]),
    }
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
    use super::{said, written};
    use serde_json::{Value, json};

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

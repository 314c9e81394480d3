//! Fixtures against what `ansible-inventory --list` and `ansible PATTERN --list-hosts` say of them (written
//! by `make_expected.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use rplay_inventory::{GroupId, Inventory, Options};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn read(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn load(directory: &Path, sources: &Json) -> Inventory {
    let path = |source: &str| match source.contains(',') {
        true => source.to_owned(),
        false => directory.join(source).display().to_string(),
    };
    let sources: Vec<String> =
        sources.as_array().unwrap().iter().map(|one| path(one.as_str().unwrap())).collect();
    Inventory::load(&sources, &Options::default()).unwrap().0
}

fn group(inventory: &Inventory, id: GroupId) -> Json {
    let mut entry = Map::new();
    let children: Vec<&str> = inventory.children(id).map(|child| inventory.group_name(child)).collect();
    let hosts: Vec<&str> = inventory.own_hosts(id).map(|host| &**inventory.host_name(host)).collect();
    if !children.is_empty() {
        entry.insert("children".into(), json!(children));
    }
    if !hosts.is_empty() && inventory.group_name(id) != "all" {
        entry.insert("hosts".into(), json!(hosts));
    }
    Json::Object(entry)
}

fn list(inventory: &Inventory, directory: &Path) -> Json {
    let mut out = Map::new();
    for id in inventory.groups() {
        let entry = group(inventory, id);
        if entry.as_object().is_some_and(|entry| !entry.is_empty()) {
            out.insert(inventory.group_name(id).into(), entry);
        }
    }
    let mut hostvars = Map::new();
    for host in inventory.hosts() {
        let mut vars = inventory.host_vars(host, Some(directory)).unwrap().merged(false);
        vars.remove("inventory_file");
        vars.remove("inventory_dir");
        if !vars.is_empty() {
            hostvars.insert(inventory.host_name(host).to_string(), Json::Object(vars.to_json()));
        }
    }
    out.insert("_meta".into(), json!({ "hostvars": hostvars }));
    Json::Object(out)
}

/// Numbers without the text that `arbitrary_precision` keeps of them.
fn plain(json: &Json) -> String {
    match json {
        Json::Object(entries) => {
            let mut parts: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key:?}: {}", plain(value))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[test]
fn inventories_list_as_ansible_inventory_lists_them() {
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(data()).unwrap() {
        let directory = entry.unwrap().path();
        let Some(expected) =
            directory.join("expected.json").exists().then(|| read(&directory.join("expected.json")))
        else {
            continue;
        };
        let got = list(&load(&directory, &expected["sources"]), &directory);
        let mut expected = expected["list"].clone();
        expected["_meta"].as_object_mut().unwrap().remove("profile");
        for key in expected.as_object().unwrap().keys().chain(got.as_object().unwrap().keys()) {
            let null = Json::Null;
            let (want, have) = (expected.get(key).unwrap_or(&null), got.get(key).unwrap_or(&null));
            if plain(want) != plain(have) {
                failures.push(format!(
                    "{}: {key}\n  want {}\n  have {}",
                    directory.display(),
                    plain(want),
                    plain(have)
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn patterns_select_what_ansible_selects() {
    let inventory = load(&data(), &json!(["ini_basic/hosts"]));
    let mut failures = Vec::new();
    for (pattern, expected) in read(&data().join("patterns.json")).as_object().unwrap() {
        let got = inventory.select(pattern, None).map(|selection| {
            selection.hosts.iter().map(|host| inventory.host_name(*host).to_string()).collect::<Vec<_>>()
        });
        if json!(got.clone().unwrap_or_default()) != *expected {
            failures.push(format!("{pattern}\n  want {expected}\n  have {got:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

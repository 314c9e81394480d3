//! What no listing shows: errors, limits, vaulted files, additions while a play runs, speed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use rplay_inventory::{Inventory, InventoryError, Options, PatternError};
use rplay_value::{Key, Value};
use std::{path::Path, sync::Arc, time::Instant};

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn load(text: &str) -> Inventory {
    let directory = tempfile::tempdir().unwrap();
    let source = write(directory.path(), "hosts", text);
    let (inventory, warnings) = Inventory::load(&[source], &Options::default()).unwrap();
    assert!(!warnings.iter().any(|warning| warning.message.contains("parse")), "{warnings:#?}");
    inventory
}

fn names(inventory: &Inventory, pattern: &str, limit: Option<&str>) -> String {
    let hosts = inventory.select(pattern, limit).unwrap().hosts;
    hosts.iter().map(|host| &**inventory.host_name(*host)).collect::<Vec<_>>().join(" ")
}

#[test]
fn mistakes_are_warnings_with_their_line() {
    for (text, words, line) in [
        ("[web]\na b\n", "Expected key=value host variable assignment", ":2"),
        ("[web\na=b]\n", "undefined", ""),
        ("[web:stuff]\n", "has unknown type", ":1"),
        ("[x:children]\nweeb\n[web]\na\n", "Did you mean 'web'", ":2"),
        ("[nope:vars]\na=1\n", "not valid for undefined group", ":1"),
        ("[web]\na x='b\n", "No closing quotation", ":2"),
        ("[a]\nh\n[b]\nh\n[a:children]\nb\n[b:children]\na\n", "recursive dependency loop", ":8"),
        ("[a b]\n", "no spaces", ":1"),
        ("web[1\n", "host range", ":1"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let source = write(directory.path(), "hosts", text);
        let (inventory, warnings) = Inventory::load(&[source], &Options::default()).unwrap();
        let all = warnings
            .iter()
            .map(|warning| format!("{}\n{}", warning.message, warning.detail.clone().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join("\n");
        if words != "undefined" {
            assert!(all.contains(words) && all.contains(line), "{text:?}: {all}");
        }
        // What was read before the mistake stays, as in Ansible, but is in no group that a play means by `all`.
        assert_eq!(inventory.select("all", None).unwrap().hosts.len(), 0, "{text:?}");
    }
}

#[test]
fn failures_can_be_demanded() {
    let missing = ["/nonexistent/inventory".to_owned()];
    let options = Options { unparsed_failed: true, ..Options::default() };
    assert!(matches!(Inventory::load(&missing, &options), Err(InventoryError::NothingParsed)));
    let options = Options { any_unparsed_failed: true, ..Options::default() };
    assert!(matches!(Inventory::load(&missing, &options), Err(InventoryError::Unparsed(_))));
    let (inventory, warnings) = Inventory::load(&missing, &Options::default()).unwrap();
    assert!(warnings.iter().any(|warning| warning.message.contains("only implicit localhost is available")));
    assert_eq!(names(&inventory, "localhost", None), "localhost");
    assert_eq!(names(&inventory, "all", None), "");
}

#[test]
fn limits_narrow_and_may_be_files() {
    let inventory = load("[web]\na\nb\nc\n[db]\nd\n");
    assert_eq!(names(&inventory, "all", Some("web:!b")), "a c");
    assert_eq!(names(&inventory, "web", Some("c,a")), "a c");
    let directory = tempfile::tempdir().unwrap();
    let file = write(directory.path(), "retry", "b\nd\n");
    assert_eq!(names(&inventory, "all", Some(&format!("@{file}"))), "b d");
    assert!(matches!(inventory.select("all", Some("@/nonexistent")), Err(PatternError::LimitFile { .. })));
    assert!(matches!(inventory.select("web[7]", None), Err(PatternError::Subscript { count: 3, .. })));
    assert!(matches!(inventory.select("~(", None), Err(PatternError::Invalid { .. })));
    let warnings = inventory.select("wep", None).unwrap().warnings;
    assert_eq!(
        warnings[0].message,
        "Could not match supplied host pattern, ignoring: wep (did you mean web?)"
    );
}

#[test]
fn vaulted_variable_files_go_through_the_hook() {
    let directory = tempfile::tempdir().unwrap();
    let source = write(directory.path(), "hosts", "h\n");
    let secret = rplay_vault::Secret::new("pw");
    let text = rplay_vault::encrypt(b"token: secret\n", &secret, None, b"salt").unwrap();
    write(directory.path(), "group_vars/all/vault.yml", &text);
    let (inventory, _) = Inventory::load(&[source.clone()], &Options::default()).unwrap();
    let host = inventory.host("h").unwrap();
    assert!(matches!(inventory.host_vars(host, None), Err(InventoryError::Vault { .. })));
    let mut secrets = rplay_vault::Secrets::new();
    secrets.add("default", secret);
    let options = Options {
        vault: Some(Arc::new(move |text, _| {
            rplay_vault::decrypt(text, &secrets).map_err(|error| error.to_string())
        })),
        ..Options::default()
    };
    let (inventory, _) = Inventory::load(&[source], &options).unwrap();
    let vars = inventory.host_vars(inventory.host("h").unwrap(), None).unwrap().merged(false);
    assert_eq!(vars.get("token"), Some(&Value::from("secret")));
}

#[test]
fn values_are_trusted_and_know_their_line() {
    let inventory = load("h a='{{ x }}'\n");
    let vars = inventory.host_vars(inventory.host("h").unwrap(), None).unwrap().merged(false);
    let Some(Value::Str(text)) = vars.get("a") else { panic!("{vars:?}") };
    assert!(text.is_trusted());
    assert_eq!(text.origin().unwrap().line, 1);
}

#[test]
fn plays_can_add_hosts_and_groups() {
    let mut inventory = load("[web]\na\n");
    let new = inventory.add_host("n", None).unwrap();
    inventory.set_host_var(new, Key::from("k"), Value::from(1));
    inventory.reconcile();
    assert_eq!(inventory.host_groups(new), ["ungrouped"]);
    let group = inventory.add_group("os_linux").unwrap();
    let parent = inventory.add_group("os").unwrap();
    inventory.add_child(parent, group).unwrap();
    assert!(inventory.add_host_to_group(group, new));
    assert!(!inventory.add_host_to_group(group, new));
    inventory.reconcile();
    assert_eq!(inventory.host_groups(new), ["os", "os_linux"]);
    assert_eq!(names(&inventory, "os", None), "n");
    assert_eq!(names(&inventory, "ungrouped", None), "");
    assert!(inventory.groups_dict().get("os").is_some());
    let local = inventory.host("localhost").unwrap();
    inventory.add_host_to_group(group, local);
    assert_eq!(names(&inventory, "os_linux", None), "n localhost");
    assert_eq!(names(&inventory, "all", None), "a n");
}

#[test]
fn variables_are_shared_and_large_inventories_fast() {
    let directory = tempfile::tempdir().unwrap();
    let mut text = String::from("[all_of_them]\n");
    for index in 0..10_000 {
        text.push_str(&format!("host{index:05} ansible_host=10.1.2.3 index={index} role='web'\n"));
    }
    let source = write(directory.path(), "hosts", &text);
    let big: String = (0..1000).map(|index| format!("key{index}: value {index}\n")).collect();
    write(directory.path(), "group_vars/all.yml", &big);
    let start = Instant::now();
    let (inventory, _) = Inventory::load(&[source], &Options::default()).unwrap();
    assert_eq!(inventory.len(), 10_000);
    let layers: Vec<_> =
        inventory.hosts().take(5000).map(|host| inventory.host_vars(host, None).unwrap()).collect();
    let first = &layers[0].all_files_inventory[0];
    assert!(layers.iter().all(|layer| Arc::ptr_eq(&layer.all_files_inventory[0], first)));
    // Generous, since this may be an unoptimised build on a busy machine.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    println!("10,000 hosts, 5,000 layered: {:?}", start.elapsed());
}

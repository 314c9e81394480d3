//! Sources of every kind that make no sense: they may be refused, never end the program.

use rplay_inventory::{Inventory, Options};
use std::{fs, os::unix::fs::PermissionsExt};

const ODD: &[(&str, &str)] = &[
    ("a.toml", "[g]\nhosts = 1\n"),
    ("b.toml", "[g.hosts]\n\"x[1:\" = {}\n"),
    ("c.toml", "[g]\nchildren = [1, [\"a\"]]\n"),
    ("d.toml", "[g.hosts.h]\nt = 23:59:60\nd = 0000-01-01\n"),
    ("e.toml", "["),
    ("f.yml", "plugin: constructed\nkeyed_groups: [1]\n"),
    ("g.yml", "plugin: constructed\nkeyed_groups: x\ncompose: []\n"),
    ("h.yml", "plugin: generator\nlayers: {a: [], b: 1}\n"),
    ("i.yml", "plugin: generator\nhosts: {name: x}\nlayers: {a: []}\n"),
    ("j.yml", "plugin: auto\n"),
    ("k.yml", "plugin: [x]\n"),
    ("l", "\u{feff}[g]\nh a=b\n[g:vars]\n=\n"),
    ("m.sh", "#!/bin/sh\necho '{\"g\": {\"hosts\": [1], \"children\": {\"a\": 1}}}'\n"),
    ("n.sh", "#!/bin/sh\necho '{\"_meta\": []}'\n"),
];

#[test]
fn no_source_ends_the_program() {
    for (name, text) in ODD {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        let mode = if name.ends_with(".sh") { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let sources = ["host,".to_owned(), path.display().to_string()];
        let (_, warnings) = Inventory::load(&sources, &Options::default()).unwrap();
        assert!(!warnings.is_empty() || matches!(*name, "d.toml" | "i.yml"), "{name}");
    }
    let many = "a[1:1000000]b[1:1000000],".to_owned();
    let options = Options { enabled: vec!["advanced_host_list".into()], ..Options::default() };
    let (inventory, _) = Inventory::load(&[many], &options).unwrap();
    assert_eq!(inventory.len(), 1);
}

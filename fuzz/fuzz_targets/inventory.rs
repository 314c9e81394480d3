//! Inventories as files hold them: INI, YAML or whatever they are taken for, and the variables of their hosts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_inventory::{Inventory, Options};
use std::{fs, path::PathBuf, sync::LazyLock};

/// In memory where the system has such a place.
static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(|| {
    let base = if fs::metadata("/dev/shm").is_ok() { "/dev/shm".into() } else { std::env::temp_dir() };
    let directory = base.join(format!("rplay-fuzz-inventory-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory for inventories");
    directory
});

fuzz_target!(|data: &[u8]| {
    let name = if data.len().is_multiple_of(2) { "hosts" } else { "hosts.yml" };
    let path = DIRECTORY.join(name);
    fs::write(&path, data).expect("an inventory");
    let sources = [path.to_string_lossy().into_owned()];
    let Ok((inventory, _)) = Inventory::load(&sources, &Options::default()) else { return };
    let Ok(selected) = inventory.select("all", None) else { return };
    for host in selected.hosts.into_iter().take(16) {
        let _ = inventory.host_vars(host, None);
    }
});

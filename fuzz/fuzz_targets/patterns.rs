//! Host patterns and limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_inventory::{Inventory, Options};
use std::sync::LazyLock;

static INVENTORY: LazyLock<Inventory> = LazyLock::new(|| {
    let sources = ["web1,web2,db1,db-2,10.0.0.1,::1,localhost,".to_owned()];
    Inventory::load(&sources, &Options::default()).expect("a list of hosts").0
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A limit may name a file; the files of this machine are none of the fuzzer's business.
    if text.contains('@') {
        return;
    }
    let (pattern, limit) = text.split_once('\n').map_or((text, None), |(pattern, limit)| (pattern, Some(limit)));
    let _ = INVENTORY.select(pattern, limit);
});

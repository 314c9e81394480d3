//! `key=value` arguments of tasks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_playbook::args::{Free, pairs, split};
use rplay_value::Str;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = split(text);
    for free in [Free::No, Free::Yes] {
        let _ = pairs(&Str::trusted(text), free);
    }
});

//! YAML of a person or a program: loaded, shown where it is wrong, written and loaded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_yaml::{Source, Trust, emit, load, load_all};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Source::new("fuzz.yml", text);
    let _ = load_all(&source, Trust::Untrusted);
    match load(&source, Trust::Trusted) {
        Ok(document) => {
            let value = document.root.to_value();
            let _ = value.to_text();
            let _ = emit::to_string(&value, &emit::Style::default());
        }
        Err(error) => {
            let _ = error.report();
        }
    }
});

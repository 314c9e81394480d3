//! Vault texts: whatever stands in a file, whatever its digits stand for, and there and back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rplay_vault::{Envelope, Secret, Secrets, decrypt, encrypt, is_encrypted};
use std::sync::LazyLock;

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    let mut secrets = Secrets::new();
    secrets.add("default", Secret::new("password"));
    secrets
});

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(is_encrypted(text) || Envelope::parse(text).is_err());
        let _ = decrypt(text, &SECRETS);
    }
    // Valid digits around any payload reach what is behind them.
    let _ = decrypt(&format!("$ANSIBLE_VAULT;1.1;AES256\n{}\n", hex(data)), &SECRETS);
    if data.len().is_multiple_of(4) {
        // One salt, so that keys are derived once.
        let secret = Secret::new("password");
        if let Ok(text) = encrypt(data, &secret, Some("id"), b"salt") {
            assert_eq!(decrypt(&text, &SECRETS).as_deref(), Ok(data));
        }
    }
});

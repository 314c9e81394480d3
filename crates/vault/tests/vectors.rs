//! Both ways against texts that ansible-core wrote (`data/vectors.json`, made by `make_vectors.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use rplay_vault::{Secret, Secrets, VaultError, decrypt, encrypt, is_encrypted, random_salt};

struct Vector {
    plain: String,
    password: String,
    id: Option<String>,
    salt: String,
    text: String,
}

fn vectors() -> Vec<Vector> {
    let json: Vec<serde_json::Value> = serde_json::from_str(include_str!("data/vectors.json")).unwrap();
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().map(str::to_owned);
    json.iter()
        .map(|one| Vector {
            plain: text(one, "plain").unwrap(),
            password: text(one, "password").unwrap(),
            id: text(one, "id"),
            salt: text(one, "salt").unwrap(),
            text: text(one, "text").unwrap(),
        })
        .collect()
}

fn secrets(entries: &[(&str, &str)]) -> Secrets {
    let mut secrets = Secrets::new();
    for (id, password) in entries {
        secrets.add(*id, Secret::new(*password));
    }
    secrets
}

#[test]
fn writes_what_ansible_vault_writes() {
    for vector in vectors() {
        let secret = Secret::new(vector.password.as_str());
        let text = encrypt(vector.plain.as_bytes(), &secret, vector.id.as_deref(), vector.salt.as_bytes());
        assert_eq!(text.unwrap(), vector.text);
    }
}

#[test]
fn reads_what_ansible_vault_wrote() {
    for vector in vectors() {
        assert!(is_encrypted(&vector.text));
        let secrets = secrets(&[("wrong", "nope"), ("other", &vector.password)]);
        assert_eq!(decrypt(&vector.text, &secrets).unwrap(), vector.plain.as_bytes());
        let crlf = vector.text.replace('\n', "\r\n");
        assert_eq!(decrypt(&crlf, &secrets).unwrap(), vector.plain.as_bytes());
    }
}

#[test]
fn a_round_trip_with_a_random_salt() {
    let secret = Secret::from_file_content(b" secret \n");
    let text = encrypt(b"plain", &secret, None, &random_salt().unwrap()).unwrap();
    assert_eq!(decrypt(&text, &secrets(&[("default", "secret")])).unwrap(), b"plain");
}

#[test]
fn failures_name_the_ids() {
    let vector = &vectors()[2];
    assert_eq!(
        decrypt(&vector.text, &secrets(&[("dev", "a"), ("prod", "b")])),
        Err(VaultError::NoneFits { vault_id: "prod".into(), tried: vec!["prod".into(), "dev".into()] })
    );
    let mut only = secrets(&[("dev", &vector.password)]);
    only.match_ids(true);
    assert_eq!(
        decrypt(&vector.text, &only),
        Err(VaultError::NoneFits { vault_id: "prod".into(), tried: Vec::new() })
    );
    assert!(matches!(decrypt(&vector.text, &Secrets::new()), Err(VaultError::NoSecrets { .. })));
}

#[test]
fn damage_is_an_error() {
    let some = secrets(&[("default", "password")]);
    let good = &vectors()[0].text;
    for text in [
        "plain".to_owned(),
        "$ANSIBLE_VAULT".into(),
        "$ANSIBLE_VAULT;1.0;AES\n00\n".into(),
        "$ANSIBLE_VAULT;1.1;AES256\n".into(),
        "$ANSIBLE_VAULT;1.1;AES256\nzz\n".into(),
        good[..good.len() - 3].to_owned(),
        good.replace("AES256", "ROT13"),
        format!("{good}é"),
    ] {
        assert!(decrypt(&text, &some).is_err(), "{text:?}");
    }
    let flipped = good.rsplit_once('3').map(|(head, tail)| format!("{head}9{tail}")).unwrap();
    assert!(decrypt(&flipped, &some).is_err());
}

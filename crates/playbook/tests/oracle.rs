//! What is accepted and refused, with which words: recorded from `ansible-playbook --syntax-check` of
//! ansible-core 2.19.14 (name, exit code, first line of the message, files). Long tails of messages that list
//! machine paths or Python internals are cut in the recording.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;

use rplay_playbook::{ErrorKind, Severity};
use serde_json::Value as Json;

/// Where this loader answers otherwise, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("register list", "the type is named with the value's"),
    ("key not text", "Ansible crashes"),
    ("import_tasks itself", "Ansible crashes"),
    ("nested rescue without block", "a clearer message"),
    ("role templated undefined", "says that it is the role's name"),
    ("import_tasks missing", "the file is named in the same line"),
    ("import_playbook missing", "the file is named in the same line"),
];

fn files_of(row: &Json) -> Vec<(&str, &str)> {
    let files = row[3].as_object().unwrap().iter();
    files.map(|(name, text)| (name.as_str(), text.as_str().unwrap())).collect()
}

#[test]
fn strict_mode_agrees_with_ansible() {
    let rows: Vec<Json> = serde_json::from_str(include_str!("oracle.json")).unwrap();
    assert!(rows.len() > 200);
    let mut wrong = Vec::new();
    for row in &rows {
        let name = row[0].as_str().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        common::write(&root, &files_of(row));
        let result = common::loader(true).playbook(&root.join("site.yml"));
        let code = match &result {
            Ok(_) => 0,
            Err(error) if error.kind == ErrorKind::Parse => 4,
            Err(_) => 1,
        };
        let said = result.err().map(|error| error.to_string().replace(root.to_str().unwrap(), "DIR"));
        let wanted = row[2].as_str();
        let agrees = code == row[1].as_i64().unwrap()
            && match (&said, wanted) {
                (Some(said), Some(wanted)) => said.starts_with(wanted.trim_end_matches('.')),
                (None, None) => true,
                _ => false,
            };
        if !agrees && !DIFFERENT.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("{name}\n  wanted {} {wanted:?}\n  got    {code} {said:?}", row[1]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn older_forms_are_accepted_with_a_deprecation() {
    let rows: Vec<Json> = serde_json::from_str(include_str!("oracle.json")).unwrap();
    let names =
        ["sudo", "always_run", "static", "include old", "vars list", "task vars list", "include playbook"];
    for name in names {
        let row = rows.iter().find(|row| row[0] == name).unwrap();
        let dir = tempfile::tempdir().unwrap();
        common::write(dir.path(), &files_of(row));
        let loader = common::loader(false);
        let result = loader.playbook(&dir.path().join("site.yml"));
        assert!(result.is_ok(), "{name}: {:?}", result.err().map(|error| error.report()));
        assert!(loader.take_warnings().iter().any(|warning| warning.severity == Severity::Dropped), "{name}");
    }
}

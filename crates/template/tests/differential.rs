//! Seeded expressions over all filters and tests, rendered by ansible-core and by us, compared by type and
//! `repr`. Needs a virtual environment with ansible-core 2.19; its path is in `RPLAY_ORACLE`.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr)]

use rplay_template::{Scope, Settings, Templar};
use rplay_value::{Dict, Value};
use serde_json::Value as Json;
use std::{path::Path, process::Command, sync::Arc};

const COUNT: &str = "4000";
/// Another seed may stand in `RPLAY_SEED`.
const SEED: &str = "20";

fn oracle() -> String {
    let venv = std::env::var("RPLAY_ORACLE")
        .expect("RPLAY_ORACLE must hold the path of a virtual environment with ansible-core 2.19");
    let python = Path::new(&venv).join("bin/python");
    assert!(python.exists(), "RPLAY_ORACLE: {} does not exist", python.display());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/expressions.py");
    let seed = std::env::var("RPLAY_SEED").unwrap_or_else(|_| SEED.to_owned());
    let mut oracle = Command::new(python);
    // The order of sets of strings shows in sums and in what is equal but for its case.
    oracle.arg(script).args([COUNT, &seed]).env("PYTHONHASHSEED", "0");
    let output = oracle.output().expect("the oracle runs");
    assert!(output.status.success(), "the oracle failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the oracle writes UTF-8")
}

fn users() -> Value {
    let user = |name: &str, v: i64, t: &[&str]| {
        Value::dict([
            ("n", Value::from(name)),
            ("v", Value::Int(v)),
            ("t", Value::list(t.iter().map(|tag| Value::from(*tag)))),
        ])
    };
    Value::list([user("zoe", 3, &["q"]), user("Al", 1, &[])])
}

/// Where we differ on purpose: texts that are not UTF-8 are errors, HTML text has no type of its own, and
/// random numbers beyond 64 bits are refused.
fn is_excused(template: &str) -> bool {
    let html =
        ["|e|", "|tojson", "|striptags", "|urlize", "|xmlattr"].iter().any(|name| template.contains(name));
    template.contains("|b64decode")
        || (html && template.ends_with("|type_debug }}"))
        || template.starts_with("{{ (10**20)|random")
}

#[test]
fn filters_and_tests_agree_with_ansible() {
    let templar = Templar::new(Settings::default());
    let scope: Arc<dyn Scope> = Arc::new(
        [
            ("ml", Value::from("one\ntwo\n\nthree")),
            ("doc", Value::from("a: 1\nb: [x, yes, 1.0]\n")),
            ("tabbed", Value::from("tab\there  there")),
            ("users", users()),
        ]
        .into_iter()
        .collect::<Dict>(),
    );
    let (mut total, mut wrong, mut texts) = (0, 0, 0);
    for line in oracle().lines() {
        let case: Json = serde_json::from_str(line).expect("a line of JSON");
        let template = case["template"].as_str().expect("a template");
        let ours = templar.render(&scope, &Value::template(template));
        total += 1;
        let theirs = case["value"].as_str().map(|value| (case["type"].as_str().unwrap_or_default(), value));
        let got = match &ours {
            Ok(Some(value)) => Some((value.type_name(), value.repr())),
            _ => None,
        };
        let agree = match (&theirs, &got) {
            (None, None) => {
                let message = case["error"][1].as_str().unwrap_or_default();
                let own = ours.as_ref().err().map(|error| {
                    error.cause.as_ref().map_or(error.message.clone(), |cause| cause.message.clone())
                });
                if own.as_deref() != Some(message) {
                    texts += 1;
                    if std::env::var_os("RPLAY_SHOW_TEXTS").is_some() {
                        eprintln!("{template}\n   theirs {message}\n   ours   {}", own.unwrap_or_default());
                    }
                }
                true
            }
            (Some((kind, value)), Some((own_kind, own))) => kind == own_kind && value == own,
            _ => false,
        };
        if !agree && !is_excused(template) {
            wrong += 1;
            eprintln!(
                "{template}\n   theirs {theirs:?} {}\n   ours   {got:?} {}",
                case["error"],
                ours.err().map(|e| e.to_string()).unwrap_or_default()
            );
        }
    }
    eprintln!("{total} expressions, {wrong} differ, {texts} fail with other words");
    assert_eq!(wrong, 0, "of {total} expressions");
}

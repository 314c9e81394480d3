//! Prints, for each file named on standard input, one JSON line: the repr of its documents, or its error.
//! `tests/compare.py` compares that with Ansible's own loader.

use rplay_yaml::{Source, Trust, load_all};
use std::io::{Write, stdin, stdout};

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    for path in stdin().lines() {
        let path = path?;
        let line = match std::fs::read_to_string(&path) {
            Ok(text) => describe(&path, &text),
            Err(error) => serde_json::json!({ "unread": error.to_string() }),
        };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn describe(path: &str, text: &str) -> serde_json::Value {
    match load_all(&Source::new(path, text), Trust::Trusted) {
        Ok(documents) => {
            let values: Vec<String> = documents.iter().map(|one| one.root.to_value().repr()).collect();
            serde_json::json!({ "repr": values })
        }
        Err(error) => {
            serde_json::json!({ "error": error.message(), "line": error.line(), "column": error.column() })
        }
    }
}

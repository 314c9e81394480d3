//! Snippets against what Ansible's own loader made of them (`data/cases.json`, written by `make_cases.py`).

use rplay_yaml::{Source, Trust, load_all};
use serde_json::Value as Json;

#[test]
fn snippets_read_as_ansible_reads_them() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("data/cases.json")).unwrap();
    let failures: Vec<String> = cases.iter().filter_map(difference).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn difference(case: &Json) -> Option<String> {
    let text = case["yaml"].as_str().unwrap();
    let got = match load_all(&Source::new("case.yml", text), Trust::Trusted) {
        Ok(documents) => {
            let values: Vec<String> = documents.iter().map(|one| one.root.to_value().repr()).collect();
            serde_json::json!({ "repr": values })
        }
        Err(_) if case["loose"] == true => return None,
        Err(error) => {
            serde_json::json!({ "error": error.message(), "line": error.line(), "column": error.column() })
        }
    };
    let mut expected = case.clone();
    expected.as_object_mut().unwrap().remove("yaml");
    (got != expected).then(|| format!("{text:?}\n  expected {expected}\n  got      {got}"))
}

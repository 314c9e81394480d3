//! Every case of `data/jinja-cases.json`: what Ansible 2.19 itself answers to templates, expressions,
//! conditionals and template files. `oracle/record.py` records such cases.

use rplay_template::{ErrorKind, FileOptions, Scope, Settings, SyntaxOptions, Templar, TemplateError};
use rplay_value::{Dict, Str, Value};
use serde_json::Value as Json;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// The answer in the words of the cases file.
#[derive(Debug, PartialEq)]
enum Answer {
    Value { kind: String, repr: String },
    Error { kind: String, message: String, cause: Option<(String, String)> },
}

/// Class names of Ansible's implementation that our messages do not copy.
fn plain(text: &str, dir: &str) -> String {
    let mut text = text.replace(dir, "DIR");
    for (theirs, ours) in [
        ("ansible._internal._templating._lazy_containers.", ""),
        ("_AnsibleLazyTemplateDict", "dict"),
        ("_AnsibleLazyTemplateList", "list"),
        ("_AnsibleTaggedStr", "str"),
        ("_AnsibleTaggedInt", "int"),
    ] {
        text = text.replace(theirs, ours);
    }
    text
}

fn answer(result: Result<Option<Value>, TemplateError>) -> Answer {
    match result {
        Ok(Some(value)) => Answer::Value { kind: value.type_name().into(), repr: value.repr() },
        Ok(None) => Answer::Error {
            kind: ErrorKind::Omitted.type_name().into(),
            message: "A template was resolved to an Omit scalar.".into(),
            cause: None,
        },
        Err(error) => Answer::Error {
            kind: error.kind.type_name().into(),
            message: error.message,
            cause: error.cause.map(|cause| (cause.kind.into(), cause.message)),
        },
    }
}

fn expected(case: &Json) -> Answer {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    if let Some(expected) = case.get("expected") {
        return Answer::Value { kind: text(&expected["type"]), repr: text(&expected["value"]) };
    }
    let error = &case["error"];
    let cause =
        error.get("cause").map(|cause| (text(&cause["type"]), plain(&text(&cause["message"]), "\u{0}")));
    Answer::Error { kind: text(&error["type"]), message: plain(&text(&error["message"]), "\u{0}"), cause }
}

fn syntax(options: Option<&Json>) -> SyntaxOptions {
    let mut syntax = SyntaxOptions::default();
    for (key, value) in options.and_then(Json::as_object).into_iter().flatten() {
        let text = || value.as_str().unwrap_or_default().to_owned();
        match key.as_str() {
            "trim_blocks" => syntax.trim_blocks = value.as_bool().unwrap(),
            "lstrip_blocks" => syntax.lstrip_blocks = value.as_bool().unwrap(),
            "keep_trailing_newline" => syntax.keep_trailing_newline = value.as_bool().unwrap(),
            "newline_sequence" => syntax.newline_sequence = text(),
            "variable_start_string" => syntax.variable_start_string = text(),
            "variable_end_string" => syntax.variable_end_string = text(),
            "block_start_string" => syntax.block_start_string = text(),
            "block_end_string" => syntax.block_end_string = text(),
            other => panic!("option {other}"),
        }
    }
    syntax
}

fn run(case: &Json, templar: &Templar, dir: &PathBuf) -> Answer {
    let untrusted: Vec<&str> = case
        .get("untrusted")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut vars = Dict::new();
    for (name, value) in case["vars"].as_object().into_iter().flatten() {
        let value = Value::from(value.clone()).with_trust(!untrusted.contains(&name.as_str()));
        vars.insert(name.as_str(), value);
    }
    if let Some(files) = case.get("files").and_then(Json::as_object) {
        for (name, content) in files {
            std::fs::write(dir.join(name), content.as_str().unwrap_or_default()).unwrap();
        }
    }
    let scope: Arc<dyn Scope> = Arc::new(vars);
    let text = case["template"].as_str().unwrap_or_default();
    let source = Str::trusted(text);
    let mode = case.get("mode").and_then(Json::as_str);
    let options = FileOptions { syntax: syntax(case.get("options")), search_path: Some(vec![dir.clone()]) };
    match mode {
        Some("expr") => answer(templar.expression(&scope, &source).map(Some)),
        Some("cond") => {
            answer(templar.condition(&scope, &Value::Str(source)).map(|bool| Some(Value::Bool(bool))))
        }
        Some("file") => answer(templar.render_file_value(&scope, &source, &options).map(Some)),
        _ if case.get("files").is_some() => answer(templar.render_with_files(&scope, &source, &options)),
        _ => answer(templar.render(&scope, &Value::Str(source))),
    }
}

#[test]
fn templates_render_as_ansible_renders_them() {
    check("jinja", include_str!("data/jinja-cases.json"));
}

#[test]
fn the_language_is_ansibles() {
    check("language", include_str!("data/language-cases.json"));
}

#[test]
fn corners_of_the_language_are_ansibles() {
    check("corners", include_str!("data/corner-cases.json"));
}

#[test]
fn files_conditions_and_white_space_are_ansibles() {
    check("files", include_str!("data/file-cases.json"));
}

fn check(file: &str, cases: &str) {
    let cases: Vec<Json> = serde_json::from_str(cases).unwrap();
    let templar = Templar::new(Settings::default());
    let dir = std::env::temp_dir().join(format!("rplay-template-{file}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let group = name.trim_end_matches(|char: char| char.is_ascii_digit() || char == '-').to_owned();
        let entry = groups.entry(group).or_default();
        entry.1 += 1;
        let got = run(case, &templar, &dir);
        let got = match got {
            Answer::Error { kind, message, cause } => {
                let shown = dir.to_string_lossy();
                let cause = cause.map(|(kind, message)| (kind, plain(&message, &shown)));
                Answer::Error { kind, message: plain(&message, &shown), cause }
            }
            value => value,
        };
        let wanted = expected(case);
        if got == wanted {
            entry.0 += 1;
        } else {
            failures.push(format!("{name}: {}\n   want {wanted:?}\n   got  {got:?}", case["template"]));
        }
    }
    let _ = std::fs::remove_dir_all(&dir);
    for (group, (passed, all)) in &groups {
        println!("{group:16} {passed:3} of {all}");
    }
    let passed: usize = groups.values().map(|(passed, _)| passed).sum();
    println!("{passed} of {} pass", cases.len());
    assert!(failures.is_empty(), "{} cases differ:\n{}", failures.len(), failures.join("\n"));
}

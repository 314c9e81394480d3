#![allow(clippy::expect_used, clippy::print_stderr)]
use super::*;

fn nice(value: &Value) -> String {
    to_string(value, &Style { indent: 4, ..Style::default() }).unwrap_or_default()
}

#[test]
fn strings_are_quoted_where_yaml_1_1_would_read_something_else() {
    for (text, written) in [
        ("a", "a\n"),
        ("yes", "'yes'\n"),
        ("1.5", "'1.5'\n"),
        ("1:30", "'1:30'\n"),
        ("0o7", "0o7\n"),
        ("2020-01-02", "'2020-01-02'\n"),
        ("", "''\n"),
        ("a: b", "'a: b'\n"),
        ("tab\t", "\"tab\\t\"\n"),
        ("é\u{1f600}", "\"é\\U0001F600\"\n"),
    ] {
        assert_eq!(nice(&Value::from(text)), written, "{text:?}");
    }
}

#[test]
fn keys_are_sorted_and_lists_under_keys_not_indented() {
    let value =
        Value::dict([("b", Value::list([Value::from(1), Value::from("x\ny\n")])), ("a", Value::None)]);
    assert_eq!(nice(&value), "a: null\nb:\n- 1\n- 'x\n\n    y\n\n    '\n");
    let terse = Style { default_flow: None, ..Style::default() };
    assert_eq!(to_string(&value, &terse).unwrap_or_default(), "a: null\nb: [1, 'x\n\n    y\n\n    ']\n");
}

/// One of the recorded values: integers as `{"i": …}`, floats as `{"f": …}`, dictionaries as `{"d": [[key, value], …]}`.
fn recorded(json: &serde_json::Value) -> Value {
    use rplay_value::{Dict, Key};
    if let Some(items) = json.as_array() {
        return Value::list(items.iter().map(recorded));
    }
    let Some(tagged) = json.as_object() else { return Value::from(json.clone()) };
    let text = |key: &str| tagged.get(key).and_then(|text| text.as_str());
    if let Some(int) = text("i") {
        return int.parse::<i64>().map_or_else(
            |_| Value::BigInt(std::sync::Arc::new(int.parse().expect("an integer"))),
            Value::Int,
        );
    }
    if let Some(float) = text("f") {
        return Value::Float(float.parse().expect("a float"));
    }
    let entries = tagged["d"].as_array().expect("entries");
    let entry = |pair: &serde_json::Value| (Key::new(recorded(&pair[0])).expect("a key"), recorded(&pair[1]));
    Value::from(entries.iter().map(entry).collect::<Dict>())
}

fn recorded_style(options: &serde_json::Value) -> Style {
    let int = |key: &str, default: i32| options[key].as_i64().map_or(default, |int| int as i32);
    let flag = |key: &str, default: bool| options[key].as_bool().unwrap_or(default);
    Style {
        default_flow: match options.get("default_flow_style") {
            Some(given) => given.as_bool(),
            None => Some(false),
        },
        default_style: match options["default_style"].as_str() {
            Some("'") => Some(ScalarForm::Single),
            Some("\"") => Some(ScalarForm::Double),
            Some("|") => Some(ScalarForm::Literal),
            Some(">") => Some(ScalarForm::Folded),
            _ => None,
        },
        indent: int("indent", 2),
        width: int("width", 80),
        sort_keys: flag("sort_keys", true),
        explicit_start: flag("explicit_start", false),
        explicit_end: flag("explicit_end", false),
        canonical: flag("canonical", false),
        ..Style::default()
    }
}

/// `cases.json`: [value, options, what PyYAML 6.0.3 with libyaml 0.2.5 wrote].
#[test]
fn writes_what_pyyaml_wrote() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("cases.json")).expect("the recorded cases");
    let mut wrong = 0;
    for case in cases.as_array().expect("a list") {
        let (value, style) = (recorded(&case[0]), recorded_style(&case[1]));
        let written = to_string(&value, &style).expect("written");
        let expected = case[2].as_str().expect("text");
        if written != expected {
            wrong += 1;
            if wrong < 12 {
                eprintln!("{} {}\n  wrote    {written:?}\n  expected {expected:?}", value.repr(), case[1]);
            }
        }
    }
    assert_eq!(wrong, 0);
}

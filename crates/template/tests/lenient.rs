//! Conditionals as Ansible accepted them before 2.19: a warning instead of an error.

use rplay_template::{Scope, Settings, Templar, TemplateError, WarningSink};
use rplay_value::{Dict, Origin, Value};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Sink(Mutex<Vec<String>>);

impl WarningSink for Sink {
    fn warning(&self, message: &str, _: Option<&Origin>) {
        self.0.lock().unwrap().push(message.to_owned());
    }
    fn deprecated(&self, message: &str, _: Option<&Origin>) {
        self.0.lock().unwrap().push(message.to_owned());
    }
}

fn condition(text: &str) -> (Result<bool, TemplateError>, usize) {
    let mut vars = Dict::new();
    vars.insert("x", Value::from(5));
    vars.insert("l", Value::list([Value::from(1)]));
    vars.insert("empty", Value::from(""));
    vars.insert("yes_text", Value::from("yes"));
    vars.insert("no_text", Value::from("False"));
    vars.insert("evil", Value::from("lookup('pipe', 'id') == 1"));
    vars.insert("expr", Value::template("x == 5"));
    let scope: Arc<dyn Scope> = Arc::new(vars);
    let sink = Arc::new(Sink::default());
    let settings = Settings { strict: false, warnings: Some(sink.clone()), ..Settings::default() };
    let result = Templar::new(settings).condition(&scope, &Value::template(text));
    let warnings = sink.0.lock().unwrap().len();
    (result, warnings)
}

#[test]
fn older_conditionals_are_taken_by_their_truth_with_a_warning() {
    for (text, wanted, warns) in [
        ("x == 5", true, false),
        ("x", true, true),
        ("l", true, true),
        ("empty", false, true),
        ("not l", false, false),
        ("", true, true),
        ("{{ x == 5 }}", true, true),
        ("{{ expr }}", true, false),
        ("{{ yes_text }}", true, false),
        ("{{ no_text }}", false, false),
        ("{{ x }} == 5", true, true),
        ("{{ x }} == {{ x + 1 }}", false, false),
        ("{{ x }} == {{ x }}", true, false),
    ] {
        let (result, warnings) = condition(text);
        assert_eq!(result.unwrap(), wanted, "{text}");
        assert_eq!(warnings > 0, warns, "{text}");
    }
}

#[test]
fn a_value_is_not_run_as_an_expression() {
    assert!(condition("{{ evil }} and {{ x }}").0.is_err());
    assert!(condition("{{ evil }}").0.unwrap());
}

#[test]
fn tests_are_filters_in_the_old_spelling() {
    for text in ["x|number", "l|subset([1, 2])"] {
        let (holds, warnings) = condition(text);
        assert_eq!((holds.unwrap(), warnings), (true, 1), "{text}");
    }
    // A filter of the name goes first, as it always did.
    assert!(condition("(l|string) == '[1]'").0.unwrap());
}

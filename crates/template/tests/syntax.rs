//! What is no template or expression is refused in Jinja's words; each is what Jinja 3.1 says.

use rplay_template::{Binding, FileOptions, Scope, Settings, Templar, TemplateError};
use rplay_value::{Str, Value};
use std::sync::Arc;

struct Vars;

impl Scope for Vars {
    fn lookup(&self, name: &str) -> Option<Binding> {
        match name {
            "a" => Some(Binding::Value(Value::Int(1))),
            "b" => Some(Binding::Value(Value::Int(2))),
            "xs" => Some(Binding::Value(Value::list([1.into(), 2.into()]))),
            _ => None,
        }
    }
    fn names(&self) -> Vec<Str> {
        ["a", "b", "xs"].map(Str::from).to_vec()
    }
}

fn templar() -> Templar {
    let jinja2_extensions = vec!["jinja2.ext.do".to_owned(), "jinja2.ext.loopcontrols".to_owned()];
    Templar::new(Settings { jinja2_extensions, ..Settings::default() })
}

/// What is wrong with a source: the cause's message.
fn wrong(result: Result<String, TemplateError>) -> String {
    let error = result.unwrap_err();
    error.cause.map_or(error.message, |cause| cause.message)
}

#[test]
fn expressions_are_refused() {
    let scope: Arc<dyn Scope> = Arc::new(Vars);
    for (source, message) in [
        ("a , b", "chunk after expression"),
        ("", "unexpected 'end of template'"),
        ("a b $", "chunk after expression"),
        ("(a $", "unexpected char '$' at 3"),
        ("(a", "unexpected end of template, expected ')'."),
        ("{{ a }}", "expected token ':', got '}'"),
        ("a }", "unexpected '}'"),
    ] {
        let result = templar().expression(&scope, &Str::trusted(source)).map(|value| value.to_text());
        assert_eq!(wrong(result), message, "{source}");
    }
}

#[test]
fn templates_are_refused() {
    let scope: Arc<dyn Scope> = Arc::new(Vars);
    for (source, message) in REFUSED {
        let result = templar().render_file(&scope, &Str::trusted(*source), &FileOptions::default());
        assert_eq!(wrong(result), *message, "{source}");
    }
}

const REFUSED: &[(&str, &str)] = &[
    (
        "{% for i in xs %}{% if 1 %}{{ i }}{% endif %}",
        "Unexpected end of template. Jinja was looking for the following tags: 'endfor' or 'else'. The innermost \
         block that needs to be closed is 'for'.",
    ),
    (
        "{% for i in xs %}{% if 1 %}{% endfor %}",
        "Encountered unknown tag 'endfor'. You probably made a nesting mistake. Jinja is expecting this tag, but \
         currently looking for 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
    ),
    ("{{ a is not }}", "expected token 'name', got 'end of print statement'"),
    ("{{ a not b }}", "expected token 'end of print statement', got 'not'"),
    ("{% macro m(a,) %}{% endmacro %}", "expected token 'name', got ')'"),
    ("{% macro m(a=1, b) %}{% endmacro %}", "non-default argument follows default argument"),
    (
        "{% macro m(a,a) %}{% endmacro %}",
        "duplicate argument 'l_1_a' in function definition (<template>, line 12)",
    ),
    ("{{ (a }}", "unexpected '}', expected ')'"),
    ("{{", "unexpected 'end of template'"),
    ("{% if a", "unexpected end of template, expected 'end of statement block'."),
    ("{{ 'x", "unexpected char \"'\" at 3"),
    ("{{ a is defined if b }}", "expected token 'end of print statement', got 'b'"),
    ("{% set [a] = 1 %}", "can't assign to 'list'"),
    ("{% set a, none = 1 %}", "can't assign to 'tuple'"),
    ("{% for a.b in xs %}{% endfor %}", "expected token 'in', got '.'"),
    ("{% for  in xs %}{% endfor %}", "expected token 'in', got 'xs'"),
    ("{{ xs[0:1,2] }}", "invalid syntax (<template>, line 12)"),
    ("{% block a %}{% endblock b %}", "expected token 'end of statement block', got 'b'"),
    ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "block 'a' defined twice"),
    ("{{ f(**a, b) }}", "invalid syntax for function call expression"),
    ("{% endif %}", "Encountered unknown tag 'endif'."),
    ("{{ a.", "expected name or number"),
    ("{{ [1,2", "unexpected end of template, expected ','."),
    ("{{ a == }}", "unexpected 'end of print statement'"),
    ("{{ f(a b) }}", "expected token ',', got 'b'"),
    ("{% set a b %}{% endset %}", "expected token 'end of statement block', got 'b'"),
    ("{% include %}", "unexpected 'end of statement block'"),
    ("{% from 'x' import %}", "expected token 'name', got 'end of statement block'"),
    ("{% from 'x' import _a %}", "names starting with an underline can not be imported"),
    ("{% import 'x' %}", "expected token 'as', got 'end of statement block'"),
    ("{% with a %}{% endwith %}", "expected token '=', got 'end of statement block'"),
    ("{% for i in %}{% endfor %}", "Expected an expression, got 'end of statement block'"),
];

#[test]
fn odd_forms_are_accepted() {
    let scope: Arc<dyn Scope> = Arc::new(Vars);
    for (source, text) in [
        ("{% if 1: %}x{% endif %}", "x"),
        ("{% print a, b %}", "12"),
        ("{% print %}x", "x"),
        ("{{ -a|abs }}", "1"),
        ("{{ a if b }}|{{ 1 if false }}", "1|"),
        ("x{#", "x"),
        ("{{ 'q' 'r' }}{{ xs.0 }}{{ {xs[0]: 1,}[1] }}", "qr11"),
        // `~` binds tighter than `+`: two texts are added.
        ("{{ 'x' ~ 1 + 1 ~ 'y' }}", "x11y"),
    ] {
        let rendered = templar().render_file(&scope, &Str::trusted(source), &FileOptions::default());
        assert_eq!(rendered.unwrap(), text, "{source}");
    }
}

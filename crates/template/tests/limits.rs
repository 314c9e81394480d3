//! No template may crash, hang or fill the memory of the program.

use rplay_template::{Binding, Scope, Settings, Templar, TemplateError};
use rplay_value::{Str, Value};
use std::sync::Arc;

struct Empty;

impl Scope for Empty {
    fn lookup(&self, name: &str) -> Option<Binding> {
        match name {
            "a" => Some(Binding::Value(Value::template("{{ b }}"))),
            "b" => Some(Binding::Value(Value::template("{{ a }}"))),
            _ => None,
        }
    }
    fn names(&self) -> Vec<Str> {
        vec![Str::from("a"), Str::from("b")]
    }
}

fn render(text: &str) -> Result<Value, TemplateError> {
    let scope: Arc<dyn Scope> = Arc::new(Empty);
    Templar::new(Settings::default()).render_text(&scope, &Str::trusted(text))
}

fn fails(text: String) -> String {
    render(&text).unwrap_err().to_string()
}

#[test]
fn deep_nesting_is_an_error() {
    for (open, close) in [("(", ")"), ("[", "]"), ("not ", ""), ("- ", ""), ("+ ", "")] {
        fails(format!("{{{{ {}1{} }}}}", open.repeat(9000), close.repeat(9000)));
    }
    fails(format!("{{{{ 1{} }}}}", " + 1".repeat(5000)));
    fails(format!("{{{{ a{} }}}}", ".b".repeat(5000)));
    fails(format!("{}{}", "{% if true %}".repeat(5000), "{% endif %}".repeat(5000)));
}

#[test]
fn long_chains_are_fine() {
    assert_eq!(
        render(&format!("{{{{ 'a'{} }}}}", " ~ 'a'".repeat(400))).unwrap(),
        Value::from("a".repeat(401))
    );
    let chain = "{% elif false %}".repeat(2000);
    assert_eq!(
        render(&format!("{{% if false %}}{chain}{{% else %}}x{{% endif %}}")).unwrap(),
        Value::from("x")
    );
}

#[test]
fn recursion_is_an_error() {
    assert!(fails("{{ a }}".into()).contains("Recursive loop detected in template"));
    assert!(fails("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".into()).contains("recursion"));
    let endless = "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}";
    assert!(fails(endless.into()).contains("recursion"));
    let cycle = "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}";
    assert!(fails(cycle.into()).contains("recursion"));
}

/// Values may nest as deeply as a loop goes: what ends with them must not need stack for it.
#[test]
fn values_nest_deeply() {
    for (start, next) in [
        ("[]", "[n.v]"),
        ("()", "(n.v,)"),
        ("{}", "{'v': n.v}"),
        ("none", "namespace(v=n.v)"),
        ("[]", "[n.v].append"),
    ] {
        let text = format!(
            "{{% set n = namespace(v={start}) %}}{{% for i in range(60000) %}}{{% set n.v = {next} %}}{{% endfor %}}x"
        );
        assert_eq!(render(&text).unwrap(), Value::from("x"), "{next}");
    }
    let key = "{% set n = namespace(v=()) %}{% for i in range(60000) %}{% set n.v = (n.v,) %}{% endfor %}{{ {n.v: 1} }}";
    assert!(fails(key.into()).contains("recursion"));
}

#[test]
fn memory_is_bounded() {
    for text in [
        "{{ 'a' * 10000000000 }}",
        "{{ [1] * 10000000000 }}",
        "{{ range(100000000000) | list }}",
        "{{ 2 ** 1000000000 }}",
        "{{ '%1000000000000s' % 'a' }}",
        "{{ '{:1000000000000}'.format('a') }}",
        "{{ 'a'.ljust(100000000000) }}",
        "{{ 10 ** 100000 * 10 ** 9999999 }}",
        "{% for i in range(100000000000) %}{% endfor %}",
        "{{ [1] | product(repeat=1000000000) }}",
        "{{ range(30) | permutations(9) }}",
        "{{ ('a\n' * 1000000) | indent('x' * 1000000) }}",
        "{{ ('a ' * 1000000) | wordwrap(1, wrapstring='x' * 1000000) }}",
        "{{ {'a': {'b': 1}} | to_nice_json(indent=400000000) }}",
        "{{ ('a' * 1000000) | regex_replace('a', 'x' * 1000000) }}",
        "{{ lookup('password', '/dev/null', length=10000000000) }}",
        // What Python does not write either.
        "{{ 10 ** 4300 ~ '' }}",
    ] {
        assert!(render(text).is_err(), "{text}");
    }
}

/// Renders with little time; the error and how long it took.
fn out_of_time(text: &str) -> (String, std::time::Duration) {
    let limit = std::time::Duration::from_millis(200);
    let templar = Templar::new(Settings { time_limit: limit, ..Settings::default() });
    let scope: Arc<dyn Scope> = Arc::new(Empty);
    let start = std::time::Instant::now();
    let error = templar.render_text(&scope, &Str::trusted(text)).map(|value| value.to_text().len());
    (error.unwrap_err().to_string(), start.elapsed())
}

#[test]
fn endless_work_is_an_error() {
    for text in [
        "{% for a in range(9000000) %}{% for b in range(9000000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) if range(100000) | sum < 0 %}{% endfor %}",
        "{% macro m(n) %}{% for i in range(9) %}{{ m(n + 1) if n < 20 }}{% endfor %}{% endmacro %}{{ m(0) }}",
        // What a template makes of the error does not matter.
        "{% for a in range(9000000) %}{{ (range(100) | map('string') | list) | default('none', true) }}{% endfor %}",
        "{{ (range(3000000) | map('string') | map('upper') | list) is defined }}",
        "{% set x = 'x' * 100000000 %}{% for a in range(1000000) %}{% set y = x | upper %}{% endfor %}",
        "{% for a in range(1000000) %}{% set y = ('x' * 100000000).upper() %}{% endfor %}",
        // One call is enough.
        "{{ 'x' | password_hash('sha512', rounds=999999999) }}",
        "{{ 'x' | password_hash('sha256', rounds=999999999) }}",
        "{{ 'x' | password_hash('bcrypt', rounds=31) }}",
        "{{ ('x' * 300000) | wordwrap(1) }}",
        "{{ ('x' * 10000000) | regex_findall('x') | length }}",
        // Few of them are.
        "{% for a in range(100000) %}{{ 'x' | password_hash('md5', salt=a) }}{% endfor %}",
        "{% for a in range(100000) %}{{ 'x' | vault('y') }}{% endfor %}",
        "{% for a in range(100000) %}{{ ('a' * 40) is search('(a+)+$(?<=b)') }}{% endfor %}",
        "{% set n = 3 ** 80000 %}{% for a in range(100000) %}{% set m = n * 7 // 5 * (n // 5) // n %}{% endfor %}",
    ] {
        let (error, took) = out_of_time(text);
        assert!(error.contains("0.2 s of processor time"), "{text}: {error}");
        assert!(took.as_secs() < 30, "{text}: {took:?}");
    }
}

#[test]
fn numbers_without_order_are_sorted() {
    let text = "{% set n = 'nan' | float %}{% set l = namespace(v=[]) %}{% for i in range(200) %}\
                {% set l.v = l.v + [n if i % 3 == 0 else (i * 7919) % 101] %}{% endfor %}{{ l.v | sort | length }}";
    assert_eq!(render(text).unwrap(), Value::Int(200));
}

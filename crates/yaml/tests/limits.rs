//! Hostile and hapless texts: bounded, never a panic, explained.

use rplay_yaml::{Source, Trust, YamlError, load};

fn error(text: &str) -> YamlError {
    load(&Source::new("case.yml", text), Trust::Trusted).unwrap_err()
}

#[test]
fn nesting_and_aliases_are_bounded() {
    assert!(error(&"[".repeat(100_000)).problem.contains("nesting deeper"));
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert!(error(&bomb).problem.contains("aliases repeat"));
    assert!(error("&a [*a]\n").problem.contains("recursive"));
}

#[test]
fn faults_of_the_parser_are_errors() {
    assert_eq!(error("[!foo, *x]").line(), 1);
    assert_eq!((error("a: b\nc: \u{1}\n").line(), error("a: b\nc: \u{1}\n").column()), (2, 4));
}

#[test]
fn common_mistakes_have_hints() {
    for (text, words) in [
        ("a: b\nc: {{ x }}\n", "must be quoted"),
        ("a: b\nc: {{ x }}/y\n", "must be quoted"),
        ("a: echo x: y\n", "Quote the value"),
        ("a:\n  b: c\n\td: e\n", "Tabs"),
        ("a: \"b\" c\n", "starts with a quote"),
        ("a: \"b\nc: d\n", "never closed"),
        ("a: b\nc:d\ne: f\n", "space is missing"),
        ("a: %b\n", "cannot start"),
    ] {
        let error = error(text);
        let hint = error.hint.clone().unwrap_or_else(|| panic!("no hint for {text:?}: {error}"));
        assert!(hint.contains(words), "{text:?}: {hint}");
    }
}

#[test]
fn strings_carry_trust_and_origin() {
    let text = "a: '{{ x }}'\nb: !unsafe ['{{ x }}']\n";
    let document = load(&Source::new("case.yml", text), Trust::Trusted).unwrap();
    let a = document.root.get("a").unwrap().as_string().unwrap();
    assert!(a.is_trusted());
    assert_eq!(a.origin().unwrap().to_string(), "case.yml:1:4");
    let b = &document.root.get("b").unwrap().as_seq().unwrap()[0];
    assert!(!b.as_string().unwrap().is_trusted());
    let untrusted = load(&Source::new("case.yml", text), Trust::Untrusted).unwrap();
    assert!(!untrusted.root.get("a").unwrap().as_string().unwrap().is_trusted());
}

#[test]
fn duplicate_keys_warn_with_both_places() {
    let document = load(&Source::new("case.yml", "a: 1\nb: 2\na: 3\n"), Trust::Trusted).unwrap();
    assert_eq!(document.root.to_value().repr(), "{'a': 3, 'b': 2}");
    let warning = &document.warnings[0];
    assert_eq!((warning.span.line, warning.first.unwrap().line), (3, 1));
}

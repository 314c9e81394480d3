//! What a template keeps in all is bounded. Alone in its program: the bound is on what the program holds.

use rplay_template::{Binding, Scope, Settings, Templar};
use rplay_value::Str;
use std::sync::Arc;

struct Empty;

impl Scope for Empty {
    fn lookup(&self, _: &str) -> Option<Binding> {
        None
    }
    fn names(&self) -> Vec<Str> {
        Vec::new()
    }
}

#[test]
fn many_large_values_are_an_error() {
    let source = "{% set kept = [] %}{% for i in range(1000) %}{% set _ = kept.append('x' * 50000000 ~ i) %}\
                  {% endfor %}";
    let scope: Arc<dyn Scope> = Arc::new(Empty);
    let error = Templar::new(Settings::default()).render_text(&scope, &Str::trusted(source)).unwrap_err();
    assert!(error.to_string().contains("2048 MiB of memory"), "{error}");
}

//! Renders lines of standard input: `cargo run --example try`.
#![allow(clippy::print_stdout, clippy::expect_used)]
use rplay_template::{Binding, Scope, Settings, Templar};
use rplay_value::{Dict, Str, Value};
use std::sync::Arc;
struct Vars(Dict);
impl Scope for Vars {
    fn lookup(&self, name: &str) -> Option<Binding> {
        self.0.get(name).cloned().map(Binding::Value)
    }
    fn names(&self) -> Vec<Str> {
        self.0.keys().filter_map(|k| k.as_str().map(Str::from)).collect()
    }
}
fn main() {
    let vars: serde_json::Value =
        serde_json::from_str(&std::env::args().nth(1).unwrap_or("{}".into())).expect("json");
    let Value::Dict(vars) = Value::from(vars).with_trust(true) else { return };
    let scope: Arc<dyn Scope> = Arc::new(Vars((*vars).clone()));
    let t = Templar::new(Settings::default());
    for line in std::io::read_to_string(std::io::stdin()).expect("in").lines().filter(|l| !l.is_empty()) {
        match t.render(&scope, &Value::template(line)) {
            Ok(Some(v)) => println!("{line} => ('{}', {})", v.type_name(), Value::from(v.repr()).repr()),
            Ok(None) => println!("{line} => OMIT"),
            Err(e) => println!(
                "{line} => ERR {} | {} | {}",
                e.kind.type_name(),
                e,
                e.cause.as_ref().map(|c| format!("{} {}", c.kind, c.message)).unwrap_or_default()
            ),
        }
    }
}

//! `cmdline` and `proc_cmdline`: the kernel's command line.

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    let Some(line) = host.content("/proc/cmdline") else { return Map::new() };
    let words = words(&line).unwrap_or_default();
    let (mut last, mut all) = (Map::new(), Map::new());
    for word in words {
        let (name, value) =
            word.split_once('=').map_or((word, Value::from(true)), |(name, value)| (name, value.into()));
        last.insert(name.to_owned(), value.clone());
        add(&mut all, name, value);
    }
    Map::from_iter([
        ("cmdline".to_owned(), Value::Object(last)),
        ("proc_cmdline".to_owned(), Value::Object(all)),
    ])
}

/// A repeated `name=value` makes a list; a bare name replaces what there was.
fn add(all: &mut Map, name: &str, value: Value) {
    match all.get_mut(name) {
        Some(Value::Array(values)) if value != Value::Bool(true) => values.push(value),
        Some(found) if value != Value::Bool(true) => *found = Value::Array(vec![found.take(), value]),
        _ => {
            all.insert(name.to_owned(), value);
        }
    }
}

/// Words at spaces; quotes keep a word together only where it starts with one, and stay in it.
/// `None`: a quote is not closed.
fn words(line: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if matches!(first, '"' | '\'') {
            rest[1..].find(first)? + 2
        } else {
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after.trim_start();
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::super::host::Host;
    use crate::system::{Services, Settings, System};
    use crate::testing::Bench;
    use serde_json::{Value, json};

    #[test]
    fn command_lines_are_read() {
        let bench = Bench::new();
        std::fs::create_dir(bench.path("proc")).unwrap();
        bench.write("proc/cmdline", "quiet a=1 c=x a=2 a=3 b=\"p q\" 'r s'\n");
        let sys = System::new(Settings::default(), Services::default());
        let facts = super::collect(&Host::rooted(&sys, bench.root()));
        assert_eq!(
            Value::Object(facts),
            json!({
                "cmdline": {"quiet": true, "a": "3", "c": "x", "b": "\"p", "q\"": true, "'r s'": true},
                "proc_cmdline":
                    {"quiet": true, "a": ["1", "2", "3"], "c": "x", "b": "\"p", "q\"": true, "'r s'": true}
            })
        );
    }
}

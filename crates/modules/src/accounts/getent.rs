//! `getent`: entries of the name service, as facts.

use crate::args::{Map, ModuleArgs, Value};
use crate::{Failure, ModuleResult, Plan, System};

/// Read entries of the name service.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The database.
    database: String,
    /// The entry; left out: all.
    #[arg(no_log = false)]
    key: Option<String>,
    /// The service to ask.
    service: Option<String>,
    /// What separates a line's parts.
    split: Option<String>,
    /// Fail when the entry is not there.
    #[arg(default = true)]
    fail_key: bool,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let mut words = vec![sys.require_bin("getent")?, args.database.clone()];
    words.extend(args.key.clone());
    if let Some(service) = &args.service {
        words.extend(["-s".to_owned(), service.clone()]);
    }
    let colons = ["passwd", "shadow", "group", "gshadow"].contains(&args.database.as_str());
    let split = args.split.as_deref().or(colons.then_some(":"));
    let output = sys.command(words).run()?;
    let name = format!("getent_{}", args.database);
    let facts = |tree: Map| ModuleResult::unchanged().with_fact(&name, Value::Object(tree));
    match output.rc {
        0 => Ok(Plan::done(facts(tree(&output.stdout_text(), split)))),
        1 => Err("Missing arguments, or database unknown.".into()),
        2 => {
            let msg = "One or more supplied key could not be found in the database.";
            match args.key.filter(|_| !args.fail_key) {
                Some(key) => {
                    let tree = Map::from_iter([(key, Value::Null)]);
                    Ok(Plan::done(facts(tree).with("msg", msg)))
                }
                None => Err(msg.into()),
            }
        }
        3 => Err("Enumeration not supported on this database.".into()),
        _ => Err("Unexpected failure!".into()),
    }
}

/// The lines by their first part; a name that repeats has a list of its lines.
fn tree(text: &str, split: Option<&str>) -> Map {
    let mut tree = Map::new();
    let mut repeated: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut parts: Vec<&str> = match split {
            Some(split) if !split.is_empty() => line.split(split).collect(),
            _ => line.split_whitespace().collect(),
        };
        if parts.is_empty() {
            continue;
        }
        let key = parts.remove(0).to_owned();
        let value = Value::from(parts);
        match tree.get_mut(&key) {
            None => {
                tree.insert(key, value);
            }
            Some(Value::Array(known)) if repeated.contains(&key) => known.push(value),
            Some(known) => {
                *known = Value::Array(vec![known.take(), value]);
                repeated.push(key);
            }
        }
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::tree;
    use serde_json::json;

    #[test]
    fn lines_become_a_tree() {
        let found = tree("root:x:0\nbin:x:1\n", Some(":"));
        assert_eq!(json!(found), json!({"root": ["x", "0"], "bin": ["x", "1"]}));
        let found = tree("a  1\na 2\na 3\n", None);
        assert_eq!(json!(found), json!({"a": [["1"], ["2"], ["3"]]}));
    }
}

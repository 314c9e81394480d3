//! `setup`: facts about the host.

use super::collectors::{COLLECTORS, Collector};
use super::host::Host;
use super::subset;
use crate::args::{Map, ModuleArgs, Value};
use crate::text::glob;
use crate::{Failure, ModuleResult, Plan, System};
use std::path::PathBuf;
use std::time::Duration;

/// Gather facts about the host.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Which facts: `all`, `min`, names of subsets or facts, `!name` to leave out.
    #[arg(default = ["all"])]
    gather_subset: Vec<String>,
    /// Seconds that a single slow look (a mount, a command) may take.
    #[arg(default = 10)]
    gather_timeout: u64,
    /// Return only facts whose names match one of these patterns.
    #[arg(default = [])]
    filter: Vec<String>,
    /// The directory of local facts (`*.fact`).
    #[arg(default = "/etc/ansible/facts.d")]
    fact_path: PathBuf,
}

/// Ansible's default where 0 is given.
const DEFAULT_TIMEOUT: u64 = 10;

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let all = vec!["all".to_owned()];
    let wanted = if args.gather_subset.is_empty() { all } else { args.gather_subset };
    let seconds = if args.gather_timeout == 0 { DEFAULT_TIMEOUT } else { args.gather_timeout };
    let chosen = subset::select(COLLECTORS, &wanted)?;
    let host = Host::new(sys, Duration::from_secs(seconds), &args.fact_path);
    let mut facts = gather(&chosen, &host);
    facts.insert("gather_subset".to_owned(), wanted.into());
    facts.insert("module_setup".to_owned(), true.into());
    facts.retain(|name, _| passes(&args.filter, name));
    Ok(Plan::done(ModuleResult::unchanged().with("ansible_facts", Value::Object(facts))))
}

/// Runs the collectors side by side, since some wait for commands and mounts.
fn gather(chosen: &[&Collector], host: &Host<'_>) -> Map {
    let mut facts = Map::new();
    std::thread::scope(|scope| {
        let start = |collector| (collector, scope.spawn(move || Collector::collect(collector, host)));
        let running: Vec<_> = chosen.iter().map(|collector| start(*collector)).collect();
        for (collector, thread) in running {
            match thread.join() {
                Ok(found) => facts.extend(prefixed(collector, found)),
                Err(_) => host
                    .sys
                    .warn(format!("No {} facts were gathered: the collector broke off", collector.name)),
            }
        }
    });
    facts
}

fn prefixed(collector: &Collector, found: Map) -> impl Iterator<Item = (String, Value)> {
    found.into_iter().map(|(name, value)| (format!("{}_{}", collector.prefix, name.replace('-', "_")), value))
}

/// A pattern may leave out `ansible_`; an empty one passes everything.
fn passes(patterns: &[String], name: &str) -> bool {
    let spelled_out =
        |pattern: &str| ["ansible_", "facter", "ohai"].iter().any(|start| pattern.starts_with(start));
    patterns.is_empty()
        || patterns.iter().any(|pattern| {
            pattern.is_empty()
                || glob::matches(pattern, name)
                || (!spelled_out(pattern) && glob::matches(&format!("ansible_{pattern}"), name))
        })
}

#[cfg(test)]
mod tests {
    use super::passes;
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn filters_pass_what_ansible_passes() {
        let table = [
            ("ansible_*_mb", "ansible_memtotal_mb", true),
            ("*_mb", "ansible_memtotal_mb", true),
            ("memtotal_mb", "ansible_memtotal_mb", true),
            ("ansible_mem", "ansible_memtotal_mb", false),
            ("", "gather_subset", true),
            ("date_time", "module_setup", false),
        ];
        for (pattern, name, wanted) in table {
            assert_eq!(passes(&[pattern.to_owned()], name), wanted, "{pattern} {name}");
        }
        assert!(passes(&[], "anything"));
    }

    #[test]
    fn subsets_and_filters_shape_the_result() {
        let bench = Bench::new();
        let nothing = bench.run("setup", json!({"gather_subset": ["!all", "!min"]}));
        assert_eq!(
            nothing["ansible_facts"],
            json!({"gather_subset": ["!all", "!min"], "module_setup": true})
        );
        let one = bench.run("setup", json!({"filter": "ansible_system"}));
        assert_eq!(one["ansible_facts"], json!({"ansible_system": "Linux"}));
        assert_eq!(one["changed"], false);
        let none = bench.run("setup", json!({"filter": "no_such_fact"}));
        assert_eq!(none["ansible_facts"], json!({}));
        let wrong = bench.run("setup", json!({"gather_subset": "foo"}));
        let msg = wrong["msg"].as_str().unwrap();
        assert!(
            msg.starts_with("Bad subset 'foo' given to Ansible. gather_subset options allowed: all, "),
            "{msg}"
        );
    }
}

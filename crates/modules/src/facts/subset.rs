//! Which collectors a `gather_subset` means.

use super::collectors::Collector;
use std::collections::BTreeSet;

/// What `min` stands for.
const MINIMUM: [&str; 17] = [
    "apparmor",
    "caps",
    "cmdline",
    "date_time",
    "distribution",
    "dns",
    "env",
    "fips",
    "local",
    "lsb",
    "pkg_mgr",
    "platform",
    "python",
    "selinux",
    "service_mgr",
    "ssh_pub_keys",
    "user",
];

type Names<'a> = BTreeSet<&'a str>;

/// The collectors wanted, and those they need.
///
/// # Errors
/// An unknown name is asked for; leaving out an unknown one is fine.
pub(super) fn select<'a>(table: &'a [Collector], wanted: &[String]) -> Result<Vec<&'a Collector>, String> {
    let names = names(table, wanted)?;
    let mut chosen: Vec<bool> = table.iter().map(|collector| collector.answers_any(&names)).collect();
    // What is needed needs nothing itself: one round is enough.
    let needed: Names<'_> = table
        .iter()
        .zip(&chosen)
        .filter(|(_, on)| **on)
        .flat_map(|(collector, _)| collector.needs)
        .copied()
        .collect();
    for (collector, on) in table.iter().zip(&mut chosen) {
        *on |= needed.contains(collector.name);
    }
    Ok(table.iter().zip(chosen).filter_map(|(collector, on)| on.then_some(collector)).collect())
}

fn names<'a>(table: &'a [Collector], wanted: &'a [String]) -> Result<Names<'a>, String> {
    let valid: Names<'_> = table.iter().flat_map(Collector::names).collect();
    let minimum = Names::from(MINIMUM);
    let (mut added, mut excluded, mut explicit) = (minimum.clone(), Names::new(), Names::new());
    for word in wanted {
        match (word.strip_prefix('!'), word.as_str()) {
            (None, "min") => added.extend(&minimum),
            (None, "all") => added.extend(&valid),
            (Some("min"), _) => excluded.extend(&minimum),
            (Some("all"), _) => excluded.extend(valid.difference(&minimum)),
            (Some(name), _) => {
                let known = table.iter().find(|collector| collector.name == name);
                for own in known.into_iter().flat_map(Collector::names) {
                    excluded.insert(own);
                }
                excluded.insert(name);
            }
            (None, name) if valid.contains(name) => {
                explicit.insert(name);
                added.insert(name);
            }
            (None, name) => return Err(bad(name, &valid)),
        }
    }
    added.retain(|name| !excluded.contains(name) || explicit.contains(name));
    Ok(added)
}

fn bad(name: &str, valid: &Names<'_>) -> String {
    let allowed = valid.iter().copied().collect::<Vec<_>>().join(", ");
    format!("Bad subset '{name}' given to Ansible. gather_subset options allowed: all, {allowed}")
}

#[cfg(test)]
mod tests {
    use super::super::collectors::COLLECTORS;
    use super::select;

    fn chosen(words: &[&str]) -> Vec<&'static str> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        select(COLLECTORS, &words).unwrap().iter().map(|collector| collector.name).collect()
    }

    #[test]
    fn words_choose_what_ansible_chooses() {
        assert_eq!(chosen(&["all"]).len(), COLLECTORS.len());
        assert_eq!(chosen(&["!all"]).len(), 17);
        assert_eq!(chosen(&["!all", "!min"]), [""; 0]);
        assert_eq!(chosen(&["!all", "!min", "mounts"]), ["platform", "hardware"]);
        assert_eq!(chosen(&["!all", "!min", "pkg_mgr"]), ["distribution", "pkg_mgr"]);
        assert_eq!(chosen(&["!all", "!min", "os_family"]), ["distribution"]);
        assert_eq!(chosen(&["network"]).len(), 18);
        assert!(!chosen(&["all", "!hardware"]).contains(&"hardware"));
        // Only the fact is left out: others of its collector are still wanted.
        assert!(chosen(&["all", "!mounts"]).contains(&"hardware"));
        assert!(chosen(&["all", "!no_such_thing"]).contains(&"hardware"));
    }
}

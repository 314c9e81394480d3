//! What must hold between parameters, in Ansible's words.

use super::{Map, Rule, Value, str_of};

/// The complaints of mutual exclusion, all groups in one sentence as Ansible does.
pub(super) fn exclusions(rules: &[&'static Rule], given: &Map) -> Option<String> {
    let broken: Vec<String> = rules
        .iter()
        .filter_map(|rule| match rule {
            Rule::MutuallyExclusive(names) if count(names, given) > 1 => Some(names.join("|")),
            _ => None,
        })
        .collect();
    (!broken.is_empty()).then(|| format!("parameters are mutually exclusive: {}", broken.join(", ")))
}

/// The complaints of the other rules, in Ansible's order: together, one of, if, by.
pub(super) fn requirements(rules: &[&'static Rule], given: &Map) -> Vec<String> {
    let kinds = [together, one_of, required_if, required_by];
    kinds.iter().filter_map(|kind| rules.iter().find_map(|rule| kind(rule, given))).collect()
}

fn count(names: &[&str], given: &Map) -> usize {
    names.iter().filter(|name| given.contains_key(**name)).count()
}

fn together(rule: &Rule, given: &Map) -> Option<String> {
    let Rule::RequiredTogether(names) = rule else { return None };
    let present = count(names, given);
    (present > 0 && present < names.len())
        .then(|| format!("parameters are required together: {}", names.join(", ")))
}

fn one_of(rule: &Rule, given: &Map) -> Option<String> {
    let Rule::RequiredOneOf(names) = rule else { return None };
    (count(names, given) == 0).then(|| format!("one of the following is required: {}", names.join(", ")))
}

fn required_if(rule: &Rule, given: &Map) -> Option<String> {
    let Rule::RequiredIf { key, value, needs, any } = rule else { return None };
    let value = value.to_value();
    if given.get(*key) != Some(&value) {
        return None;
    }
    let missing: Vec<&str> = needs.iter().filter(|name| !given.contains_key(**name)).copied().collect();
    let allowed = if *any { needs.len() } else { 1 };
    (!missing.is_empty() && missing.len() >= allowed).then(|| {
        let amount = if *any { "any" } else { "all" };
        format!(
            "{key} is {} but {amount} of the following are missing: {}",
            str_of(&value),
            missing.join(", ")
        )
    })
}

fn required_by(rule: &Rule, given: &Map) -> Option<String> {
    let Rule::RequiredBy { key, needs } = rule else { return None };
    let known = |name: &str| given.get(name).is_some_and(|value| !matches!(value, Value::Null));
    if !known(key) {
        return None;
    }
    let missing: Vec<&str> = needs.iter().filter(|name| !known(name)).copied().collect();
    (!missing.is_empty()).then(|| format!("missing parameter(s) required by '{key}': {}", missing.join(", ")))
}

//! The distribution: its name, version, release and family.
//!
//! A first guess comes from os-release, as Python's `distro` makes it; then the files of particular
//! distributions are tried in a fixed order, and the first that fits corrects the guess.

mod debian;
mod families;
mod files;
mod guess;
mod suse;
#[cfg(test)]
mod tests;
mod text;

use super::host::Host;
use crate::args::{Map, Value};

pub(super) fn collect(host: &Host<'_>) -> Map {
    host.distribution().clone()
}

/// Finds them; collectors ask [`Host::distribution`], which remembers.
pub(super) fn find(host: &Host<'_>) -> Map {
    let mut facts = guess::guess(host);
    if let Some((variety, path, found)) = files::search(host, &facts) {
        let parsed = found.is_some();
        facts.insert("distribution".to_owned(), variety.into());
        facts.insert("distribution_file_path".to_owned(), path.into());
        facts.insert("distribution_file_variety".to_owned(), variety.into());
        if parsed {
            facts.insert("distribution_file_parsed".to_owned(), true.into());
        }
        let corrected = found.into_iter().flatten();
        facts.extend(corrected.map(|(name, value)| (format!("distribution{name}"), Value::from(value))));
    }
    let name = facts.get("distribution").and_then(Value::as_str).unwrap_or_default();
    let family = families::family(name).to_owned();
    facts.insert("os_family".to_owned(), family.into());
    facts
}

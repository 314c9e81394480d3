//! Facts of Facter and Ohai, where they are installed.

use super::host::Host;
use crate::args::Map;

pub(super) fn facter(host: &Host<'_>) -> Map {
    let places = ["cfacter", "/opt/puppetlabs/bin/cfacter", "facter", "/opt/puppetlabs/bin/facter"];
    let Some(program) = places.into_iter().find(|place| host.bin(place).is_some()) else { return Map::new() };
    // Without Puppet some versions refuse its option.
    let text = host.ask(program, &["--puppet", "--json"]).or_else(|| host.ask(program, &["--json"]));
    parse(host, text, "Failed to parse facter facts")
}

pub(super) fn ohai(host: &Host<'_>) -> Map {
    parse(host, host.ask("ohai", &[]), "Failed to gather ohai facts")
}

fn parse(host: &Host<'_>, text: Option<String>, complaint: &str) -> Map {
    let Some(text) = text else { return Map::new() };
    serde_json::from_str(&text).unwrap_or_else(|_| {
        host.sys.warn(complaint);
        Map::new()
    })
}

//! Names udev gave to block devices.

use super::super::host::Host;
use crate::args::{Map, Value};
use std::collections::BTreeMap;

/// For each device the links of one kind.
type Links = BTreeMap<String, Vec<String>>;

/// The links of all devices, by kind.
pub(super) struct AllLinks([(&'static str, Links); 4]);

impl AllLinks {
    pub(super) fn read(host: &Host<'_>) -> Self {
        let by = |dir: &str| by_target(host, dir);
        Self([
            ("ids", by("/dev/disk/by-id")),
            ("uuids", by("/dev/disk/by-uuid")),
            ("labels", by("/dev/disk/by-label")),
            ("masters", masters(host)),
        ])
    }

    /// The fact `device_links`.
    pub(super) fn fact(&self) -> Value {
        self.0
            .iter()
            .map(|(kind, links)| {
                (
                    (*kind).to_owned(),
                    links.iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect::<Map>().into(),
                )
            })
            .collect::<Map>()
            .into()
    }

    /// Those of one device.
    pub(super) fn of(&self, device: &str) -> Value {
        let of = |links: &Links| Value::from(links.get(device).cloned().unwrap_or_default());
        Value::Object(self.0.iter().map(|(kind, links)| ((*kind).to_owned(), of(links))).collect())
    }
}

/// The targets of a directory's links, each with its links' names in order.
pub(super) fn by_target(host: &Host<'_>, dir: &str) -> Links {
    let mut links = Links::new();
    let mut names = host.names(dir);
    names.sort();
    for name in names {
        if let Some(target) = host.link_name(format!("{dir}/{name}")) {
            links.entry(target).or_default().push(name);
        }
    }
    links
}

/// The devices built on others.
fn masters(host: &Host<'_>) -> Links {
    let mut masters = Links::new();
    let mut names = host.names("/sys/block");
    names.sort();
    for name in names {
        for slave in host.names(format!("/sys/block/{name}/slaves")) {
            masters.entry(slave).or_default().push(name.clone());
        }
    }
    masters
}

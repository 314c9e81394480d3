//! Processors, memory, firmware, block devices, mounts, volumes, uptime.

mod cpu;
mod devices;
mod dmi;
mod links;
mod lvm;
mod memory;
pub(super) mod mounts;
mod pci;

use super::host::Host;
use crate::args::Map;

pub(super) fn collect(host: &Host<'_>) -> Map {
    std::thread::scope(|scope| {
        let slow: [fn(&Host<'_>) -> Map; 3] = [devices::collect, lvm::collect, mounts::collect];
        let running: Vec<_> = slow.into_iter().map(|part| scope.spawn(move || part(host))).collect();
        let mut facts = cpu::collect(host);
        facts.extend(memory::collect(host));
        facts.extend(dmi::collect(host));
        facts.extend(uptime(host));
        for part in running {
            match part.join() {
                Ok(found) => facts.extend(found),
                Err(_) => host.sys.warn("Some hardware facts were not gathered: their collector broke off"),
            }
        }
        facts
    })
}

fn uptime(host: &Host<'_>) -> Option<(String, crate::args::Value)> {
    let text = host.content("/proc/uptime")?;
    let whole: u64 = text.split(['.', ' ']).next()?.parse().ok()?;
    Some(("uptime_seconds".to_owned(), whole.into()))
}

//! `lvm`: volume groups, logical and physical volumes; only root may ask.

use super::super::host::Host;
use crate::args::{Map, Value};
use serde_json::json;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let may_ask = host.bin("vgs").is_some() && host.sys.effective_user() == 0;
    let facts = match may_ask {
        false => "N/A".into(),
        true if any(host) => volumes(host),
        true => json!({"lvs": {}, "vgs": {}, "pvs": {}}),
    };
    Map::from_iter([("lvm".to_owned(), facts)])
}

/// Whether there can be any: LVM's tools take long to find out that there are none. Mapped devices and
/// what udev noted tell it; without udev any block device may be a physical volume.
fn any(host: &Host<'_>) -> bool {
    let blocks = host.names("/sys/block");
    let mapped = |name: &String| {
        host.content(format!("/sys/block/{name}/dm/uuid")).is_some_and(|uuid| uuid.starts_with("LVM-"))
    };
    if blocks.iter().any(mapped) {
        return true;
    }
    let noted = host.names("/run/udev/data");
    if noted.is_empty() {
        return host.has_block_devices("/dev");
    }
    let devices = noted.iter().filter(|name| name.starts_with('b'));
    let is_member = |text: String| text.lines().any(|line| line == "E:ID_FS_TYPE=LVM2_member");
    devices.filter_map(|name| host.content(format!("/run/udev/data/{name}"))).any(is_member)
}

fn volumes(host: &Host<'_>) -> Value {
    let (groups, logical, physical) = std::thread::scope(|scope| {
        let [groups, logical] = ["vgs", "lvs"].map(|tool| scope.spawn(move || rows(host, tool)));
        let physical = rows(host, "pvs");
        (groups.join().unwrap_or_default(), logical.join().unwrap_or_default(), physical)
    });
    let of = |row: &[String], index: usize| row.get(index).cloned().unwrap_or_default();
    let from_end = |row: &[String], back: usize| row.iter().rev().nth(back).cloned().unwrap_or_default();
    let groups: Map = groups
        .iter()
        .map(|row| {
            let group = json!({
                "size_g": from_end(row, 1), "free_g": from_end(row, 0), "num_lvs": of(row, 2), "num_pvs": of(row, 1)
            });
            (of(row, 0), group)
        })
        .collect();
    let logical: Map =
        logical.iter().map(|row| (of(row, 0), json!({"size_g": of(row, 3), "vg": of(row, 1)}))).collect();
    let physical: Map = physical
        .iter()
        .map(|row| {
            (
                mapper_name(host, of(row, 0)),
                json!({"size_g": of(row, 4), "free_g": of(row, 5), "vg": of(row, 1)}),
            )
        })
        .collect();
    json!({"lvs": logical, "vgs": groups, "pvs": physical})
}

fn rows(host: &Host<'_>, tool: &str) -> Vec<Vec<String>> {
    let args = ["--noheadings", "--nosuffix", "--units", "g", "--separator", ","];
    let said = host.run(tool, &args).map(|output| output.stdout_text()).unwrap_or_default();
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| line.trim().split(',').map(str::to_owned).collect()).collect()
}

/// `/dev/mapper/NAME` of `/dev/dm-N`.
fn mapper_name(host: &Host<'_>, device: String) -> String {
    let name = device.strip_prefix("/dev/").filter(|name| name.starts_with("dm-"));
    let known = name.and_then(|name| host.content(format!("/sys/block/{name}/dm/name")));
    known.map_or(device, |name| format!("/dev/mapper/{name}"))
}

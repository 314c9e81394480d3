//! Names the host has in storage networks.

use super::super::host::Host;
use crate::args::{Map, Value};

/// `iscsi_iqn`; empty without iSCSI.
pub(in super::super) fn iscsi(host: &Host<'_>) -> Map {
    let lines = host.lines("/etc/iscsi/initiatorname.iscsi");
    let name = lines.iter().find_map(|line| line.strip_prefix("InitiatorName="));
    Map::from_iter([("iscsi_iqn".to_owned(), name.unwrap_or_default().into())])
}

/// `hostnqn`; empty without NVMe over fabrics.
pub(in super::super) fn nvme(host: &Host<'_>) -> Map {
    let lines = host.lines("/etc/nvme/hostnqn");
    let name = lines.iter().find(|line| line.starts_with("nqn.")).map(String::as_str);
    Map::from_iter([("hostnqn".to_owned(), name.unwrap_or_default().into())])
}

/// `fibre_channel_wwn`, without `0x`.
pub(in super::super) fn fibre_channel(host: &Host<'_>) -> Map {
    let dir = "/sys/class/fc_host";
    let ports = host.names(dir).into_iter().flat_map(|name| host.lines(format!("{dir}/{name}/port_name")));
    let names: Vec<Value> = ports.map(|name| name.trim_end().get(2..).unwrap_or_default().into()).collect();
    Map::from_iter([("fibre_channel_wwn".to_owned(), Value::Array(names))])
}

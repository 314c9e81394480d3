//! `service_mgr`: what starts services.

use super::host::Host;
use crate::args::Map;
use std::path::Path;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let first = first_process(host);
    let manager = match first.as_deref() {
        Some("procd") => "openwrt_init",
        Some("runit-init") => "runit",
        Some("svscan") => "svc",
        Some("openrc-init") => "openrc",
        Some(other) => other,
        None => by_traces(host),
    };
    Map::from_iter([("service_mgr".to_owned(), manager.into())])
}

/// Whether systemd runs the host and its tool is there.
pub(super) fn runs_systemd(host: &Host<'_>) -> bool {
    let canaries = ["/run/systemd/system/", "/dev/.run/systemd/", "/dev/.systemd/"];
    host.bin("systemctl").is_some() && canaries.iter().any(|path| host.exists(path))
}

/// The first process's name, where it tells: many are called `init`, and containers start a shell.
fn first_process(host: &Host<'_>) -> Option<String> {
    let link = || host.link("/sbin/init").map(|path| path.to_string_lossy().into_owned());
    let name = host.content("/proc/1/comm").or_else(link)?;
    let name = Path::new(&name).file_name()?.to_string_lossy().trim().to_owned();
    (name != "init" && !name.ends_with("sh")).then_some(name)
}

fn by_traces(host: &Host<'_>) -> &'static str {
    match host.distribution_fact("distribution") {
        "OpenWrt" => return "openwrt_init",
        "SMGL" => return "simpleinit_msb",
        _ => {}
    }
    let starts_systemd =
        || host.bin("systemctl").is_some() && host.link_name("/sbin/init").as_deref() == Some("systemd");
    if runs_systemd(host) {
        "systemd"
    } else if host.bin("initctl").is_some() && host.exists("/etc/init/") {
        "upstart"
    } else if host.exists("/sbin/openrc") {
        "openrc"
    } else if starts_systemd() {
        "systemd"
    } else if host.exists("/etc/init.d/") {
        "sysvinit"
    } else if host.exists("/etc/dinit.d/") {
        "dinit"
    } else {
        "service"
    }
}

//! `setup` on a real host, against what the host itself says. Needs a lab that is up and named in
//! `RPLAY_LAB` and the module runner named in `RPLAY_MODULE_BIN` (`cargo xtask test` provides both).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use rplay_lab::Host;
use serde_json::{Value, json};
use std::process::Stdio;

const PROGRAM: &str = "/tmp/rplay-modules-example";

fn put(host: &Host) {
    let program = std::fs::File::open(support::module()).unwrap();
    let mut ssh = host.ssh("root");
    // Beside and renamed: the other test may be running it.
    ssh.arg(format!("t=$(mktemp {PROGRAM}.XXXXXX) && cat > $t && chmod 755 $t && mv $t {PROGRAM}"))
        .stdin(Stdio::from(program));
    assert!(ssh.status().unwrap().success());
}

fn said(host: &Host, line: &str) -> String {
    let output = host.ssh("root").arg(line).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn facts(host: &Host, args: &Value) -> Value {
    let result: Value = serde_json::from_str(&said(host, &format!("{PROGRAM} setup '{args}'"))).unwrap();
    assert_eq!(result["changed"], false);
    result["ansible_facts"].clone()
}

#[test]
fn facts_are_what_the_host_says() {
    let lab = support::lab();
    let host = &lab.hosts()[0];
    put(host);
    said(host, "mkdir -p /etc/ansible/facts.d && echo '{\"a\": 1}' > /etc/ansible/facts.d/lab.fact");
    let facts = facts(host, &json!({}));
    let of = |name: &str| facts[format!("ansible_{name}")].clone();
    let text = |name: &str| of(name).as_str().unwrap_or_default().to_owned();

    assert_eq!(text("hostname"), said(host, "hostname"));
    assert_eq!(text("kernel"), said(host, "uname -r"));
    assert_eq!(text("architecture"), said(host, "uname -m"));
    assert_eq!(text("machine_id"), said(host, "cat /etc/machine-id"));
    assert_eq!((text("distribution"), text("os_family")), ("Debian".to_owned(), "Debian".to_owned()));
    assert_eq!(text("distribution_version"), said(host, "cat /etc/debian_version"));
    assert_eq!((text("pkg_mgr"), text("service_mgr")), ("apt".to_owned(), "systemd".to_owned()));
    assert_eq!((text("user_id"), text("user_dir")), ("root".to_owned(), "/root".to_owned()));
    assert_eq!(of("default_ipv4")["address"], json!(host.addr.to_string()));
    let route = said(host, "ip -4 route get 8.8.8.8");
    let device = of("default_ipv4")["interface"].as_str().unwrap().to_owned();
    assert!(route.contains(&format!(" dev {device} ")), "{route}");
    let mac = said(host, &format!("cat /sys/class/net/{device}/address"));
    assert_eq!(facts[format!("ansible_{device}")]["macaddress"], json!(mac));
    assert_eq!(of("lo")["ipv4"]["netmask"], "255.0.0.0");
    assert!(of("locally_reachable_ips")["ipv4"].as_array().unwrap().contains(&json!("127.0.0.0/8")));
    assert_eq!(of("processor_nproc").to_string(), said(host, "nproc"));
    assert_eq!(text("virtualization_role"), "guest");
    assert_eq!(of("local")["lab"], json!({"a": 1}));
    let version = said(host, "systemctl --version | head -1 | cut -d' ' -f2");
    assert_eq!(of("systemd")["version"].to_string(), version);
    let key = said(host, "cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub");
    assert_eq!(text("ssh_host_key_ed25519_public"), key);
}

#[test]
fn subsets_leave_the_rest_out() {
    let lab = support::lab();
    let host = &lab.hosts()[0];
    put(host);
    let facts = facts(host, &json!({"gather_subset": ["!all", "!min", "fips"]}));
    let names: Vec<&String> = facts.as_object().unwrap().keys().collect();
    assert_eq!(names, ["ansible_fips", "gather_subset", "module_setup"]);
}

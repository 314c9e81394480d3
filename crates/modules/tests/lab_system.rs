//! The modules of services, accounts, packages and the machine on a real host: each is predicted,
//! applied and applied again, and the host is asked by other means whether it is so.
//!
//! Needs a lab that is up and named in `RPLAY_LAB` and the module runner named in `RPLAY_MODULE_BIN`
//! (`cargo xtask test` provides both).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use rplay_lab::Host;
use serde_json::{Value, json};
use std::process::Stdio;

/// A host with the modules on it.
struct Target(Host);

impl Target {
    fn new() -> Self {
        let target = Self(support::lab().hosts().first().expect("the lab has a host").clone());
        target.bring();
        target
    }

    fn bring(&self) {
        let file = std::fs::File::open(support::module()).unwrap();
        let mut ssh = self.0.ssh("root");
        ssh.arg("t=$(mktemp /root/mod.XXXXXX) && cat > $t && chmod 0700 $t && mv $t /root/rplay-module");
        assert!(ssh.stdin(Stdio::from(file)).status().unwrap().success());
    }

    /// What a command on the host prints.
    fn said(&self, line: &str) -> String {
        let output = self.0.exec(&["sh", "-c", line]).unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn run(&self, module: &str, args: &Value, check: bool) -> Value {
        let text = args.to_string();
        let mut words = vec!["/root/rplay-module", module, &text];
        if check {
            words.push("check");
        }
        let output = self.0.exec(&words).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{module} {args}: {errors}"))
    }

    /// Check mode predicts a change and makes none, the run makes it, the second run finds nothing
    /// to do; then `probe` prints `wanted`.
    fn cycle(&self, module: &str, args: Value, probe: &str, wanted: &str) {
        let before = self.said(probe);
        let predicted = self.run(module, &args, true);
        assert_eq!(predicted["changed"], true, "{module} {args} predicted: {predicted}");
        assert_eq!(self.said(probe), before, "{module} {args}: check mode changed the host");
        let made = self.run(module, &args, false);
        assert_eq!(made["changed"], true, "{module} {args} made: {made}");
        assert_eq!(self.said(probe), wanted, "{module} {args}");
        let again = self.run(module, &args, false);
        assert_eq!(again["changed"], false, "{module} {args} again: {again}");
        assert!(again.get("failed").is_none(), "{module} {args} again: {again}");
    }
}

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0raTU+LV3xWBEAGc+Hqain9tBoMm/K7ecAIA22J17l";
const HASH: &str =
    "$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.";

#[test]
fn accounts() {
    let host = Target::new();
    host.said("userdel -rf labuser; groupdel labgroup; rm -f /root/lab_known_hosts");
    let group = "getent group labgroup";
    host.cycle("group", json!({"name": "labgroup", "gid": 4711}), group, "labgroup:x:4711:");
    host.cycle(
        "user",
        json!({"name": "labuser", "uid": 4712, "groups": "labgroup", "shell": "/bin/bash", "password": HASH, "comment": "A B"}),
        "getent passwd labuser; id -nG labuser; getent shadow labuser | cut -d: -f2",
        &format!("labuser:x:4712:4712:A B:/home/labuser:/bin/bash\nlabuser labgroup\n{HASH}"),
    );
    let groups = "id -nG labuser";
    host.cycle(
        "user",
        json!({"name": "labuser", "groups": "audio", "append": true}),
        groups,
        "labuser audio labgroup",
    );
    host.cycle("user", json!({"name": "labuser", "groups": ["labgroup"]}), groups, "labuser labgroup");
    host.cycle(
        "user",
        json!({"name": "labuser", "password_expire_max": 90}),
        "getent shadow labuser | cut -d: -f5",
        "90",
    );
    host.cycle(
        "user",
        json!({"name": "labuser", "password_lock": true}),
        "passwd -S labuser | cut -d' ' -f2",
        "L",
    );
    host.cycle(
        "authorized_key",
        json!({"user": "labuser", "key": format!("{KEY} me"), "key_options": "no-pty"}),
        "cd /home/labuser/.ssh && cat authorized_keys && stat -c '%a %U' . authorized_keys",
        &format!("no-pty {KEY} me\n700 labuser\n600 labuser"),
    );
    host.cycle(
        "known_hosts",
        json!({"name": "lab.example", "path": "/root/lab_known_hosts", "key": format!("lab.example {KEY}")}),
        "ssh-keygen -F lab.example -f /root/lab_known_hosts | tail -1",
        &format!("lab.example {KEY}"),
    );
    let gone = json!({"name": "labuser", "state": "absent", "remove": true});
    host.cycle("user", gone, "id labuser; ls -d /home/labuser", "");
    host.cycle("group", json!({"name": "labgroup", "state": "absent"}), group, "");
}

#[test]
fn services() {
    let host = Target::new();
    let probe = "systemctl is-active cron; systemctl is-enabled cron";
    host.said("systemctl unmask cron; systemctl enable --now cron");
    host.cycle(
        "service",
        json!({"name": "cron", "state": "stopped", "enabled": false}),
        probe,
        "inactive\ndisabled",
    );
    host.cycle("systemd", json!({"name": "cron", "masked": true}), probe, "inactive\nmasked");
    host.cycle("systemd", json!({"name": "cron", "masked": false}), probe, "inactive\ndisabled");
    let on = json!({"name": "cron", "state": "started", "enabled": true});
    host.cycle("systemd_service", on, probe, "active\nenabled");
    let restarted =
        host.run("systemd", &json!({"name": "cron", "state": "restarted", "daemon_reload": true}), false);
    assert_eq!((restarted["changed"].as_bool(), restarted["state"].as_str()), (Some(true), Some("started")));
    assert_eq!(restarted["status"]["ActiveState"], "active");
    let missing = host.run("systemd", &json!({"name": "no-such", "state": "started"}), false);
    assert_eq!(missing["msg"], "Could not find the requested service no-such: host");
}

#[test]
fn packages() {
    let host = Target::new();
    let probe = "dpkg-query -W -f '${db:Status-Status}' tree 2>/dev/null";
    host.said("apt-get purge -y tree; rm -f /etc/apt/sources.list.d/lab.list");
    let first = json!({"name": "tree", "update_cache": true, "cache_valid_time": 86400});
    host.cycle("apt", first, probe, "installed");
    host.cycle("apt", json!({"name": ["tree"], "state": "absent", "purge": true}), probe, "");
    host.cycle("package", json!({"name": "tree"}), probe, "installed");
    host.cycle("package", json!({"name": "tree", "state": "absent"}), probe, "");
    host.cycle("apt", json!({"name": "tree=2*"}), probe, "installed");
    let none = host.run("apt", &json!({"name": "no-such-package"}), false);
    assert_eq!(none["msg"], "No package matching 'no-such-package' is available");
    let repo = "deb [trusted=yes] http://deb.debian.org/debian bookworm-backports main";
    let there = "cat /etc/apt/sources.list.d/lab.list";
    host.cycle(
        "apt_repository",
        json!({"repo": repo, "filename": "lab", "update_cache": false}),
        there,
        repo,
    );
    host.cycle("apt_repository", json!({"repo": repo, "state": "absent", "update_cache": false}), there, "");
}

#[test]
fn machine() {
    let host = Target::new();
    host.said(
        "crontab -r; rm -f /etc/cron.d/lab /etc/sysctl.d/lab.conf; umount /mnt/lab; \
         sed -i '/ .mnt.lab /d' /etc/fstab; sysctl -w net.ipv4.tcp_fin_timeout=60",
    );
    let job = json!({"name": "a job", "minute": "5", "job": "/bin/true"});
    host.cycle("cron", job, "crontab -l", "#Ansible: a job\n5 * * * * /bin/true");
    host.cycle(
        "cron",
        json!({"name": "b", "cron_file": "lab", "user": "root", "special_time": "daily", "job": "/bin/true"}),
        "cat /etc/cron.d/lab",
        "#Ansible: b\n@daily root /bin/true",
    );
    host.cycle("cron", json!({"name": "a job", "state": "absent"}), "crontab -l", "");
    host.cycle(
        "sysctl",
        json!({"name": "net.ipv4.tcp_fin_timeout", "value": 31, "sysctl_set": true, "sysctl_file": "/etc/sysctl.d/lab.conf"}),
        "cat /etc/sysctl.d/lab.conf; sysctl -n net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_fin_timeout=31\n31",
    );
    host.cycle(
        "mount",
        json!({"path": "/mnt/lab", "src": "tmpfs", "fstype": "tmpfs", "opts": "size=1m", "state": "mounted"}),
        "findmnt -n -o FSTYPE /mnt/lab; grep /mnt/lab /etc/fstab",
        "tmpfs\ntmpfs /mnt/lab tmpfs size=1m 0 0",
    );
    let probe = "findmnt -n /mnt/lab; grep /mnt/lab /etc/fstab; ls -d /mnt/lab";
    host.cycle("mount", json!({"path": "/mnt/lab", "state": "absent"}), probe, "");
    let name = host.said("hostname");
    host.cycle("hostname", json!({"name": "labname"}), "hostname; cat /etc/hostname", "labname\nlabname");
    host.cycle("hostname", json!({"name": name}), "hostname", &name);
}

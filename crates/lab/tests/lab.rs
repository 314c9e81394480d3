//! The lab itself, for real: needs root on Debian or Ubuntu, a package mirror, and a minute the first time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rplay_lab::{Cache, Host, Lab, LabRecord, LabSpec, OPS_PASSWORD, OPS_USER};

fn said(host: &Host, args: &[&str]) -> String {
    let output = host.exec(args).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{} {args:?}: {errors}", host.name);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Whether a command over ssh ends well within `limit`.
fn answers(host: &Host, limit: Duration) -> bool {
    let mut ssh = host.ssh("root");
    let mut child = ssh.arg("true").stderr(std::process::Stdio::null()).spawn().unwrap();
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

fn nft_tables() -> String {
    let output = Command::new("nft").args(["list", "tables"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What a lab has on the machine: bridge, mounts, table, control groups, directory.
fn traces(record: &LabRecord) -> Vec<String> {
    let mut found = Vec::new();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let dir = record.inventory.parent().unwrap();
    if Path::new(&format!("/sys/class/net/{}", record.bridge)).exists() {
        found.push("bridge".to_owned());
    }
    if mounts.contains(&format!("{}/", dir.display())) {
        found.push("mounts".to_owned());
    }
    if nft_tables().lines().any(|line| line.ends_with(&format!(" {}", record.table))) {
        found.push("table".to_owned());
    }
    let groups = std::fs::read_dir("/sys/fs/cgroup").unwrap().flatten();
    if groups.map(|entry| entry.path().join(&record.cgroup)).any(|path| path.exists()) {
        found.push("groups".to_owned());
    }
    if dir.exists() {
        found.push("directory".to_owned());
    }
    found
}

#[test]
fn a_lab_lives_through_every_fault_and_leaves_nothing() {
    let inherited = std::fs::File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let lab = Lab::up(LabSpec::new("test-faults", 2)).unwrap().guard();
    let (n1, n2) = (lab.host("n1").unwrap(), lab.host("n2").unwrap());

    assert_eq!(said(n1, &["hostname"]), "n1");
    assert_eq!(said(n1, &["cat", "/proc/1/comm"]), "systemd");
    assert!(!n1.exec(&["which", "python3"]).unwrap().status.success(), "the plain image has no python");
    assert_ne!(said(n1, &["cat", "/etc/machine-id"]), said(n2, &["cat", "/etc/machine-id"]));
    said(n1, &["ping", "-c1", "-W2", "n2"]);
    let sudo =
        format!("echo {OPS_PASSWORD} | sudo -S -p '' id -un; sudo -k; sudo -n true 2>/dev/null || echo asks");
    let output = n1.exec_as(OPS_USER, &["sh", "-c", &sudo]).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "root\nasks\n");

    let pid = std::fs::read_to_string(lab.record().hosts[0].dir.join("pid")).unwrap();
    let files = std::fs::read_dir(format!("/proc/{}/fd", pid.split(' ').next().unwrap())).unwrap();
    assert_eq!(files.count(), 3, "a host keeps no file of its starter open");

    n1.pause().unwrap();
    assert!(!answers(n1, Duration::from_secs(1)), "a paused host is silent");
    assert!(answers(n2, Duration::from_secs(10)));
    n1.resume().unwrap();
    assert!(answers(n1, Duration::from_secs(10)));

    n1.cut().unwrap();
    assert!(!answers(n1, Duration::from_secs(1)), "a host without cable is silent");
    assert_eq!(n1.enter(&["hostname"]).unwrap().stdout, b"n1\n");
    n1.join().unwrap();
    assert!(answers(n1, Duration::from_secs(10)));

    said(n1, &["sh", "-c", "echo kept > /root/file"]);
    let boot = said(n1, &["cat", "/proc/sys/kernel/random/boot_id"]);
    n1.pause().unwrap();
    n1.kill().unwrap();
    assert!(!n1.is_up());
    n1.start().unwrap();
    assert_eq!(said(n1, &["cat", "/root/file"]), "kept");
    let second = said(n1, &["cat", "/proc/sys/kernel/random/boot_id"]);
    assert_ne!(boot, second);

    // The connection may break off before the answer: only the new boot counts.
    let _ = n1.exec(&["systemctl", "reboot"]).unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let output = n1.exec(&["cat", "/proc/sys/kernel/random/boot_id"]).unwrap();
        let now = String::from_utf8(output.stdout).unwrap();
        if output.status.success() && now.trim() != second {
            break;
        }
        assert!(Instant::now() < end, "n1 did not come back from its reboot");
        std::thread::sleep(Duration::from_millis(100));
    }
    n1.wait_ready().unwrap();

    let again = Lab::up(LabSpec::new("test-faults", 3)).unwrap();
    let n3 = again.host("n3").unwrap();
    assert!(said(n3, &["getent", "hosts", "n1"]).starts_with(&n1.addr.to_string()));
    assert!(said(n1, &["getent", "hosts", "n3"]).starts_with(&n3.addr.to_string()));
    assert_eq!(said(n1, &["cat", "/root/file"]), "kept", "up leaves running hosts alone");

    let record = again.record().clone();
    again.down().unwrap();
    assert_eq!(traces(&record), Vec::<String>::new());
}

#[test]
fn packages_install_from_the_layer_and_services_start() {
    let lab = Lab::up(LabSpec::new("test-apt", 1)).unwrap().guard();
    let n1 = lab.host("n1").unwrap();
    said(
        n1,
        &[
            "sh",
            "-c",
            "DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-download install etcd-server etcd-client >&2",
        ],
    );
    said(n1, &["systemctl", "is-active", "etcd"]);
    said(n1, &["etcdctl", "endpoint", "health"]);
    said(n1, &["apt-get", "-qq", "update"]);
}

#[test]
fn two_labs_side_by_side_and_a_record_from_before_a_reboot() {
    let one = Lab::up(LabSpec::new("test-one", 1)).unwrap().guard();
    let two = Lab::up(LabSpec::new("test-two", 1)).unwrap().guard();
    assert_ne!(one.record().net, two.record().net);
    assert_eq!(Lab::attach("test-one").unwrap().record(), one.record());
    assert!(Lab::attach("test-three").is_err());

    // A record of another boot that names what now belongs to a lab of this one.
    let cache = tempfile::tempdir().unwrap();
    let dir = cache.path().join("labs/test-one");
    let mut stale = LabRecord { boot_id: "another".to_owned(), ..one.record().clone() };
    for host in &mut stale.hosts {
        let of = dir.join(&host.name);
        std::fs::create_dir_all(&of).unwrap();
        std::fs::copy(host.dir.join("pid"), of.join("pid")).unwrap();
        host.dir = of;
    }
    std::fs::write(dir.join("lab.json"), serde_json::to_string(&stale).unwrap()).unwrap();
    let stale = Lab::attach_in(&Cache::at(cache.path()), "test-one").unwrap();
    assert!(!stale.hosts()[0].is_up());
    stale.down().unwrap();
    assert!(!dir.exists());
    assert!(answers(one.host("n1").unwrap(), Duration::from_secs(10)), "the other lab is untouched");
    assert_eq!(traces(one.record()).len(), 5);

    let record = two.record().clone();
    drop(two);
    assert_eq!(traces(&record), Vec::<String>::new());
    assert!(answers(one.host("n1").unwrap(), Duration::from_secs(10)));
}

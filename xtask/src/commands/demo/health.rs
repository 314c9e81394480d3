//! Measures whether the cluster is one, from outside of the program that built it.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rplay_lab::{Host, Lab};

use super::cluster::Cluster;
use crate::error::{Result, TaskError};

/// Where the playbooks put etcd's certificates.
const PKI: &str = "/etc/kubernetes/pki/etcd";
const ETCD_PORT: u16 = 2379;
/// Where the load balancer says that it is there.
const HEALTH_PORT: u16 = 8404;
const HEALTH_PATH: &str = "/healthz";
/// How long etcd and the virtual address may take to settle after the playbook.
const PATIENCE: Duration = Duration::from_secs(15);

/// One line of the table.
#[derive(Debug)]
struct Finding {
    good: bool,
    what: String,
    found: String,
}

/// The table.
#[derive(Debug)]
pub(super) struct Health {
    findings: Vec<Finding>,
}

impl Health {
    /// Prints the table; returns whether everything is well.
    pub(super) fn print(&self) -> bool {
        let width = self.findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
        for Finding { good, what, found } in &self.findings {
            println!("{:4} {what:width$}  {found}", if *good { "ok" } else { "BAD" });
        }
        self.findings.iter().all(|finding| finding.good)
    }
}

/// Looks at etcd's members, the virtual address and the load balancer behind it.
pub(super) fn measure(lab: &Lab, cluster: &Cluster) -> Result<Health> {
    let mut findings = Vec::new();
    for name in &cluster.etcd {
        findings.push(settle(|| member(lab.host(name)?))?);
    }
    findings.push(settle(|| holder(lab, cluster))?);
    findings.push(settle(|| balancer(cluster.address))?);
    Ok(Health { findings })
}

/// Looks again until it is good or patience is over.
fn settle(look: impl Fn() -> Result<Finding>) -> Result<Finding> {
    let end = Instant::now() + PATIENCE;
    loop {
        let finding = look()?;
        if finding.good || Instant::now() > end {
            return Ok(finding);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Asks one member, with the cluster's client certificate, to commit a proposal.
fn member(host: &Host) -> Result<Finding> {
    let endpoint = format!("https://{}:{ETCD_PORT}", host.addr);
    let file = |kind: &str, name: &str| format!("--{kind}={PKI}/{name}");
    let output = host.exec(&[
        "env".to_owned(),
        "ETCDCTL_API=3".to_owned(),
        "etcdctl".to_owned(),
        file("cacert", "ca.crt"),
        file("cert", "client.crt"),
        file("key", "client.key"),
        format!("--endpoints={endpoint}"),
        "endpoint".to_owned(),
        "health".to_owned(),
    ])?;
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).trim().replace('\n', "; ");
    Ok(Finding { good: output.status.success(), what: format!("etcd member {}", host.name), found: words })
}

/// Asks every load balancer host whether it carries the virtual address: exactly one should.
fn holder(lab: &Lab, cluster: &Cluster) -> Result<Finding> {
    let address = cluster.address.to_string();
    let mut holders = Vec::new();
    for name in &cluster.balancers {
        let output = lab.host(name)?.exec(&["ip", "-o", "-4", "addr", "show", "to", &address])?;
        if !output.stdout.is_empty() {
            holders.push(name.as_str());
        }
    }
    let found = if holders.is_empty() {
        "held by no host".to_owned()
    } else {
        format!("held by {}", holders.join(", "))
    };
    Ok(Finding { good: holders.len() == 1, what: format!("virtual address {address}"), found })
}

/// Asks the load balancer through the virtual address, from this machine.
fn balancer(address: Ipv4Addr) -> Result<Finding> {
    let start = Instant::now();
    let (good, found) = match get(address) {
        Ok(status) => {
            let took = start.elapsed().as_secs_f64() * 1000.0;
            (status.contains(" 200"), format!("{status} in {took:.1} ms"))
        }
        Err(error) => (false, error.to_string()),
    };
    Ok(Finding { good, what: format!("load balancer http://{address}:{HEALTH_PORT}{HEALTH_PATH}"), found })
}

/// The status line of an HTTP answer.
fn get(address: Ipv4Addr) -> Result<String> {
    let limit = Duration::from_secs(2);
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((address, HEALTH_PORT)), limit)?;
        stream.set_read_timeout(Some(limit))?;
        write!(stream, "GET {HEALTH_PATH} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    };
    ask().map_err(|error| TaskError::Failed(format!("no answer: {error}")))
}

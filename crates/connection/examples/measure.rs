//! Times connecting, starting an agent and calling it, over a real sshd on this machine (root):
//! `cargo build -p rplay-connection --examples && cargo run -p rplay-connection --example measure -- AGENT`,
//! AGENT being a program `cargo xtask agents` built.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot go on fails"
)]
#![allow(clippy::print_stdout, reason = "it prints times")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::time::Instant;

use rplay_connection::{AgentBinaries, AgentBinary, Connections};
use serde_json::json;
use support::sshd::Sshd;
use support::{call, field, options};

fn main() {
    let agent = std::env::args_os().nth(1).expect("the agent's path is the argument");
    let sshd = Sshd::start();
    for round in 0..4 {
        measure(&sshd, Path::new(&agent), round);
    }
}

fn measure(sshd: &Sshd, agent: &Path, round: usize) {
    let mut options = sshd.options(options());
    options.agents = AgentBinaries::new(vec![AgentBinary::file(std::env::consts::ARCH, agent)]);
    let connections = Connections::new(options);
    let began = Instant::now();
    let session = connections.session(&sshd.target()).unwrap();
    let connected = began.elapsed();
    session.raw("exec true", None).unwrap();
    let bare = began.elapsed();
    session.prepare().unwrap();
    let started = began.elapsed();
    let ping = || session.call(call("ping", json!({})), &(), &mut ()).unwrap();
    assert_eq!(field(&ping(), "ping"), "pong");
    println!(
        "round {round}: connected {connected:?}, a bare command {bare:?}, agent {started:?}, first ping {:?}",
        began.elapsed()
    );
    let began = Instant::now();
    (0..500).for_each(|_| drop(ping()));
    println!("  one call {:?}", began.elapsed() / 500);
    let began = Instant::now();
    let calls = (0..5000).map(|_| call("ping", json!({}))).collect();
    session.call_many(calls, &(), &mut (), &mut |_, _| {}).unwrap();
    println!("  one of 5000 pipelined {:?}", began.elapsed() / 5000);
}

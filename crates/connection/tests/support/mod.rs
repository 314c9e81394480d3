//! What the tests of this crate share: agents, a real sshd, a proxy that breaks connections.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod proxy;
pub(crate) mod sshd;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rplay_connection::{AgentBinaries, AgentBinary, Call, LocalAgent, Options};
use serde_json::{Map, Value, json};

/// The agent with the test modules, built as an example of this crate.
pub(crate) fn test_agent() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let path = exe.parent().unwrap().parent().unwrap().join("examples/test_agent");
    assert!(
        path.exists(),
        "{} is missing: run the tests with cargo test -p rplay-connection",
        path.display()
    );
    path
}

pub(crate) fn options() -> Options {
    let agent = AgentBinary::file(std::env::consts::ARCH, test_agent());
    let mut options = Options::new(AgentBinaries::new(vec![agent]));
    options.local_agent = LocalAgent { program: Some(test_agent()), args: vec!["__agent".into()] };
    options
}

/// Options with a heartbeat fast enough for tests.
pub(crate) fn hasty() -> Options {
    let mut options = options();
    options.ping_every = Duration::from_millis(200);
    options.frozen_after = Duration::from_secs(3);
    options
}

pub(crate) fn call(module: &str, args: Value) -> Call {
    let Value::Object(map) = args else { panic!("arguments are an object") };
    Call::new(module, &map).unwrap()
}

pub(crate) fn echo(number: usize) -> Call {
    call("echo", json!({"n": number}))
}

pub(crate) fn field(map: &Map<String, Value>, key: &str) -> String {
    match &map[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A command that takes so many seconds and that nothing else on this machine runs.
pub(crate) fn nap(seconds: u32) -> String {
    format!("sleep {seconds}.{}", std::process::id())
}

/// Whether a process with exactly these words begins to run soon: machines that run tests are busy.
pub(crate) fn begins(command: &str) -> bool {
    soon(|| running(command))
}

/// Whether no process with exactly these words runs any more soon: a signal needs its time.
pub(crate) fn ends(command: &str) -> bool {
    soon(|| !running(command))
}

fn soon(reached: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !reached() {
        if began.elapsed() > Duration::from_secs(10) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

fn running(command: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).trim_end_matches('\0').replace('\0', " ") == command
    })
}

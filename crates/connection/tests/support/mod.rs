//! What the tests of this crate share: agents, a real sshd, a proxy that breaks connections.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod proxy;
pub(crate) mod sshd;

use std::path::PathBuf;
use std::time::Duration;

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
    options.frozen_after = Duration::from_millis(1500);
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

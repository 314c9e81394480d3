//! The agents as they travel to hosts: each starts, says hello behind its marker, and ends with its input.
//!
//! Needs the built agents (`cargo xtask agents`, then `RPLAY_AGENTS_DIR`) and qemu-user for foreign ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

fn introduces_itself(architecture: &str) {
    let dir = std::env::var_os("RPLAY_AGENTS_DIR")
        .expect("this test needs agents: run `cargo xtask agents`, then set RPLAY_AGENTS_DIR to the directory it names");
    let agent = PathBuf::from(dir).join(format!("rplay-agent-{architecture}-linux"));
    assert!(agent.is_file(), "{} is missing: run `cargo xtask agents`", agent.display());
    let mut command = if architecture == std::env::consts::ARCH {
        Command::new(&agent)
    } else {
        let mut emulated = Command::new(format!("qemu-{architecture}-static"));
        emulated.arg(&agent);
        emulated
    };
    let output =
        command.arg("a-token").stdin(Stdio::null()).output().expect("the agent (or qemu-user-static) starts");
    assert!(output.status.success(), "{architecture}: {output:?}");
    let marker = b"rplay-agent a-token";
    assert!(output.stdout.windows(marker.len()).any(|part| part == marker), "{architecture}: {output:?}");
}

#[test]
fn the_x86_64_agent_introduces_itself() {
    introduces_itself("x86_64");
}

#[test]
fn the_aarch64_agent_introduces_itself() {
    introduces_itself("aarch64");
}

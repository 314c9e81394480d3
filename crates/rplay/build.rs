//! Embeds the agents that `RPLAY_AGENTS_DIR` holds, so that one file is all that is installed.

use std::{env, fmt::Write, fs, path::PathBuf};

const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

fn main() {
    println!("cargo::rerun-if-env-changed=RPLAY_AGENTS_DIR");
    let dir = env::var_os("RPLAY_AGENTS_DIR").map(PathBuf::from);
    let mut table = String::from("&[\n");
    for arch in ARCHITECTURES {
        let Some(path) = dir.as_ref().map(|dir| dir.join(format!("rplay-agent-{arch}-linux"))) else {
            continue;
        };
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_file() {
            let _ = writeln!(table, "    ({arch:?}, include_bytes!({:?})),", path.display().to_string());
        }
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("agents.rs");
    if let Err(error) = fs::write(&out, table) {
        println!("cargo::error=cannot write {}: {error}", out.display());
    }
}

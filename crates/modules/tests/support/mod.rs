//! What the tests on lab hosts share.

use std::path::PathBuf;

use rplay_lab::Lab;

/// The lab that `RPLAY_LAB` names.
pub(crate) fn lab() -> Lab {
    let name = std::env::var("RPLAY_LAB").expect(
        "RPLAY_LAB names no lab: run `cargo xtask test`, or `cargo xtask lab up 1` and set RPLAY_LAB=lab",
    );
    Lab::attach(&name).unwrap_or_else(|error| panic!("lab {name} is not up: {error}"))
}

/// The example `module` as a static program: the hosts' C library may be older than this machine's.
pub(crate) fn module() -> PathBuf {
    let path = std::env::var_os("RPLAY_MODULE_BIN").expect(
        "RPLAY_MODULE_BIN names no program: run `cargo xtask test`, or `cargo build -p rplay-modules --example \
         module --target x86_64-unknown-linux-musl` and set it to debug/examples/module of that target",
    );
    let path = PathBuf::from(path);
    assert!(path.is_file(), "RPLAY_MODULE_BIN: {} does not exist", path.display());
    path
}

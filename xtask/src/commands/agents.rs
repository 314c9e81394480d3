//! `cargo xtask agents`: the agent for every architecture hosts may have.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rplay_lab::packages;

use crate::error::{Result, TaskError};
use crate::{cargo, say};

/// The variable that tells rplay's build where the agents are.
pub(crate) const AGENTS_VARIABLE: &str = "RPLAY_AGENTS_DIR";

/// Every first contact with a host carries it over the wire. Bytes.
const LARGEST: u64 = 4_000_000;

const ARCHITECTURES: &[&str] = &["x86_64", "aarch64"];

/// Links a C library other than musl into the program.
const STATIC: &str = "-C target-feature=+crt-static";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

impl Args {
    /// Builds the agents and says how large they are; not all of them is a failure.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let dir = build()?;
        println!("agents: {}", dir.display());
        let complete = ARCHITECTURES.iter().all(|architecture| dir.join(file_name(architecture)).exists());
        Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn file_name(architecture: &str) -> String {
    format!("rplay-agent-{architecture}-linux")
}

/// Builds the agents and returns the directory with `rplay-agent-ARCHITECTURE-linux` for each that this machine
/// has a target for; the machine's own is always there.
pub(crate) fn build() -> Result<PathBuf> {
    packages::ensure(packages::BUILD, say)?;
    let dir = cargo::target_dir()?.join("agents");
    std::fs::create_dir_all(&dir).map_err(TaskError::io("cannot create the directory", &dir))?;
    let mut found = Vec::new();
    for architecture in ARCHITECTURES {
        let file = dir.join(file_name(architecture));
        match target(architecture) {
            Some(target) => found.push((target, file)),
            None => leave_out(architecture, &file)?,
        }
    }
    compile(&found)?;
    for (target, file) in &found {
        check_and_install(target, file)?;
    }
    Ok(dir)
}

/// Builds an example of a package as a program that runs on every host of this architecture, for tests.
pub(crate) fn build_static_example(package: &str, example: &str) -> Result<PathBuf> {
    let architecture = std::env::consts::ARCH;
    let target = target(architecture)
        .ok_or_else(|| TaskError::Failed(format!("nothing static can be built for {architecture}")))?;
    say(&format!("building {example} of {package} for {}", target.triple));
    let mut build = cargo::command()?;
    build.args(["build", "-p", package, "--example", example, "--target", &target.triple]);
    if target.static_glibc {
        build.env("RUSTFLAGS", STATIC);
    }
    cargo::run(&mut build)?;
    let built = cargo::target_dir()?.join(&target.triple).join("debug/examples").join(example);
    require_static(&built)?;
    Ok(built)
}

/// Builds rplay as it is released, with its agents inside, and returns the program.
pub(crate) fn build_rplay() -> Result<PathBuf> {
    let agents = build()?;
    say("building rplay (release)");
    let mut build = cargo::command()?;
    build.args(["build", "--release", "-p", "rplay", "--bin", "rplay"]).env(AGENTS_VARIABLE, agents);
    cargo::run(&mut build)?;
    Ok(cargo::target_dir()?.join("release/rplay"))
}

/// The agent for this machine, as [`build`] left it.
pub(crate) fn native() -> Result<PathBuf> {
    Ok(cargo::target_dir()?.join("agents").join(file_name(std::env::consts::ARCH)))
}

fn leave_out(architecture: &str, file: &Path) -> Result<()> {
    say(&format!(
        "NO AGENT for {architecture}: rustup could not add {architecture}-unknown-linux-musl, and only the \
         machine's own architecture can be built against glibc; install rustup or that target"
    ));
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(TaskError::io("cannot remove", file)(error))
        }
        _ => Ok(()),
    }
}

/// How one agent is built.
struct Target {
    triple: String,
    static_glibc: bool,
}

fn target(architecture: &str) -> Option<Target> {
    let triple = format!("{architecture}-unknown-linux-musl");
    if add_target(&triple) {
        return Some(Target { triple, static_glibc: false });
    }
    let native = std::env::consts::ARCH == architecture;
    let triple = format!("{architecture}-unknown-linux-gnu");
    native.then(|| {
        say(&format!("rustup cannot add musl for {architecture}: building against static glibc"));
        Target { triple, static_glibc: true }
    })
}

fn add_target(triple: &str) -> bool {
    let listed = cargo::output(Command::new("rustup").args(["target", "list", "--installed"]));
    if listed.is_ok_and(|list| list.lines().any(|line| line == triple)) {
        return true;
    }
    say(&format!("adding the Rust target {triple}"));
    cargo::run(Command::new("rustup").args(["target", "add", triple])).is_ok()
}

/// Compiles the agents. Targets with the same flags go together: the last step of each occupies one core only.
fn compile(targets: &[(Target, PathBuf)]) -> Result<()> {
    for static_glibc in [false, true] {
        let together =
            || targets.iter().map(|(target, _)| target).filter(|one| one.static_glibc == static_glibc);
        let triples: Vec<&str> = together().map(|target| target.triple.as_str()).collect();
        if triples.is_empty() {
            continue;
        }
        say(&format!("building the agent for {}", triples.join(" and ")));
        let mut build = cargo::command()?;
        build.args(["build", "--profile", "agent", "-p", "rplay-agent", "--bin", "rplay-agent"]);
        build.env("RUSTFLAGS", if static_glibc { STATIC.to_owned() } else { link_flags()? });
        build.args(triples.iter().flat_map(|triple| ["--target", triple]));
        cargo::run(&mut build)?;
    }
    Ok(())
}

fn check_and_install(target: &Target, file: &Path) -> Result<()> {
    let built = cargo::target_dir()?.join(&target.triple).join("agent/rplay-agent");
    require_static(&built)?;
    let size = std::fs::metadata(&built).map_err(TaskError::io("cannot look at", &built))?.len();
    println!("rplay-agent {}: {size} bytes", target.triple);
    if size > LARGEST {
        let triple = &target.triple;
        return Err(TaskError::Failed(format!(
            "the agent for {triple} has {size} bytes, more than {LARGEST}"
        )));
    }
    install(&built, file)
}

/// What keeps the agent small: lld folds equal functions and packs relocations. A panic ends the agent, so
/// nobody unwinds through its code and the tables for that, a tenth of the file, are left out; the compiler's
/// own option for it does not reach the standard library's code.
fn link_flags() -> Result<String> {
    let script = cargo::target_dir()?.join("agents").join("no-unwind.ld");
    std::fs::write(&script, "SECTIONS { /DISCARD/ : { *(.eh_frame .eh_frame_hdr) } } INSERT AFTER .text;\n")
        .map_err(TaskError::io("cannot write", &script))?;
    let options = ["--icf=all", "--pack-dyn-relocs=relr", "--no-eh-frame-hdr"];
    let options: String = options.iter().map(|option| format!(" -C link-arg={option}")).collect();
    Ok(format!("-C linker=rust-lld{options} -C link-arg=-T{}", script.display()))
}

/// A host's libraries are not the build machine's.
fn require_static(binary: &Path) -> Result<()> {
    let headers = cargo::output(Command::new("readelf").args(["--wide", "--program-headers"]).arg(binary))?;
    if headers.contains(" INTERP ") {
        return Err(TaskError::Failed(format!("{} needs a dynamic loader", binary.display())));
    }
    Ok(())
}

/// Puts a file in place so that whoever reads it at the same time sees it whole. The same content is left alone:
/// rplay, which embeds it, would be built again for nothing.
fn install(from: &Path, to: &Path) -> Result<()> {
    let content = std::fs::read(from).map_err(TaskError::io("cannot read", from))?;
    if std::fs::read(to).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let new = to.with_extension(format!("new{}", std::process::id()));
    std::fs::copy(from, &new).map_err(TaskError::io("cannot copy", from))?;
    std::fs::rename(&new, to).map_err(TaskError::io("cannot put in place", to))
}

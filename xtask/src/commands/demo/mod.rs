//! `cargo xtask demo`: from an empty machine to a cluster on four hosts, and a look at whether it is one.

mod cluster;
mod health;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use rplay_lab::{Cache, DEFAULT_LAB, Lab, LabSpec, packages};

use super::agents;
use crate::error::{Result, TaskError};
use crate::{cargo, say};

const HOSTS: usize = 4;
const INVENTORY: &str = "inventory/lab";
const PLAYBOOK: &str = "playbooks/90-init-cluster.yml";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Remove the hosts and what the playbook left in the tree; cached images stay
    #[arg(long)]
    down: bool,
}

impl Args {
    /// Runs or removes the demonstration.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        packages::require_root()?;
        if self.down { down() } else { up() }
    }
}

fn up() -> Result<ExitCode> {
    let cache = Cache::from_env();
    let root = cargo::workspace()?;
    packages::ensure(packages::LAB, say)?;
    let rplay = agents::build_rplay()?;
    let lab = Lab::up(LabSpec { progress: say, ..LabSpec::new(DEFAULT_LAB, HOSTS) })?;
    say(&format!("rplay -i {INVENTORY}/hosts {PLAYBOOK}"));
    let start = Instant::now();
    let mut play = Command::new(rplay);
    play.current_dir(&root).arg("-i").arg(format!("{INVENTORY}/hosts"));
    if !cache.is_default() {
        // The committed inventory names the key in the default cache.
        play.arg("-i").arg(lab.inventory());
    }
    let status = play.arg(PLAYBOOK).status().map_err(|source| cargo::spawn_error(&play, source))?;
    println!("\nrplay: {status} after {:.1} s\n", start.elapsed().as_secs_f64());
    let cluster = cluster::Cluster::read(&root.join(INVENTORY))?;
    let healthy = health::measure(&lab, &cluster)?.print();
    println!("\nhosts: cargo xtask lab ssh n1; remove everything: cargo xtask demo --down");
    if !status.success() {
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        return Ok(ExitCode::from(code));
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn down() -> Result<ExitCode> {
    let cache = Cache::from_env();
    if Lab::all(&cache)?.iter().any(|lab| lab.record().name == DEFAULT_LAB) {
        Lab::attach(DEFAULT_LAB)?.down()?;
    }
    remove(&cargo::workspace()?.join(INVENTORY).join("pki"))?;
    println!("removed; images and builds stay in {}", cache.root().display());
    Ok(ExitCode::SUCCESS)
}

/// Removes the keys and certificates that the playbook makes beside the inventory.
fn remove(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(TaskError::io("cannot remove", dir)(error))
        }
        _ => Ok(()),
    }
}

//! `cargo xtask lab`: test hosts on this machine.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use rplay_lab::{Cache, DEFAULT_LAB, Host, Image, Lab, LabSpec};

use crate::error::{Result, TaskError};
use crate::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which lab; several can be up side by side
    #[arg(long, global = true, default_value = DEFAULT_LAB)]
    lab: String,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ImageName {
    /// Without Python
    Plain,
    /// With python3 and python3-apt, for comparing with ansible-core
    Python,
    /// With ansible-core's integration targets and what they need
    Conformance,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Bring hosts n1 to nN up; what is up already stays
    Up {
        /// How many hosts
        hosts: usize,
        /// What they run over
        #[arg(long, default_value = "plain")]
        image: ImageName,
        /// Memory limit of each host
        #[arg(long, default_value = "5G")]
        mem: String,
    },
    /// End the lab's hosts and remove all of it
    Down,
    /// List all labs and their hosts
    List,
    /// Open a shell on a host
    Ssh {
        name: String,
        /// The user: root, ops or deploy
        #[arg(long, default_value = "root")]
        user: String,
    },
    /// Run a command on a host
    Exec {
        name: String,
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Stop all processes of a host where they stand
    Pause { name: String },
    /// Let a paused host go on
    Resume { name: String },
    /// Pull a host's network cable
    Cut { name: String },
    /// Put a host's network cable back
    Join { name: String },
    /// Cut a host's power; its disk stays
    Kill { name: String },
    /// Start a host that is down
    Start { name: String },
}

impl Args {
    /// Carries the action out.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Self { lab, action } = self;
        match action {
            Action::Up { hosts, image, mem } => up(&lab, hosts, image, mem)?,
            Action::Down => Lab::attach(&lab)?.down()?,
            Action::List => list()?,
            Action::Ssh { name, user } => return Err(shell(&lab, &name, &user)),
            Action::Exec { name, command } => return exec(&lab, &name, &command),
            Action::Pause { name } => on(&lab, &name, Host::pause)?,
            Action::Resume { name } => on(&lab, &name, Host::resume)?,
            Action::Cut { name } => on(&lab, &name, Host::cut)?,
            Action::Join { name } => on(&lab, &name, Host::join)?,
            Action::Kill { name } => on(&lab, &name, Host::kill)?,
            Action::Start { name } => on(&lab, &name, Host::start)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn on(lab: &str, name: &str, act: fn(&Host) -> rplay_lab::Result<()>) -> Result<()> {
    Ok(act(Lab::attach(lab)?.host(name)?)?)
}

fn up(name: &str, hosts: usize, image: ImageName, mem: String) -> Result<()> {
    let image = match image {
        ImageName::Plain => Image::Plain,
        ImageName::Python => Image::Python,
        ImageName::Conformance => Image::Conformance,
    };
    let lab = Lab::up(LabSpec { image, mem, progress: say, ..LabSpec::new(name, hosts) })?;
    show(&lab);
    let record = lab.record();
    println!(
        "inventory: {}\nssh:       ssh -F {} n1",
        record.inventory.display(),
        record.ssh_config.display()
    );
    Ok(())
}

fn list() -> Result<()> {
    for lab in Lab::all(&Cache::from_env())? {
        show(&lab);
    }
    Ok(())
}

fn show(lab: &Lab) {
    for host in lab.hosts() {
        let state = if host.is_up() { "up" } else { "down" };
        println!("{} {} {} {} {state}", lab.record().name, host.name, host.addr, lab.record().image.name());
    }
}

/// Becomes ssh; returns only when that failed.
fn shell(lab: &str, name: &str, user: &str) -> TaskError {
    let ssh = Lab::attach(lab).and_then(|lab| Ok(lab.host(name)?.ssh(user)));
    match ssh {
        Ok(mut ssh) => TaskError::Spawn { program: "ssh".to_owned(), source: ssh.exec() },
        Err(error) => error.into(),
    }
}

fn exec(lab: &str, name: &str, command: &[String]) -> Result<ExitCode> {
    let output = Lab::attach(lab)?.host(name)?.exec(command)?;
    let written = std::io::stdout().write_all(&output.stdout);
    let written = written.and_then(|()| std::io::stderr().write_all(&output.stderr));
    written.map_err(TaskError::io("cannot write to", std::path::Path::new("the terminal")))?;
    let code = output.status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

//! `hostname`: the machine's name.

use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, ModuleResult, Plan, System};

/// Set the machine's name, now and for good.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The name.
    name: String,
    /// How it is kept; left out: as the host does.
    #[arg(name = "use")]
    use_: Option<Use>,
}

/// How a host keeps its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Use {
    Alpine,
    Debian,
    Freebsd,
    Generic,
    Macos,
    Macosx,
    Darwin,
    Openbsd,
    Openrc,
    Redhat,
    Sles,
    Solaris,
    Systemd,
}

/// Where the name is kept.
#[derive(Clone, Copy, Debug)]
enum Keeper {
    Systemd,
    /// A file that holds the name alone.
    File(&'static str),
    /// A line of a file.
    Line(&'static str, &'static str),
    /// Nowhere: only the kernel's name is set.
    Kernel,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let keeper = keeper(args.use_, sys)?;
    let name = args.name;
    if matches!(keeper, Keeper::Systemd) && name.chars().count() > 64 {
        return Err("name cannot be longer than 64 characters on systemd servers, try a shorter name".into());
    }
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(Failure::new(format!("'{name}' is no host name")));
    }
    let current = current(keeper, sys)?;
    let kept = kept(keeper, sys)?.unwrap_or_else(|| current.clone());
    let before = if name == current { &kept } else { &current };
    let changed = name != current || name != kept;
    let result = report(&name, changed, sys);
    if !changed {
        return Ok(Plan::done(result));
    }
    let line = |name: &str| format!("hostname = {name}\n");
    let result = result.with_diff(Diff::new(line(before), line(&name)));
    Ok(Plan::change(result, move |sys, _| {
        if name != current {
            set_current(keeper, &name, sys)?;
        }
        if name != kept {
            keep(keeper, &name, sys)?;
        }
        Ok(report(&name, true, sys)
            .with_diff(Diff::new(line(if name == current { &kept } else { &current }), line(&name))))
    }))
}

fn report(name: &str, changed: bool, sys: &System) -> ModuleResult {
    let fqdn = fqdn(name, sys);
    let domain = fqdn.split_once('.').map_or("", |(_, domain)| domain);
    ModuleResult { changed, ..ModuleResult::default() }
        .with("name", name)
        .with_fact("ansible_hostname", name.split('.').next().unwrap_or_default())
        .with_fact("ansible_nodename", name)
        .with_fact("ansible_domain", domain)
        .with_fact("ansible_fqdn", fqdn)
}

/// The full name the host's own table or its name service gives.
fn fqdn(name: &str, sys: &System) -> String {
    let entry = sys.getent("hosts", name).unwrap_or_default();
    let names: Vec<&str> = entry.split_whitespace().skip(1).collect();
    let full = names.iter().find(|name| name.contains('.')).or(names.first());
    full.map_or_else(|| name.to_owned(), |full| (*full).to_owned())
}

fn keeper(wanted: Option<Use>, sys: &System) -> Result<Keeper, Failure> {
    let file = Keeper::File("/etc/hostname");
    let Some(wanted) = wanted else {
        return Ok(if sys.exists("/run/systemd/system") && sys.bin_path("hostnamectl").is_some() {
            Keeper::Systemd
        } else if sys.exists("/etc/conf.d/hostname") {
            Keeper::Line("/etc/conf.d/hostname", "hostname=")
        } else if sys.exists("/etc/sysconfig/network") && !sys.exists("/etc/hostname") {
            Keeper::Line("/etc/sysconfig/network", "HOSTNAME=")
        } else {
            file
        });
    };
    match wanted {
        Use::Systemd => Ok(Keeper::Systemd),
        Use::Debian | Use::Alpine => Ok(file),
        Use::Sles => Ok(Keeper::File("/etc/HOSTNAME")),
        Use::Redhat => Ok(Keeper::Line("/etc/sysconfig/network", "HOSTNAME=")),
        Use::Openrc => Ok(Keeper::Line("/etc/conf.d/hostname", "hostname=")),
        Use::Generic => Ok(Keeper::Kernel),
        other => Err(Failure::new(format!("use={other} is for other systems than Linux"))),
    }
}

fn current(keeper: Keeper, sys: &System) -> Result<String, Failure> {
    if matches!(keeper, Keeper::Systemd) {
        return hostnamectl(&["--transient", "status"], sys);
    }
    Ok(sys.read_text("/proc/sys/kernel/hostname")?.trim().to_owned())
}

fn kept(keeper: Keeper, sys: &System) -> Result<Option<String>, Failure> {
    match keeper {
        Keeper::Systemd => hostnamectl(&["--static", "status"], sys).map(Some),
        Keeper::File(path) if sys.exists(path) => Ok(Some(sys.read_text(path)?.trim().to_owned())),
        Keeper::File(_) => Ok(Some(String::new())),
        Keeper::Line(path, key) => {
            let text = if sys.exists(path) { sys.read_text(path)? } else { String::new() };
            let value = text.lines().find_map(|line| line.trim().strip_prefix(key));
            Ok(Some(value.unwrap_or_default().trim_matches('"').to_owned()))
        }
        Keeper::Kernel => Ok(None),
    }
}

fn set_current(keeper: Keeper, name: &str, sys: &System) -> Result<(), Failure> {
    if matches!(keeper, Keeper::Systemd) {
        return hostnamectl(&["--transient", "set-hostname", name], sys).map(drop);
    }
    let output = sys.command(["hostname", name]).run()?;
    if output.rc == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "Command failed rc={}, out={}, err={}",
        output.rc,
        output.stdout_text(),
        output.stderr_text()
    )))
}

fn keep(keeper: Keeper, name: &str, sys: &System) -> Result<(), Failure> {
    match keeper {
        Keeper::Systemd => {
            hostnamectl(&["--pretty", "set-hostname", name], sys)?;
            hostnamectl(&["--static", "set-hostname", name], sys).map(drop)
        }
        Keeper::File(path) => write(path, &format!("{name}\n"), sys),
        Keeper::Line(path, key) => {
            let text = if sys.exists(path) { sys.read_text(path)? } else { String::new() };
            let quote = if key == "hostname=" { "\"" } else { "" };
            let wanted = format!("{key}{quote}{name}{quote}");
            let mut lines: Vec<&str> = text.lines().collect();
            match lines.iter_mut().find(|line| line.trim().starts_with(key)) {
                Some(line) => *line = &wanted,
                None => lines.push(&wanted),
            }
            write(path, &format!("{}\n", lines.join("\n")), sys)
        }
        Keeper::Kernel => Ok(()),
    }
}

fn write(path: &str, content: &str, sys: &System) -> Result<(), Failure> {
    let new = !sys.exists(path);
    sys.atomic_write(path, &mut content.as_bytes(), false)?;
    if new {
        sys.set_mode(path, 0o644)?;
    }
    Ok(())
}

fn hostnamectl(words: &[&str], sys: &System) -> Result<String, Failure> {
    let program = sys.require_bin("hostnamectl")?;
    let output = sys.command([program.as_str()].iter().chain(words).copied()).c_locale().run()?;
    let (out, err) = (output.stdout_text(), output.stderr_text());
    if output.rc == 0 {
        return Ok(out.trim().to_owned());
    }
    Err(Failure::new(format!("Command failed rc={}, out={out}, err={err}", output.rc)))
}

//! `systemd`: units and the manager itself.

use super::systemctl::{Systemctl, is_offline, parse_show, was_ignored};
use super::sysv;
use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::system::Output;
use crate::{Failure, ModuleResult, Plan, System};

/// Manage systemd units.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    required_one_of("state", "enabled", "masked", "daemon_reload", "daemon_reexec"),
    required_by("state", ["name"]),
    required_by("enabled", ["name"]),
    required_by("masked", ["name"])
)]
pub(crate) struct Args {
    /// The unit.
    #[arg(aliases("service", "unit"))]
    pub(super) name: Option<String>,
    /// What the unit is to do: `started` and `stopped` only where needed, the others always.
    pub(super) state: Option<State>,
    /// Whether it starts at boot.
    pub(super) enabled: Option<bool>,
    /// Override symbolic links that are in the way.
    pub(super) force: Option<bool>,
    /// Whether it is made impossible to start.
    pub(super) masked: Option<bool>,
    /// Make the manager read its files again first.
    #[arg(default = false, alias = "daemon-reload")]
    pub(super) daemon_reload: bool,
    /// Make the manager execute itself again first.
    #[arg(default = false, alias = "daemon-reexec")]
    pub(super) daemon_reexec: bool,
    /// Whose manager is meant.
    #[arg(default = "system")]
    pub(super) scope: Scope,
    /// Do not wait for the request to be done.
    #[arg(default = false)]
    pub(super) no_block: bool,
}

/// What a unit is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Reloaded,
    Restarted,
    Started,
    Stopped,
}

/// Whose manager is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Scope {
    System,
    User,
    Global,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    refuse_patterns(args.name.as_deref())?;
    let systemctl = Systemctl::new(&args, sys)?;
    let first = args.daemon_reload || args.daemon_reexec;
    if first && !sys.check_mode() {
        // What the manager says of the unit counts only after it has read its files.
        return Ok(Plan::change(ModuleResult::unchanged(), move |sys, _| {
            prepare(&args, &systemctl, sys)?;
            let unit = Unit::look(&args, &systemctl, sys)?;
            Task { args: &args, systemctl: &systemctl, sys, act: true }.walk(&unit)
        }));
    }
    let unit = Unit::look(&args, &systemctl, sys)?;
    let predicted = Task { args: &args, systemctl: &systemctl, sys, act: false }.walk(&unit)?;
    if !predicted.changed {
        return Ok(Plan::done(predicted));
    }
    Ok(Plan::change(predicted, move |sys, _| {
        Task { args: &args, systemctl: &systemctl, sys, act: true }.walk(&unit)
    }))
}

fn refuse_patterns(unit: Option<&str>) -> Result<(), Failure> {
    let Some(unit) = unit else { return Ok(()) };
    match ["*", "?", "["].iter().find(|pattern| unit.contains(**pattern)) {
        Some(pattern) => Err(Failure::new(format!(
            "This module does not currently support using glob patterns, found '{pattern}' in service name: {unit}"
        ))),
        None => Ok(()),
    }
}

fn prepare(args: &Args, systemctl: &Systemctl, sys: &System) -> Result<(), Failure> {
    for (wanted, verb) in [(args.daemon_reload, "daemon-reload"), (args.daemon_reexec, "daemon-reexec")] {
        if !wanted {
            continue;
        }
        let output = systemctl.run(&[verb], sys)?;
        let errors = output.stderr_text();
        if output.rc == 0 {
            continue;
        }
        if !is_offline(sys) {
            return Err(Failure::new(format!("failure {} during {verb}: {errors}", output.rc)));
        }
        sys.warn(format!(
            "{verb} failed, but target is a chroot or systemd is offline. Continuing. Error was: {} / {errors}",
            output.rc
        ));
    }
    Ok(())
}

/// What the host knows of the unit.
#[derive(Default)]
struct Unit {
    status: Map,
    found: bool,
    script: bool,
}

/// What `is-enabled` says of units that exist.
const ENABLED_STATES: [&str; 11] = [
    "enabled",
    "enabled-runtime",
    "linked",
    "linked-runtime",
    "masked",
    "masked-runtime",
    "static",
    "indirect",
    "disabled",
    "generated",
    "transient",
];

impl Unit {
    fn look(args: &Args, systemctl: &Systemctl, sys: &System) -> Result<Self, Failure> {
        let Some(name) = args.name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(Self::default());
        };
        let script = sysv::exists(name, sys);
        let shown = systemctl.run(&["show", name], sys)?;
        let (out, err) = (shown.stdout_text(), shown.stderr_text());
        let (status, known) = if shown.rc == 0 && !was_ignored(&out) && !was_ignored(&err) {
            loaded(name, &out)?
        } else if shown.rc == 1 && err.contains("Failed to parse bus message") {
            unparsable(name, &out, systemctl, sys)?
        } else {
            (Map::new(), listed(name, systemctl, sys)?)
        };
        if script && !known {
            sys.warn(format!(
                "The service ({name}) is actually an init script but the system is managed by systemd"
            ));
        }
        Ok(Self { status, found: known || script, script })
    }

    fn active(&self) -> Option<&str> {
        self.status.get("ActiveState").and_then(Value::as_str)
    }
}

fn loaded(name: &str, shown: &str) -> Result<(Map, bool), Failure> {
    let status = parse_show(shown);
    let load = status.get("LoadState").and_then(Value::as_str);
    let known = load.is_some_and(|state| state != "not-found");
    if known
        && load != Some("masked")
        && let Some(error) = status.get("LoadError").and_then(Value::as_str)
    {
        return Err(Failure::new(format!("Error loading unit file '{name}': {error}")));
    }
    Ok((status, known))
}

/// Some versions cannot show units whose names hold odd letters, and still know them.
fn unparsable(name: &str, shown: &str, systemctl: &Systemctl, sys: &System) -> Result<(Map, bool), Failure> {
    let mut status = parse_show(shown);
    let base = name.split_once('@').map_or_else(|| name.to_owned(), |(base, _)| format!("{base}@"));
    let files = systemctl.run(&["list-unit-files", &format!("{base}*")], sys)?;
    let active = systemctl.run(&["is-active", name], sys)?;
    status.insert("ActiveState".to_owned(), Value::from(active.stdout_text().trim_end_matches('\n')));
    Ok((status, files.stdout_text().contains(&base)))
}

/// Whether the unit exists, where the manager does not answer.
fn listed(name: &str, systemctl: &Systemctl, sys: &System) -> Result<bool, Failure> {
    let enabled = systemctl.run(&["is-enabled", name], sys)?;
    if ENABLED_STATES.contains(&enabled.stdout_text().trim()) {
        return Ok(true);
    }
    if systemctl.run(&["list-unit-files", name], sys)?.rc == 0 {
        return Ok(true);
    }
    let plain = systemctl.run(&[], sys)?;
    if plain.rc == 0 {
        return Ok(false);
    }
    Err(Failure::new(plain.stderr_text().trim_end())
        .rc(plain.rc)
        .with("stdout", plain.stdout_text())
        .with("stderr", plain.stderr_text()))
}

/// One walk over what is wanted, acting or only predicting.
struct Task<'a> {
    args: &'a Args,
    systemctl: &'a Systemctl,
    sys: &'a System,
    act: bool,
}

impl Task<'_> {
    fn walk(&self, unit: &Unit) -> Result<ModuleResult, Failure> {
        let mut result = ModuleResult::unchanged()
            .with("name", self.args.name.clone())
            .with("status", Value::Object(unit.status.clone()));
        let Some(name) = self.args.name.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(result);
        };
        self.mask(name, unit, &mut result)?;
        self.enable(name, unit, &mut result)?;
        self.set_state(name, unit, &mut result)?;
        Ok(result)
    }

    fn ask(&self, words: &[&str]) -> Result<Output, Failure> {
        self.systemctl.run(words, self.sys)
    }

    /// Runs a changing command, unless only predicting.
    fn tell(&self, verb: &str, name: &str) -> Result<Option<Output>, Failure> {
        if !self.act {
            return Ok(None);
        }
        let output = self.ask(&[verb, name])?;
        Ok((output.rc != 0).then_some(output))
    }

    fn mask(&self, name: &str, unit: &Unit, result: &mut ModuleResult) -> Result<(), Failure> {
        let Some(wanted) = self.args.masked else { return Ok(()) };
        let masked = self.ask(&["is-enabled", name])?.stdout_text().trim() == "masked";
        if masked == wanted {
            return Ok(());
        }
        result.changed = true;
        let verb = if wanted { "mask" } else { "unmask" };
        match self.tell(verb, name)? {
            None => Ok(()),
            Some(_) if !unit.found => Err(missing(name)),
            Some(output) => Err(Failure::new(format!(
                "Failed to {verb} the service ({name}): {}",
                output.stderr_text().trim()
            ))),
        }
    }

    fn enable(&self, name: &str, unit: &Unit, result: &mut ModuleResult) -> Result<(), Failure> {
        let Some(wanted) = self.args.enabled else { return Ok(()) };
        if !unit.found {
            return Err(missing(name));
        }
        let enabled = self.is_enabled(name, unit)?;
        result.set("enabled", wanted);
        if enabled == wanted {
            return Ok(());
        }
        result.changed = true;
        let verb = if wanted { "enable" } else { "disable" };
        match self.tell(verb, name)? {
            None => Ok(()),
            Some(output) => Err(Failure::new(format!(
                "Unable to {verb} service {name}: {}{}",
                output.stdout_text(),
                output.stderr_text()
            ))),
        }
    }

    fn is_enabled(&self, name: &str, unit: &Unit) -> Result<bool, Failure> {
        let output = self.ask(&["is-enabled", name, "-l"])?;
        let said = output.stdout_text();
        Ok(match output.rc {
            // Transient or by another name: enabling is still to be done.
            0 => !["enabled-runtime", "indirect", "alias"].contains(&said.trim_end()),
            1 => {
                self.args.scope == Scope::System
                    && unit.script
                    && !said.trim().ends_with("disabled")
                    && sysv::is_enabled(name)
            }
            _ => false,
        })
    }

    fn set_state(&self, name: &str, unit: &Unit, result: &mut ModuleResult) -> Result<(), Failure> {
        let Some(wanted) = self.args.state else { return Ok(()) };
        if !unit.found {
            return Err(missing(name));
        }
        let Some(active) = unit.active() else {
            result.set("state", wanted.as_str());
            if is_offline(self.sys) {
                self.sys.warn(
                    "Target is a chroot or systemd is offline. This can lead to false positives or prevent \
                     the init system tools from working.",
                );
                return Ok(());
            }
            let status = Value::Object(unit.status.clone());
            return Err(Failure::new("Service is in unknown state").with("status", status));
        };
        let runs = matches!(active, "active" | "activating");
        let stopped = wanted == State::Stopped;
        result.set("state", if stopped { "stopped" } else { "started" });
        let verb = match wanted {
            State::Stopped => (runs || active == "deactivating").then_some("stop"),
            _ if !runs => Some("start"),
            State::Started => None,
            State::Restarted => Some("restart"),
            State::Reloaded => Some("reload"),
        };
        let Some(verb) = verb else { return Ok(()) };
        result.changed = true;
        match self.tell(verb, name)? {
            None => Ok(()),
            Some(output) => {
                Err(Failure::new(format!("Unable to {verb} service {name}: {}", output.stderr_text())))
            }
        }
    }
}

fn missing(name: &str) -> Failure {
    Failure::new(format!("Could not find the requested service {name}: host"))
}

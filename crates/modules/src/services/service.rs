//! `service`: services under whatever init system the host has.

use super::systemd::{self, Scope, State};
use super::{systemctl, sysv};
use crate::args::ModuleArgs;
use crate::system::Output;
use crate::text::shlex;
use crate::{Failure, ModuleResult, Plan, System};
use std::time::Duration;

/// Manage services.
#[derive(Clone, Debug, ModuleArgs)]
#[args(required_one_of("state", "enabled"))]
pub(crate) struct Args {
    /// The service.
    #[arg(aliases("service", "unit"))]
    name: String,
    /// What it is to do.
    state: Option<State>,
    /// Seconds between stop and start of a restart, without systemd.
    sleep: Option<u32>,
    /// Text that a line of `ps` has while the service runs, without systemd.
    pattern: Option<String>,
    /// Whether it starts at boot.
    enabled: Option<bool>,
    /// The run level of OpenRC.
    #[arg(default = "default")]
    runlevel: String,
    /// Further arguments of the init script, without systemd.
    #[arg(default = "", alias = "args")]
    arguments: String,
    /// The init system; `auto` looks.
    #[arg(name = "use", default = "auto")]
    use_: String,
    /// As of `systemd`, with it only.
    #[arg(alias = "daemon-reload")]
    daemon_reload: Option<bool>,
    /// As of `systemd`, with it only.
    #[arg(alias = "daemon-reexec")]
    daemon_reexec: Option<bool>,
    /// As of `systemd`, with it only.
    scope: Option<Scope>,
    /// As of `systemd`, with it only.
    masked: Option<bool>,
    /// As of `systemd`, with it only.
    no_block: Option<bool>,
    /// As of `systemd`, with it only.
    force: Option<bool>,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    match args.use_.rsplit('.').next().unwrap_or_default() {
        "auto" if systemctl::is_running(sys) => through_systemd(args, sys),
        "systemd" | "systemd_service" => through_systemd(args, sys),
        "auto" | "service" | "sysvinit" | "openrc" | "sysv" => through_scripts(args, sys),
        other => Err(Failure::new(format!(
            "Could not find a matching action for the \"{other}\" service manager: systemd, sysvinit, openrc \
             and service are known"
        ))),
    }
}

fn through_systemd(args: Args, sys: &System) -> Result<Plan, Failure> {
    let unused = [
        ("pattern", args.pattern.is_some()),
        ("runlevel", args.runlevel != "default"),
        ("sleep", args.sleep.is_some()),
        ("arguments", !args.arguments.is_empty()),
    ];
    for (name, _) in unused.iter().filter(|(_, given)| *given) {
        sys.warn(format!("Ignoring \"{name}\" as it is not used in \"systemd\""));
    }
    let unit = systemd::Args {
        name: Some(args.name),
        state: args.state,
        enabled: args.enabled,
        force: args.force,
        masked: args.masked,
        daemon_reload: args.daemon_reload.unwrap_or(false),
        daemon_reexec: args.daemon_reexec.unwrap_or(false),
        scope: args.scope.unwrap_or(Scope::System),
        no_block: args.no_block.unwrap_or(false),
    };
    systemd::plan(unit, sys)
}

/// The service by its init script; `how`: seconds to sleep in a restart, a pattern of `ps`, arguments.
pub(super) fn with_scripts(
    name: String,
    state: Option<State>,
    enabled: Option<bool>,
    how: (u32, Option<String>, String),
    sys: &System,
) -> Result<Plan, Failure> {
    let (sleep, pattern, arguments) = how;
    let args = Args {
        name,
        state,
        sleep: Some(sleep),
        pattern,
        enabled,
        runlevel: "default".to_owned(),
        arguments,
        use_: "sysvinit".to_owned(),
        daemon_reload: None,
        daemon_reexec: None,
        scope: None,
        masked: None,
        no_block: None,
        force: None,
    };
    through_scripts(args, sys)
}

fn through_scripts(args: Args, sys: &System) -> Result<Plan, Failure> {
    let foreign = [
        ("daemon_reload", args.daemon_reload.is_some()),
        ("daemon_reexec", args.daemon_reexec.is_some()),
        ("scope", args.scope.is_some()),
        ("masked", args.masked.is_some()),
        ("no_block", args.no_block.is_some()),
        ("force", args.force.is_some()),
    ];
    if let Some((name, _)) = foreign.iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!(
            "Unsupported parameters for (service) module: {name}. It is for hosts that systemd runs."
        )));
    }
    let tools = Tools::find(&args, sys)?;
    let enable = args.enabled.map(|wanted| tools.enabling(&args, wanted, sys)).transpose()?.flatten();
    let mut result = ModuleResult { changed: enable.is_some(), ..ModuleResult::default() };
    result.set("name", args.name.as_str());
    if let Some(enabled) = args.enabled {
        result.set("enabled", enabled);
    }
    let verb = match args.state {
        None => None,
        Some(state) => {
            result.set("state", if state == State::Stopped { "stopped" } else { "started" });
            verb(state, tools.runs(&args, sys)?)
        }
    };
    result.changed |= verb.is_some();
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        for command in enable.iter().flatten() {
            let output = sys.command(command.iter().map(String::as_str)).c_locale().run()?;
            if output.rc != 0 {
                return Err(refused(&output));
            }
        }
        if let Some(verb) = verb {
            tools.control(&args, verb, sys)?;
        }
        Ok(result)
    }))
}

fn verb(wanted: State, runs: bool) -> Option<&'static str> {
    match (wanted, runs) {
        (State::Started, true) | (State::Stopped, false) => None,
        (State::Started | State::Reloaded, false) => Some("start"),
        (State::Stopped, true) => Some("stop"),
        (State::Reloaded, true) => Some("reload"),
        (State::Restarted, _) => Some("restart"),
    }
}

fn refused(output: &Output) -> Failure {
    let (out, err) = (output.stdout_text(), output.stderr_text());
    Failure::new(if err.is_empty() { out } else { err })
}

/// What the host controls services with.
struct Tools {
    openrc: Option<String>,
    script: Option<String>,
    service: Option<String>,
}

impl Tools {
    fn find(args: &Args, sys: &System) -> Result<Self, Failure> {
        let script = format!("/etc/init.d/{}", args.name);
        let tools = Self {
            openrc: sys.bin_path("rc-service"),
            script: sys.exists(&script).then_some(script),
            service: sys.bin_path("service"),
        };
        if tools.openrc.is_none() && tools.script.is_none() {
            return Err(Failure::new(format!("Could not find the requested service {}: host", args.name)));
        }
        Ok(tools)
    }

    /// The commands that make it start at boot or not; `None` when it is so already.
    fn enabling(&self, args: &Args, wanted: bool, sys: &System) -> Result<Option<Vec<Vec<String>>>, Failure> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let name = args.name.as_str();
        if self.openrc.is_some() {
            let tool = sys.require_bin("rc-update")?;
            let shown = sys.command([tool.as_str(), "show"]).c_locale().run()?.stdout_text();
            let enabled = openrc_enabled(&shown, name, &args.runlevel);
            let verb = if wanted { "add" } else { "delete" };
            return Ok((enabled != wanted).then(|| vec![words(&[&tool, verb, name, &args.runlevel])]));
        }
        if let Some(tool) = sys.bin_path("update-rc.d") {
            if sysv::is_enabled(name) == wanted {
                return Ok(None);
            }
            let mut commands = Vec::new();
            if wanted && !sysv::has_links('K', name) {
                commands.push(words(&[&tool, name, "defaults"]));
            }
            commands.push(words(&[&tool, name, if wanted { "enable" } else { "disable" }]));
            return Ok(Some(commands));
        }
        let Some(tool) = sys.bin_path("chkconfig") else {
            return Err(Failure::new(format!(
                "cannot detect command to enable service {name}, typo or init system potentially unknown"
            )));
        };
        let word = if wanted { "on" } else { "off" };
        let listed = sys.command([tool.as_str(), "--list", name]).c_locale().run()?;
        let levels = listed.stdout_text();
        if levels.contains(&format!("3:{word}")) && levels.contains(&format!("5:{word}")) {
            return Ok(None);
        }
        let mut commands = Vec::new();
        if listed.stderr_text().contains(&format!("chkconfig --add {name}")) {
            commands.push(words(&[&tool, "--add", name]));
        } else if !levels.contains(name) {
            return Err(Failure::new(format!("service {name} does not support chkconfig")));
        }
        commands.push(words(&[&tool, name, word]));
        Ok(Some(commands))
    }

    fn runs(&self, args: &Args, sys: &System) -> Result<bool, Failure> {
        if let Some(pattern) = &args.pattern {
            let shown = sys.command(["ps", "auxww"]).c_locale().run()?.stdout_text();
            return Ok(shown.lines().any(|line| line.contains(pattern) && !line.contains("pattern=")));
        }
        let output = self.call(args, "status", sys)?;
        let (out, err) = (output.stdout_text(), output.stderr_text());
        if self.openrc.is_some() {
            return Ok(out.contains("started") && !err.contains("crashed"));
        }
        status_of(output.rc, &out, &args.name)
            .ok_or_else(|| Failure::new("failed determining service state, possible typo of service name?"))
    }

    fn call(&self, args: &Args, verb: &str, sys: &System) -> Result<Output, Failure> {
        let mut words = match (&self.openrc, &self.service, &self.script) {
            (Some(tool), _, _) | (None, Some(tool), _) => vec![tool.clone(), args.name.clone()],
            (None, None, Some(script)) => vec![script.clone()],
            (None, None, None) => {
                return Err(Failure::new(
                    "cannot find 'service' binary or init script for service,  possible typo in service name?, aborting",
                ));
            }
        };
        words.push(verb.to_owned());
        words.extend(shlex::split(&args.arguments).map_err(Failure::new)?);
        Ok(sys.command(words).c_locale().run()?)
    }

    fn control(&self, args: &Args, verb: &str, sys: &System) -> Result<(), Failure> {
        let outputs = match (verb, args.sleep) {
            ("restart", Some(seconds)) => {
                self.call(args, "stop", sys)?;
                std::thread::sleep(Duration::from_secs(seconds.into()));
                self.call(args, "start", sys)?
            }
            _ => self.call(args, verb, sys)?,
        };
        if outputs.rc == 0 { Ok(()) } else { Err(refused(&outputs)) }
    }
}

fn openrc_enabled(shown: &str, name: &str, level: &str) -> bool {
    shown.lines().filter_map(|line| line.split_once('|')).any(|(service, levels)| {
        service.trim() == name && levels.split_whitespace().any(|known| known == level)
    })
}

/// Whether an init script's `status` means that it runs: by the exit codes of the LSB, then by the
/// words of a one-line answer.
fn status_of(rc: i32, said: &str, name: &str) -> Option<bool> {
    if [1, 2, 3, 4, 69].contains(&rc) {
        return Some(false);
    }
    if said.matches('\n').count() <= 1 {
        let clean = said.to_lowercase().replace(&name.to_lowercase(), "");
        if clean.contains("stop") {
            return Some(false);
        }
        if clean.contains("run") {
            return Some(!clean.contains("not "));
        }
        if clean.contains("start") && !clean.contains("not ") {
            return Some(true);
        }
        let dead = [
            "could not access pid file",
            "is dead and pid file exists",
            "dead but subsys locked",
            "dead but pid file exists",
        ];
        if dead.iter().any(|words| clean.contains(words)) {
            return Some(false);
        }
    }
    (rc == 0).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::{openrc_enabled, status_of};

    #[test]
    fn init_scripts_answers_are_understood() {
        let table = [
            (0, "x is running.\n", Some(true)),
            (0, "x is not running\n", Some(false)),
            (3, "whatever", Some(false)),
            (0, "stopper stopped", Some(false)),
            (0, "a\nb\nstopped\n", Some(true)),
            (7, "?", None),
        ];
        for (rc, said, runs) in table {
            assert_eq!(status_of(rc, said, "x"), runs, "{said}");
        }
        // The name itself says nothing.
        assert_eq!(status_of(5, "runner", "runner"), None);
    }

    #[test]
    fn openrc_lists_levels() {
        let shown = "   sshd | boot default\n   cron |\n";
        assert!(openrc_enabled(shown, "sshd", "default"));
        assert!(!openrc_enabled(shown, "cron", "default"));
    }
}

//! `service_facts`: the host's services, as facts.

use super::systemctl;
use crate::args::{Map, ModuleArgs, Value};
use crate::{Failure, ModuleResult, Plan, System};
use std::collections::HashMap;

/// Tell what services there are and how they are.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {}

/// States that say more than whether a unit is enabled.
const BAD: &[&str] = &["not-found", "masked", "failed"];

pub(crate) fn plan(_args: Args, sys: &System) -> Result<Plan, Failure> {
    let mut services = Map::new();
    from_scripts(&mut services, sys)?;
    if systemctl::is_running(sys) {
        from_units(&mut services, sys)?;
        from_unit_files(&mut services, sys)?;
    }
    if services.is_empty() {
        let msg =
            "Failed to find any services. This can be due to privileges or some other configuration issue.";
        return Ok(Plan::done(ModuleResult::unchanged().with("skipped", true).with("msg", msg)));
    }
    Ok(Plan::done(ModuleResult::unchanged().with_fact("services", services)))
}

fn add(services: &mut Map, name: &str, fields: &[(&str, &str)]) {
    let mut service = Map::new();
    service.insert("name".to_owned(), name.into());
    service.extend(fields.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))));
    services.insert(name.to_owned(), Value::Object(service));
}

/// Init scripts, as `service --status-all` has them. With OpenRC it knows them, too.
fn from_scripts(services: &mut Map, sys: &System) -> Result<(), Failure> {
    if let (Some(status), Some(update)) = (sys.bin_path("rc-status"), sys.bin_path("rc-update")) {
        return from_openrc(services, &status, &update, sys);
    }
    if sys.bin_path("chkconfig").is_some() {
        return Ok(());
    }
    let Some(service) = sys.bin_path("service") else { return Ok(()) };
    let output = sys.command([service.as_str(), "--status-all"]).c_locale().run()?;
    if output.rc == 4 && !sys.exists("/etc/init.d") {
        return Ok(());
    }
    if output.rc != 0 {
        sys.warn(format!("Unable to query 'service' tool ({}): {}", output.rc, output.stderr_text()));
    }
    for (name, runs) in scripts(&output.stdout_text()) {
        let state = if runs { "running" } else { "stopped" };
        add(services, &name, &[("state", state), ("source", "sysv")]);
    }
    Ok(())
}

/// Lines such as ` [ + ]  cron`; one with `?` says nothing.
fn scripts(text: &str) -> Vec<(String, bool)> {
    let entry = |line: &str| {
        let (sign, name) = line.trim_start().strip_prefix("[ ")?.split_once(" ]")?;
        let runs = match sign {
            "+" => true,
            "-" => false,
            _ => return None,
        };
        Some((name.trim().to_owned(), runs))
    };
    text.lines().filter_map(entry).collect()
}

fn from_openrc(services: &mut Map, status: &str, update: &str, sys: &System) -> Result<(), Failure> {
    let levels = sys.command([update, "show", "-v"]).c_locale().run()?.stdout_text();
    let level = |service: &str| {
        let mut pairs = levels.lines().filter_map(|line| line.split_once('|'));
        let found = pairs.find_map(|(name, levels)| (name.trim() == service).then_some(levels))?;
        let found: Vec<&str> = found.split_whitespace().collect();
        (!found.is_empty()).then(|| Value::from(found))
    };
    let states = sys.command([status, "-a", "-s", "-m"]).c_locale().run()?.stdout_text();
    for line in states.lines().filter(|line| line.starts_with(' ')) {
        let line = line.replace(['[', ']'], "");
        let mut words = line.split_whitespace();
        let (Some(name), Some(state)) = (words.next(), words.next()) else { continue };
        add(services, name, &[("state", state), ("source", "openrc")]);
        if let Some(Value::Object(service)) = services.get_mut(name) {
            service.insert("runlevels".to_owned(), level(name).unwrap_or(Value::Null));
        }
    }
    Ok(())
}

fn systemctl_lists(what: &str, sys: &System) -> Result<Option<String>, Failure> {
    let program = sys.require_bin("systemctl")?;
    let words = [program.as_str(), what, "--no-pager", "--type", "service", "--all", "--plain"];
    let output = sys.command(words).c_locale().run()?;
    if output.rc == 0 {
        return Ok(Some(output.stdout_text()));
    }
    sys.warn(format!("Could not query systemd ({what}): {}", output.stderr_text()));
    Ok(None)
}

fn from_units(services: &mut Map, sys: &System) -> Result<(), Failure> {
    let Some(text) = systemctl_lists("list-units", sys)? else { return Ok(()) };
    for line in text.lines().filter(|line| line.contains(".service")) {
        let Some((name, state, status)) = unit(line) else { continue };
        add(services, name, &[("state", state), ("status", status), ("source", "systemd")]);
    }
    Ok(())
}

/// Name, state and status of a line `UNIT LOAD ACTIVE SUB DESCRIPTION…`.
fn unit(line: &str) -> Option<(&str, &'static str, &str)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [name, _, active, sub, ..] = fields.as_slice() else { return None };
    let told = fields.split_last().map_or(&[][..], |(_, told)| told);
    let status = BAD.iter().find(|bad| told.contains(bad)).copied().unwrap_or(active);
    Some((name, if *sub == "running" { "running" } else { "stopped" }, status))
}

fn from_unit_files(services: &mut Map, sys: &System) -> Result<(), Failure> {
    let Some(text) = systemctl_lists("list-unit-files", sys)? else { return Ok(()) };
    let mut unknown = Vec::new();
    for line in text.lines().filter(|line| line.contains(".service")) {
        let mut fields = line.split_whitespace();
        let (Some(name), Some(status)) = (fields.next(), fields.next()) else {
            return Err(Failure::new(format!(
                "Malformed output discovered from systemd list-unit-files: {line}"
            )));
        };
        match services.get_mut(name) {
            Some(Value::Object(service)) => {
                let known = service.get("status").and_then(Value::as_str).unwrap_or_default();
                if !BAD.contains(&known) {
                    service.insert("status".to_owned(), status.into());
                }
            }
            _ => unknown.push((name, status)),
        }
    }
    // systemd does not tell a state of templates.
    let names: Vec<&str> =
        unknown.iter().map(|(name, _)| *name).filter(|name| !name.contains("@.")).collect();
    let states: HashMap<&str, String> = names.iter().copied().zip(active_states(&names, sys)?).collect();
    for (name, status) in unknown {
        let state = states.get(name).map_or("unknown", String::as_str);
        add(services, name, &[("state", state), ("status", status), ("source", "systemd")]);
    }
    Ok(())
}

/// The active states of units, in their order, asked for in one go.
fn active_states(names: &[&str], sys: &System) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let program = sys.require_bin("systemctl")?;
    let words =
        [program.as_str(), "show", "--property=ActiveState", "--"].into_iter().chain(names.iter().copied());
    let output = sys.command(words).c_locale().run()?;
    let text = output.stdout_text();
    let states: Vec<String> =
        text.lines().filter_map(|line| line.strip_prefix("ActiveState=")).map(str::to_owned).collect();
    // A name systemd refuses leaves no line, and whose the others are could not be told.
    Ok(if states.len() == names.len() { states } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::{scripts, unit};

    #[test]
    fn scripts_run_or_not() {
        let text = " [ + ]  cron\n [ - ]  dbus\n [ ? ]  hwclock.sh\n";
        assert_eq!(scripts(text), [("cron".to_owned(), true), ("dbus".to_owned(), false)]);
    }

    #[test]
    fn units_have_states() {
        assert_eq!(
            unit("cron.service loaded active running Regular jobs"),
            Some(("cron.service", "running", "active"))
        );
        assert_eq!(
            unit("a.service not-found inactive dead a.service"),
            Some(("a.service", "stopped", "not-found"))
        );
        assert_eq!(unit("b.service loaded failed failed B"), Some(("b.service", "stopped", "failed")));
        assert_eq!(unit("c.service"), None);
    }
}

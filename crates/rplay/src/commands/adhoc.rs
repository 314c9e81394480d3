//! One task on a pattern of hosts.

use super::code;
use crate::{
    Failure,
    cli::Options,
    config::expand,
    exit,
    wiring::{self, Wiring},
};
use rplay_engine::{AdhocLimits, Engine, Sink};
use rplay_output::{Minimal, Oneline, Screen, Style, Tree};
use std::sync::Arc;

/// Modules that mean nothing without arguments (`MODULE_REQUIRE_ARGS`).
const NEEDS_ARGS: [&str; 6] = ["command", "win_command", "shell", "win_shell", "raw", "script"];

/// Runs a module on hosts.
pub(crate) fn run(options: Options) -> Result<u8, Failure> {
    task(options, None).map(|(code, _)| code)
}

/// Runs a module on hosts, one of several in a session: what the earlier ones made known of hosts stays.
/// Returns the engine that it ran on.
pub(crate) fn run_next(options: Options, before: &Engine) -> Result<Arc<Engine>, Failure> {
    task(options, Some(before)).map(|(_, engine)| engine)
}

fn task(options: Options, before: Option<&Engine>) -> Result<(u8, Arc<Engine>), Failure> {
    let [pattern] = options.targets.as_slice() else {
        return Err(Failure::new(exit::FAILED, "one pattern of hosts is needed"));
    };
    let module = options.adhoc.module_name.clone().unwrap_or_else(|| "command".into());
    let args = options.adhoc.args.clone().unwrap_or_default();
    let short = rplay_engine::actions::short_name(&module).to_owned();
    if !options.common.list_hosts
        && before.is_none()
        && NEEDS_ARGS.contains(&short.as_str())
        && args.is_empty()
    {
        return Err(Failure::new(exit::OPTIONS, format!("No argument passed to {module} module")));
    }
    if matches!(short.as_str(), "import_playbook" | "include") {
        return Err(Failure::new(
            exit::ERROR,
            format!("'{module}' is not a valid action for ad-hoc commands"),
        ));
    }
    let dir = wiring::playbook_dir_or_here(options.adhoc.playbook_dir.as_ref())?;
    let wiring = Wiring::new(&options, dir.clone())?;
    let output = output(&wiring, &options)?;
    let engine = wiring.engine(output)?;
    match before {
        Some(before) => engine.continue_from(before),
        None => {
            wiring::begin(&engine, &options);
            wiring::warn_if_no_hosts(&engine, pattern)?;
        }
    }
    let inventory_hosts = hosts(&engine, pattern)?;
    if options.common.list_hosts {
        let mut screen = Screen::standard(Style { status: false, ..wiring::style() });
        screen.line(&format!("  hosts ({}):", inventory_hosts.len()), None);
        for host in inventory_hosts {
            screen.line(&format!("    {host}"), None);
        }
        return Ok((exit::OK, engine));
    }
    let limits = AdhocLimits {
        timeout: options.adhoc.task_timeout,
        background: options.adhoc.background,
        poll: options.adhoc.poll_interval,
    };
    let play = engine
        .adhoc_play(pattern, &module, &args, &limits, dir)
        .map_err(|error| Failure::new(exit::FAILED, error))?;
    let ended = engine.run_adhoc(play);
    Ok((code(&engine, ended)?, engine))
}

/// The hosts the pattern stands for as it is written. What is wrong with it is told only with a limit: it may
/// be a template, which the play renders.
fn hosts(engine: &Engine, pattern: &str) -> Result<Vec<String>, Failure> {
    let hosts = match wiring::select(engine, pattern) {
        Err(failure) if engine.settings.limit.is_some() => return Err(failure),
        selected => selected.unwrap_or_default(),
    };
    if hosts.is_empty() {
        engine.warn("No hosts matched, nothing to do", None);
    }
    Ok(hosts)
}

fn output(wiring: &Wiring, options: &Options) -> Result<Box<dyn Sink>, Failure> {
    let screen = wiring::screen(wiring.verbosity())?;
    let (verbosity, deprecations) = (options.common.verbose, wiring.deprecations());
    let output: Box<dyn Sink> = if options.adhoc.one_line || wants_one_line() {
        Box::new(Oneline::new(screen, verbosity, deprecations))
    } else {
        Box::new(Minimal::new(screen, verbosity, deprecations))
    };
    Ok(match &options.adhoc.tree {
        Some(dir) => Box::new(Tree::new(expand(&dir.to_string_lossy()), output)),
        None => output,
    })
}

/// Whether the output set for playbooks is for ad-hoc tasks too (`bin_ansible_callbacks`), and is `oneline`.
fn wants_one_line() -> bool {
    let Ok(config) = wiring::config() else { return false };
    let named = config.text("defaults", "stdout_callback");
    let short = named.as_deref().and_then(|name| name.rsplit('.').next());
    config.bool("defaults", "bin_ansible_callbacks").ok().flatten() == Some(true) && short == Some("oneline")
}

//! `dpkg_selections`: what dpkg is to do with a package.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};

/// Hold a Debian package, or let it go.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The package.
    name: String,
    /// What is wanted of it.
    selection: Selection,
}

/// What is wanted of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Selection {
    Install,
    Hold,
    Deinstall,
    Purge,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let dpkg = sys.require_bin("dpkg")?;
    let wanted = args.selection.as_str();
    let output = sys.command([dpkg.as_str(), "--get-selections", &args.name]).c_locale().run_checked()?;
    if output.stderr_text().contains("no packages found matching") {
        let name = &args.name;
        return Err(Failure::new(format!(
            "Failed to find package '{name}' to perform selection '{wanted}'."
        )));
    }
    let text = output.stdout_text();
    let current = text.split_whitespace().nth(1).unwrap_or("not present");
    let mut result = ModuleResult::unchanged().with("before", current).with("after", wanted);
    if current == wanted {
        return Ok(Plan::done(result));
    }
    result.changed = true;
    Ok(Plan::change(result, move |sys, result| {
        let line = format!("{} {}", args.name, args.selection.as_str());
        sys.command([dpkg.as_str(), "--set-selections"]).c_locale().stdin(line).run_checked()?;
        Ok(result)
    }))
}

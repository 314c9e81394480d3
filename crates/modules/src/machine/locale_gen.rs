//! `locale_gen`: the locales a Debian host has.

use crate::args::{Choice, ModuleArgs};
use crate::{Failure, ModuleResult, Plan, System};

/// Make or remove locales.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The locales, such as `de_DE.UTF-8`.
    name: Vec<String>,
    /// Whether they are to be there.
    #[arg(default = "present")]
    state: State,
}

/// Whether locales are to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

const FILE: &str = "/etc/locale.gen";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if !sys.exists(FILE) {
        return Err("/etc/locale.gen is missing: is the package \"locales\" installed?".into());
    }
    let generator = sys.require_bin("locale-gen")?;
    let listed = sys.command(["locale", "-a"]).run()?.stdout_text();
    let there: Vec<String> = listed.lines().map(normal).collect();
    let present = args.state == State::Present;
    let text = sys.read_text(FILE)?;
    let differing: Vec<&String> =
        args.name.iter().filter(|name| there.contains(&normal(name)) != present).collect();
    let result = ModuleResult { changed: !differing.is_empty(), ..ModuleResult::default() }
        .with("name", args.name.clone())
        .with("mechanism", "glibc");
    if differing.is_empty() {
        return Ok(Plan::done(result));
    }
    let mut after = text;
    for name in differing {
        after = switched(&after, name, present).ok_or_else(|| {
            Failure::new(format!(
                "The following locales you have entered are not available on your system: {name}"
            ))
        })?;
    }
    Ok(Plan::change(result, move |sys, result| {
        sys.atomic_write(FILE, &mut after.as_bytes(), false)?;
        sys.command([generator.as_str()]).run_checked()?;
        Ok(result)
    }))
}

/// `de_DE.UTF-8` and `de_DE.utf8` are one.
fn normal(name: &str) -> String {
    name.trim().to_lowercase().replace("utf-8", "utf8").replace('-', "")
}

/// The list with the locale's line switched on or off; `None` when it has none.
fn switched(text: &str, name: &str, on: bool) -> Option<String> {
    let mut found = false;
    let mut out = String::new();
    for line in text.lines() {
        let bare = line.trim_start_matches(['#', ' ']);
        if bare.split_whitespace().next().is_some_and(|word| normal(word) == normal(name)) {
            found = true;
            out.push_str(if on { "" } else { "# " });
            out.push_str(bare);
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{normal, switched};

    #[test]
    fn lines_are_switched() {
        let text = "# de_DE ISO-8859-1\n# de_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n";
        assert_eq!(
            switched(text, "de_DE.utf8", true).unwrap(),
            "# de_DE ISO-8859-1\nde_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n"
        );
        assert!(switched(text, "en_US.UTF-8", false).unwrap().ends_with("# en_US.UTF-8 UTF-8\n"));
        assert_eq!(switched(text, "xx_XX", true), None);
        assert_eq!(normal("C.UTF-8"), "c.utf8");
    }
}

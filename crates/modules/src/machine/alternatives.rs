//! `alternatives`: which of several programs a command name means.

use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, ModuleResult, Plan, System};

/// Manage alternative programs of a name.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The group's name.
    name: String,
    /// The program; left out with `state=auto`.
    #[arg(ty = "path")]
    path: Option<String>,
    /// Its family.
    family: Option<String>,
    /// The link that stands for the group.
    #[arg(ty = "path")]
    link: Option<String>,
    /// The program's priority.
    priority: Option<i64>,
    /// What is wanted.
    #[arg(default = "selected")]
    state: State,
    /// Links that follow the group's.
    #[arg(aliases("slaves"))]
    subcommands: Option<Vec<Subcommand>>,
}

/// A link that follows the group's.
#[derive(Clone, Debug, PartialEq, Eq, ModuleArgs)]
pub(crate) struct Subcommand {
    /// Its name.
    name: String,
    /// What it points to.
    #[arg(ty = "path")]
    path: String,
    /// Where it lies.
    #[arg(ty = "path")]
    link: String,
}

/// What is wanted of an alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Present,
    Selected,
    Absent,
    Auto,
}

/// What the host knows of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    link: Option<String>,
    automatic: bool,
    value: Option<String>,
    /// Program and priority.
    choices: Vec<(String, i64)>,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let program = sys.bin_path("update-alternatives").or_else(|| sys.bin_path("alternatives"));
    let program = program
        .ok_or_else(|| Failure::new("neither update-alternatives nor alternatives is on this host"))?;
    if let Some(family) = &args.family {
        return Err(Failure::new(format!(
            "family={family} is not supported yet: only tools without families are"
        )));
    }
    let shown = sys.command([program.as_str(), "--query", &args.name]).c_locale().run()?;
    let group = if shown.rc == 0 { parse(&shown.stdout_text()) } else { Group::default() };
    let commands = commands(&args, &group, sys)?;
    let result = ModuleResult { changed: !commands.is_empty(), ..ModuleResult::default() };
    if commands.is_empty() {
        return Ok(Plan::done(result));
    }
    let mut diff = Diff::default();
    diff.set("path", group.value.clone(), args.path.clone());
    diff.set("state", if group.choices.is_empty() { "absent" } else { "present" }, args.state.as_str());
    Ok(Plan::change(result.with_diff(diff), move |sys, result| {
        for words in commands {
            let all = [program.as_str()].into_iter().chain(words.iter().map(String::as_str));
            sys.command(all).c_locale().run_checked()?;
        }
        Ok(result)
    }))
}

fn commands(args: &Args, group: &Group, sys: &System) -> Result<Vec<Vec<String>>, Failure> {
    let mut commands = Vec::new();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let name = args.name.as_str();
    if args.state == State::Auto {
        if !group.automatic {
            commands.push(words(&["--auto", name]));
        }
        return Ok(commands);
    }
    let path = args.path.as_deref().ok_or_else(|| Failure::new("missing required arguments: path"))?;
    let known = group.choices.iter().find(|(choice, _)| choice == path);
    if args.state == State::Absent {
        if known.is_some() {
            commands.push(words(&["--remove", name, path]));
        }
        return Ok(commands);
    }
    let other_priority = known.is_some_and(|(_, found)| args.priority.is_some_and(|wanted| wanted != *found));
    let other_link = args.link.is_some() && group.link.is_some() && args.link != group.link;
    if known.is_none() || other_priority || other_link {
        if !sys.exists(path) {
            return Err(Failure::new(format!("Specified path {path} does not exist")));
        }
        let link = args.link.as_deref().or(group.link.as_deref());
        let link = link.ok_or_else(|| {
            Failure::new("Needed to install the alternative, but unable to do so as we are missing the link")
        })?;
        let priority = args.priority.or(known.map(|(_, priority)| *priority)).unwrap_or(50).to_string();
        let mut install = words(&["--install", link, name, path, &priority]);
        for subcommand in args.subcommands.iter().flatten() {
            install.extend(words(&["--slave", &subcommand.link, &subcommand.name, &subcommand.path]));
        }
        commands.push(install);
    }
    if args.state == State::Selected && group.value.as_deref() != Some(path) {
        commands.push(words(&["--set", name, path]));
    }
    Ok(commands)
}

/// Reads `update-alternatives --query`.
fn parse(text: &str) -> Group {
    let mut group = Group::default();
    let mut choice: Option<String> = None;
    for (key, value) in text.lines().filter_map(|line| line.split_once(": ")) {
        let value = value.trim().to_owned();
        match key {
            "Link" => group.link = Some(value),
            "Status" => group.automatic = value == "auto",
            "Value" => group.value = Some(value).filter(|value| value != "none"),
            "Alternative" => choice = Some(value),
            "Priority" => {
                if let (Some(path), Ok(priority)) = (choice.take(), value.parse()) {
                    group.choices.push((path, priority));
                }
            }
            _ => {}
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_group_is_read() {
        let text = "Name: editor\nLink: /usr/bin/editor\nSlaves:\n editor.1.gz /usr/share/man/man1/editor.1.gz\nStatus: auto\nBest: /bin/nano\nValue: /bin/nano\n\nAlternative: /bin/nano\nPriority: 40\nSlaves:\n\nAlternative: /usr/bin/vim\nPriority: 30\n";
        let group = parse(text);
        assert_eq!(group.link.as_deref(), Some("/usr/bin/editor"));
        assert!(group.automatic);
        assert_eq!(group.choices, [("/bin/nano".to_owned(), 40), ("/usr/bin/vim".to_owned(), 30)]);
    }
}

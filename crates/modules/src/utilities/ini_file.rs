//! `ini_file`: options of ini files.

use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System};
use std::path::Path;

/// Set or remove options of an ini file.
#[derive(Clone, Debug, ModuleArgs)]
#[args(mutually_exclusive("value", "values"))]
pub(crate) struct Args {
    /// The file.
    #[arg(ty = "path", alias = "dest")]
    path: String,
    /// The section; left out: before all sections.
    section: Option<String>,
    /// The option; left out: the section as a whole.
    option: Option<String>,
    /// Its value.
    value: Option<String>,
    /// Its values, for options that repeat.
    values: Option<Vec<String>>,
    /// Copy the file first.
    #[arg(default = false)]
    backup: bool,
    /// Whether the option is to be there.
    #[arg(default = "present")]
    state: State,
    /// Only these values, or these among others.
    #[arg(default = true)]
    exclusive: bool,
    /// No blanks around `=`.
    #[arg(default = false)]
    no_extra_spaces: bool,
    /// Leave blanks that are there.
    #[arg(default = false)]
    ignore_spaces: bool,
    /// Options without values.
    #[arg(default = false)]
    allow_no_value: bool,
    /// Change a commented option in its place.
    #[arg(default = true)]
    modify_inactive_option: bool,
    /// Make the file when missing.
    #[arg(default = true)]
    create: bool,
    /// Write to what the path links to.
    #[arg(default = false)]
    follow: bool,
    /// Only sections that hold these options; not supported.
    section_has_values: Option<Vec<crate::args::Value>>,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

/// Whether the option is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if args.section_has_values.is_some() {
        return Err("section_has_values is not supported yet".into());
    }
    if args.state == State::Present
        && args.option.is_some()
        && args.value.is_none()
        && args.values.is_none()
        && !args.allow_no_value
    {
        return Err("Parameter 'value(s)' must be defined if state=present and allow_no_value=False.".into());
    }
    let path = if args.follow { sys.real_path(&args.path) } else { Path::new(&args.path).to_owned() };
    let exists = sys.exists(&path);
    if !exists && !args.create {
        return Err(Failure::new(format!("Destination {} does not exist!", path.display())).rc(257));
    }
    let before = if exists { sys.read_text(&path)? } else { String::new() };
    let (after, msg) = Ini { args: &args }.changed(&before);
    let attributes = if exists { Some(sys.compare_attributes(&path, &args.file)?) } else { None };
    let attributes_differ = attributes.as_ref().is_some_and(|change| !change.is_empty());
    let name = path.to_string_lossy().into_owned();
    let content_differs = after != before;
    let mut result =
        ModuleResult { changed: content_differs || attributes_differ, ..ModuleResult::default() };
    result.set("path", name.as_str());
    result.set("msg", msg);
    let header = |suffix: &str| format!("{name} ({suffix})");
    let result = result
        .with_diff(Diff::new(before.as_str(), after.as_str()).headers(header("content"), header("content")));
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, mut result| {
        if content_differs {
            if args.backup
                && let Some(copy) = sys.backup_local(&path)?
            {
                result.set("backup_file", copy.to_string_lossy().into_owned());
            }
            if let Some(dir) = path.parent().filter(|dir| !sys.exists(dir)) {
                sys.command(["mkdir", "-p", "--", &dir.to_string_lossy()]).run_checked()?;
            }
            sys.atomic_write(&path, &mut after.as_bytes(), args.file.unsafe_writes)?;
        }
        let attributes = sys.compare_attributes(&path, &args.file)?;
        attributes.apply(sys)?;
        Ok(result)
    }))
}

struct Ini<'a> {
    args: &'a Args,
}

/// A line's option, whether it is a comment, and its value.
fn option(line: &str) -> Option<(&str, bool, Option<&str>)> {
    let text = line.trim();
    let bare = text.trim_start_matches(['#', ';']);
    let inactive = bare.len() < text.len();
    let bare = bare.trim();
    if bare.is_empty() || bare.starts_with('[') {
        return None;
    }
    match bare.split_once('=') {
        Some((name, value)) => Some((name.trim(), inactive, Some(value.trim()))),
        None => Some((bare, inactive, None)),
    }
}

fn section(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split(']').next()
}

impl Ini<'_> {
    fn line(&self, name: &str, value: Option<&str>) -> String {
        match value {
            None => name.to_owned(),
            Some(value) if self.args.no_extra_spaces => format!("{name}={value}"),
            Some(value) => format!("{name} = {value}"),
        }
    }

    fn changed(&self, before: &str) -> (String, &'static str) {
        let args = self.args;
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        let wanted = args.section.as_deref().filter(|name| !name.is_empty());
        let head = wanted.map(|name| lines.iter().position(|line| section(line) == Some(name)));
        let start = match head {
            None => Some(0),
            Some(at) => at.map(|at| at + 1),
        };
        let Some(start) = start else {
            if args.state == State::Absent {
                return (before.to_owned(), "OK");
            }
            return (self.with_section(lines, wanted.unwrap_or_default()), "section and option added");
        };
        let end = (start..lines.len())
            .find(|at| lines.get(*at).is_some_and(|line| section(line).is_some()))
            .unwrap_or(lines.len());
        let Some(name) = args.option.as_deref() else {
            if args.state == State::Absent && wanted.is_some() {
                lines.drain(start - 1..end);
                return (joined(&lines), "section removed");
            }
            return (before.to_owned(), "OK");
        };
        let body: Vec<String> = lines.drain(start..end).collect();
        let (body, msg) = match args.state {
            State::Present => self.present(body, name),
            State::Absent => self.absent(body, name),
        };
        lines.splice(start..start, body);
        if msg == "OK" {
            return (before.to_owned(), msg);
        }
        (joined(&lines), msg)
    }

    fn values(&self) -> Vec<Option<String>> {
        match (&self.args.values, &self.args.value) {
            (Some(values), _) => values.iter().cloned().map(Some).collect(),
            (None, Some(value)) => vec![Some(value.clone())],
            (None, None) => vec![None],
        }
    }

    fn with_section(&self, mut lines: Vec<String>, name: &str) -> String {
        lines.push(format!("[{name}]"));
        if let Some(option) = &self.args.option {
            lines.extend(self.values().iter().map(|value| self.line(option, value.as_deref())));
        }
        joined(&lines)
    }

    /// Values that are there stay where they are; others take the places of those that go.
    fn present(&self, body: Vec<String>, name: &str) -> (Vec<String>, &'static str) {
        let args = self.args;
        let mut missing = self.values();
        let is_ours =
            |line: &String| option(line).is_some_and(|(found, inactive, _)| found == name && !inactive);
        let (mut kept, mut spare) = (Vec::new(), Vec::new());
        let mut changed = false;
        for (at, line) in body.iter().enumerate().filter(|(_, line)| is_ours(line)) {
            let value = option(line).and_then(|(_, _, value)| value.map(str::to_owned));
            match missing.iter().position(|wanted| wanted.as_deref().map(str::trim) == value.as_deref()) {
                Some(index) => {
                    missing.remove(index);
                    kept.push(at);
                }
                None if args.exclusive => spare.push(at),
                None => kept.push(at),
            }
        }
        let mut out: Vec<Option<String>> = body.iter().cloned().map(Some).collect();
        for at in &kept {
            let (found, _, value) =
                body.get(*at).and_then(|line| option(line)).unwrap_or((name, false, None));
            let wanted = self.line(found, value);
            let listed = self.values().iter().any(|known| known.as_deref().map(str::trim) == value);
            if listed && !args.ignore_spaces && body[*at] != wanted && body[*at].trim_start() == body[*at] {
                out[*at] = Some(wanted);
                changed = true;
            }
        }
        let comments = |(at, line): (usize, &String)| {
            option(line).filter(|(found, inactive, _)| *found == name && *inactive).map(|_| at)
        };
        if args.modify_inactive_option && kept.is_empty() && spare.is_empty() {
            spare.extend(body.iter().enumerate().filter_map(comments).take(missing.len()));
        }
        for at in spare {
            changed = true;
            out[at] =
                if missing.is_empty() { None } else { Some(self.line(name, missing.remove(0).as_deref())) };
        }
        let mut out: Vec<String> = out.into_iter().flatten().collect();
        let added = !missing.is_empty();
        // Before the blank lines that part the sections.
        let end = out.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |at| at + 1);
        let new: Vec<String> = missing.iter().map(|value| self.line(name, value.as_deref())).collect();
        out.splice(end..end, new);
        let msg = match (added, changed) {
            (true, _) => "option added",
            (false, true) => "option changed",
            (false, false) => "OK",
        };
        (out, msg)
    }

    fn absent(&self, body: Vec<String>, name: &str) -> (Vec<String>, &'static str) {
        let only: Option<Vec<Option<String>>> = (!self.args.exclusive
            && (self.args.value.is_some() || self.args.values.is_some()))
        .then(|| self.values());
        let count = body.len();
        let goes = |line: &String| {
            option(line).is_some_and(|(found, inactive, value)| {
                found == name
                    && !inactive
                    && only.as_ref().is_none_or(|only| {
                        only.iter().any(|wanted| wanted.as_deref().map(str::trim) == value)
                    })
            })
        };
        let out: Vec<String> = body.into_iter().filter(|line| !goes(line)).collect();
        let msg = if out.len() == count { "OK" } else { "option changed" };
        (out, msg)
    }
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn options_are_set_and_removed() {
        let bench = Bench::new();
        bench.write("f", "top=1\n[a]\nx = 1\n#y = 2\n\n[b]\nz=3\n");
        let table = [
            (json!({"section": "a", "option": "x", "value": "5"}), "option changed"),
            (json!({"section": "a", "option": "y", "value": "6"}), "option changed"),
            (json!({"section": "a", "option": "w", "value": "7"}), "option added"),
            (json!({"section": "b", "option": "z", "state": "absent"}), "option changed"),
            (
                json!({"section": "c", "option": "q", "value": "8", "no_extra_spaces": true}),
                "section and option added",
            ),
            (json!({"section": "b", "state": "absent"}), "section removed"),
        ];
        for (mut args, msg) in table {
            args["path"] = json!("@f");
            assert_eq!(bench.check("ini_file", args.clone())["changed"], true, "{args}");
            assert_eq!(bench.run("ini_file", args.clone())["msg"], msg, "{args}");
            assert_eq!(bench.run("ini_file", args.clone())["changed"], false, "{args}");
        }
        let text = std::fs::read_to_string(bench.path("f")).unwrap();
        assert_eq!(text, "top=1\n[a]\nx = 5\ny = 6\nw = 7\n\n[c]\nq=8\n");
    }
}

//! `lineinfile`: one line is in a text file, or is not.

use super::edit::{Edit, Report, bare, lines, read};
use crate::args::{Choice, ModuleArgs};
use crate::{Failure, FileArgs, ModuleResult, Plan, System};
use rplay_pyre::{Flags, Pattern, Replacement, from_bytes, to_bytes};
use std::path::PathBuf;

/// Ensure that a line is in a text file, replace one, or remove lines.
#[derive(Debug, ModuleArgs)]
#[args(
    mutually_exclusive("insertbefore", "insertafter"),
    mutually_exclusive("regexp", "search_string"),
    mutually_exclusive("backrefs", "search_string")
)]
pub(crate) struct Args {
    /// The file.
    #[arg(aliases("dest", "destfile", "name"))]
    path: PathBuf,
    /// Whether the line is to be there.
    #[arg(default = "present")]
    state: State,
    /// A pattern that finds the line to replace, or the lines to remove.
    #[arg(alias = "regex")]
    regexp: Option<String>,
    /// Text that finds the line to replace, or the lines to remove.
    search_string: Option<String>,
    /// The line.
    #[arg(alias = "value")]
    line: Option<String>,
    /// A pattern after whose last match the line is put, or `EOF`.
    insertafter: Option<String>,
    /// A pattern before whose last match the line is put, or `BOF`.
    insertbefore: Option<String>,
    /// Groups of `regexp` may stand in `line`; without a match nothing is done.
    #[arg(default = false)]
    backrefs: bool,
    /// Make the file when there is none.
    #[arg(default = false)]
    create: bool,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    backup: bool,
    /// Patterns mean their first match, not their last.
    #[arg(default = false)]
    firstmatch: bool,
    /// A command that checks the new file, `%s` being its name.
    validate: Option<String>,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

/// Whether a line is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    warn_of_empty(&args, sys);
    let before = read(&args.path, sys)?;
    match args.state {
        State::Present => present(args, before, sys),
        State::Absent => absent(args, before, sys),
    }
}

fn warn_of_empty(args: &Args, sys: &System) {
    let empty = |text: &Option<String>| text.as_deref() == Some("");
    let (name, more) = if empty(&args.regexp) {
        let hint = " If this is desired, use '^' to match every line in the file and avoid this warning.";
        ("regular expression", hint)
    } else if empty(&args.search_string) {
        ("search string", "")
    } else {
        return;
    };
    sys.warn(format!(
        "The {name} is an empty string, which will match every line in the file. This may have unintended \
         consequences, such as replacing the last line in the file rather than appending.{more}"
    ));
}

fn compiled(pattern: &str) -> Result<Pattern, Failure> {
    Ok(Pattern::of_bytes(pattern, Flags::default())?)
}

fn edit(args: Args, before: Option<Vec<u8>>, made: Made) -> Edit {
    Edit {
        path: args.path,
        before,
        after: made.lines.concat(),
        changed: made.changed,
        msg: made.msg,
        fields: Vec::new(),
        backup: args.backup,
        validate: args.validate,
        file: args.file,
        report: Report::LineInFile,
    }
}

/// What became of the lines.
struct Made {
    lines: Vec<Vec<u8>>,
    changed: bool,
    msg: String,
}

fn present(args: Args, before: Option<Vec<u8>>, sys: &System) -> Result<Plan, Failure> {
    if args.backrefs && args.regexp.is_none() {
        return Err(Failure::new("regexp is required with backrefs=true"));
    }
    let Some(line) = args.line.clone() else {
        return Err(Failure::new("line is required with state=present"));
    };
    if before.is_none() && !args.create {
        let msg = format!("Destination {} does not exist !", args.path.display());
        return Err(Failure::new(msg).rc(257));
    }
    let lines = lines(before.as_deref().unwrap_or_default());
    let places = Places::find(&args, line.as_bytes(), &lines)?;
    let made = place(&args, line.as_bytes(), places, lines);
    edit(args, before, made).plan(sys)
}

/// Where things were found.
struct Places {
    /// The line that is the one wanted, or that is to be replaced.
    at: Option<usize>,
    /// Where a new line would go.
    insert: Option<usize>,
    /// What replaces the line found.
    new: Vec<u8>,
}

impl Places {
    fn find(args: &Args, line: &[u8], lines: &[Vec<u8>]) -> Result<Self, Failure> {
        let mut places = Self { at: None, insert: None, new: line.to_vec() };
        let matched = match (&args.regexp, &args.search_string) {
            (Some(regexp), _) => places.by_pattern(&compiled(regexp)?, args, lines)?,
            (None, Some(text)) => {
                let holds = |line: &Vec<u8>| contains(line, text.as_bytes());
                places.at = if args.firstmatch {
                    lines.iter().position(holds)
                } else {
                    lines.iter().rposition(holds)
                };
                places.at.is_some()
            }
            (None, None) => false,
        };
        if !matched {
            places.by_anchor(args, line, lines)?;
        }
        if !places.new.ends_with(b"\n") {
            places.new.push(b'\n');
        }
        Ok(places)
    }

    fn by_pattern(&mut self, pattern: &Pattern, args: &Args, lines: &[Vec<u8>]) -> Result<bool, Failure> {
        for (number, current) in lines.iter().enumerate() {
            if pattern.is_found(&from_bytes(current))? {
                self.at = Some(number);
                if args.firstmatch {
                    break;
                }
            }
        }
        let Some(found) = self.at.and_then(|number| lines.get(number)) else { return Ok(false) };
        if args.backrefs {
            let replacement = Replacement::parse(pattern, &from_bytes(&self.new))?;
            let text = from_bytes(found);
            if let Some(captures) = pattern.search(&text)? {
                let mut expanded = String::new();
                replacement.expand(&captures, &mut expanded);
                self.new = to_bytes(&expanded);
            }
        }
        Ok(true)
    }

    /// The line itself, or the place that insertafter and insertbefore name.
    fn by_anchor(&mut self, args: &Args, line: &[u8], lines: &[Vec<u8>]) -> Result<(), Failure> {
        let after = args.insertafter.as_deref().filter(|text| !["BOF", "EOF"].contains(text));
        let before = args.insertbefore.as_deref().filter(|text| *text != "BOF");
        let Some(anchor) = after.or(before) else {
            self.at = lines.iter().rposition(|current| bare(current) == line);
            return Ok(());
        };
        let pattern = compiled(anchor)?;
        for (number, current) in lines.iter().enumerate() {
            if bare(current) == line {
                self.at = Some(number);
            } else if !anchor.is_empty() && pattern.is_found(&from_bytes(current))? {
                self.insert = Some(number + usize::from(after.is_some()));
                if args.firstmatch {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    part.is_empty() || line.windows(part.len()).any(|window| window == part)
}

fn place(args: &Args, line: &[u8], places: Places, mut lines: Vec<Vec<u8>>) -> Made {
    let whole = [line, b"\n"].concat();
    let added = |lines| Made { lines, changed: true, msg: "line added".to_owned() };
    if let Some(at) = places.at {
        if lines[at] == places.new {
            return Made { lines, changed: false, msg: String::new() };
        }
        lines[at] = places.new;
        return Made { lines, changed: true, msg: "line replaced".to_owned() };
    }
    if args.backrefs {
        // Without a match there is nothing to fill the groups with.
        return Made { lines, changed: false, msg: String::new() };
    }
    if args.insertbefore.as_deref() == Some("BOF") || args.insertafter.as_deref() == Some("BOF") {
        lines.insert(0, whole);
        return added(lines);
    }
    let Some(at) = places.insert else {
        if lines.last().is_some_and(|last| !last.ends_with(b"\n") && !last.ends_with(b"\r")) {
            lines.push(b"\n".to_vec());
        }
        lines.push(whole);
        return added(lines);
    };
    if args.insertafter.is_some() {
        let there = if at == lines.len() { lines.last() } else { lines.get(at) };
        if there.is_some_and(|there| bare(there) == line) {
            return Made { lines, changed: false, msg: String::new() };
        }
    }
    if at == lines.len() {
        // Ansible would glue the new line to a last line without its end.
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
            last.push(b'\n');
        }
    }
    lines.insert(at, whole);
    added(lines)
}

fn absent(args: Args, before: Option<Vec<u8>>, sys: &System) -> Result<Plan, Failure> {
    if args.regexp.is_none() && args.search_string.is_none() && args.line.is_none() {
        return Err(Failure::new("one of line, search_string, or regexp is required with state=absent"));
    }
    let Some(content) = &before else {
        return Ok(Plan::done(ModuleResult::unchanged().with("msg", "file not present")));
    };
    let pattern = args.regexp.as_deref().map(compiled).transpose()?;
    let (mut kept, mut found) = (Vec::new(), 0);
    for current in lines(content) {
        let goes = match (&pattern, &args.search_string) {
            (Some(pattern), _) => pattern.is_found(&from_bytes(&current))?,
            (None, Some(text)) => contains(&current, text.as_bytes()),
            (None, None) => args.line.as_deref().is_some_and(|line| bare(&current) == line.as_bytes()),
        };
        if goes {
            found += 1;
        } else {
            kept.push(current);
        }
    }
    let msg = if found > 0 { format!("{found} line(s) removed") } else { String::new() };
    let mut edit = edit(args, before, Made { lines: kept, changed: found > 0, msg });
    edit.fields.push(("found", found.into()));
    edit.plan(sys)
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::{Value, json};

    fn run(before: &str, mut args: Value) -> (String, Value) {
        let bench = Bench::new();
        bench.write("f", before);
        args["path"] = json!("@f");
        let result = bench.run("lineinfile", args);
        (std::fs::read_to_string(bench.path("f")).unwrap(), result["msg"].clone())
    }

    #[test]
    fn lines_land_where_ansible_puts_them() {
        let table = [
            ("a\nb", json!({"line": "c"}), "a\nb\nc\n", "line added"),
            ("a\nb\n", json!({"line": "c", "insertafter": "^a"}), "a\nc\nb\n", "line added"),
            ("a\nb\n", json!({"line": "c", "insertbefore": "^b"}), "a\nc\nb\n", "line added"),
            ("a\nb\n", json!({"line": "c", "insertbefore": "BOF"}), "c\na\nb\n", "line added"),
            ("a\nb\na\n", json!({"line": "x", "regexp": "^a"}), "a\nb\nx\n", "line replaced"),
            ("a\na\n", json!({"line": "x", "regexp": "^a", "firstmatch": true}), "x\na\n", "line replaced"),
            (
                "k=v\n",
                json!({"line": "\\1=w", "regexp": "^(k)=", "backrefs": true}),
                "k=w\n",
                "line replaced",
            ),
            ("a\n", json!({"line": "\\1", "regexp": "^(k)", "backrefs": true}), "a\n", ""),
            ("a\nb\nab\n", json!({"regexp": "a", "state": "absent"}), "b\n", "2 line(s) removed"),
            ("a\r\nb\r\n", json!({"line": "a"}), "a\nb\r\n", "line replaced"),
            ("a b\n", json!({"line": "x", "search_string": "a b"}), "x\n", "line replaced"),
        ];
        for (before, args, after, msg) in table {
            assert_eq!(run(before, args.clone()), (after.to_owned(), json!(msg)), "{before:?} {args}");
        }
    }
}

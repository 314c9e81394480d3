//! `blockinfile`: a block of lines between two markers.

use super::edit::{Edit, Report, read, split_lines};
use crate::args::{Choice, ModuleArgs};
use crate::{Failure, FileArgs, ModuleResult, Plan, System};
use rplay_pyre::{Flags, Pattern, from_bytes};
use std::path::PathBuf;

/// Insert, update or remove a block of lines surrounded by markers.
#[derive(Debug, ModuleArgs)]
#[args(mutually_exclusive("insertbefore", "insertafter"))]
pub(crate) struct Args {
    /// The file.
    #[arg(aliases("dest", "destfile", "name"))]
    path: PathBuf,
    /// Whether the block is to be there.
    #[arg(default = "present")]
    state: State,
    /// The marker lines; `{mark}` becomes `marker_begin` and `marker_end`.
    #[arg(default = "# {mark} ANSIBLE MANAGED BLOCK")]
    marker: String,
    /// The lines; empty removes the block.
    #[arg(default = "", alias = "content")]
    block: String,
    /// A pattern after whose last match the block is put, or `EOF`.
    insertafter: Option<String>,
    /// A pattern before whose last match the block is put, or `BOF`.
    insertbefore: Option<String>,
    /// Make the file when there is none.
    #[arg(default = false)]
    create: bool,
    /// Keep a copy of the old file.
    #[arg(default = false)]
    backup: bool,
    /// A command that checks the new file, `%s` being its name.
    validate: Option<String>,
    /// What `{mark}` becomes above the block.
    #[arg(default = "BEGIN")]
    marker_begin: String,
    /// What `{mark}` becomes below the block.
    #[arg(default = "END")]
    marker_end: String,
    /// Put an empty line after the block.
    #[arg(default = false)]
    append_newline: bool,
    /// Put an empty line before the block.
    #[arg(default = false)]
    prepend_newline: bool,
    /// Mode, owner and the like.
    #[arg(flatten)]
    file: FileArgs,
}

/// Whether the block is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let before = read(&args.path, sys)?;
    if before.is_none() {
        if !args.create {
            let msg = format!("Path {} does not exist !", args.path.display());
            return Err(Failure::new(msg).rc(257));
        }
        if args.state == State::Absent {
            let msg = format!("File {} not present", args.path.display());
            return Ok(Plan::done(ModuleResult::unchanged().with("msg", msg)));
        }
    }
    let content = before.as_deref().unwrap_or_default();
    let mut lines = split_lines(content);
    let block = block_lines(&args);
    let at = make_room(&args, content, &mut lines)?;
    put(&args, at, &block, &mut lines);
    let after = lines.concat();
    let (changed, msg) = match &before {
        None => (true, "File created"),
        Some(before) if *before == after => (false, ""),
        Some(_) if block.is_empty() => (true, "Block removed"),
        Some(_) => (true, "Block inserted"),
    };
    let edit = Edit {
        path: args.path,
        before,
        after,
        changed,
        msg: msg.to_owned(),
        fields: Vec::new(),
        backup: args.backup,
        validate: args.validate,
        file: args.file,
        report: Report::BlockInFile,
    };
    edit.plan(sys)
}

fn marker(args: &Args, mark: &str) -> Vec<u8> {
    format!("{}\n", args.marker.replace("{mark}", mark)).into_bytes()
}

/// The block with its markers; empty when it is to go.
fn block_lines(args: &Args) -> Vec<Vec<u8>> {
    if args.state == State::Absent || args.block.is_empty() {
        return Vec::new();
    }
    let newline = if args.block.ends_with('\n') { "" } else { "\n" };
    let mut lines = vec![marker(args, &args.marker_begin)];
    lines.extend(split_lines(format!("{}{newline}", args.block).as_bytes()));
    lines.push(marker(args, &args.marker_end));
    lines
}

/// Takes the old block out, or finds the place for a new one; gives the line's number.
fn make_room(args: &Args, content: &[u8], lines: &mut Vec<Vec<u8>>) -> Result<usize, Failure> {
    let (begin, end) = (marker(args, &args.marker_begin), marker(args, &args.marker_end));
    let first = lines.iter().rposition(|line| *line == begin);
    let last = lines.iter().rposition(|line| *line == end);
    if let (Some(first), Some(last)) = (first, last) {
        let (low, high) = (first.min(last), first.max(last));
        lines.drain(low..=high);
        return Ok(low);
    }
    let after = args.insertafter.as_deref().filter(|text| *text != "EOF");
    let before = args.insertbefore.as_deref().filter(|text| *text != "BOF");
    let Some(anchor) = after.or(before) else {
        let at_start = args.insertbefore.is_some() && args.insertafter.is_none();
        return Ok(if at_start { 0 } else { lines.len() });
    };
    let pattern = Pattern::of_bytes(anchor, Flags::default())?;
    let mut found = None;
    if spans_lines(anchor) {
        let text = from_bytes(content);
        let whole = pattern.search(&text)?.and_then(|captures| captures.get(0));
        let end = whole.map(|whole| if after.is_some() { whole.end() } else { whole.start() });
        found = end.map(|end| text[..end].matches('\n').count());
    } else {
        for (number, line) in lines.iter().enumerate() {
            if pattern.is_found(&from_bytes(line))? {
                found = Some(number);
            }
        }
    }
    let at = found.map(|number| number + usize::from(after.is_some()));
    Ok(at.unwrap_or(lines.len()).min(lines.len()))
}

/// Whether a pattern begins with flags that include `m`: it is then matched on the whole file.
fn spans_lines(pattern: &str) -> bool {
    let flags = pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')'));
    flags.is_some_and(|(flags, _)| flags.contains('m') && flags.chars().all(|flag| flag.is_ascii_lowercase()))
}

fn put(args: &Args, mut at: usize, block: &[Vec<u8>], lines: &mut Vec<Vec<u8>>) {
    if let Some(last) = at.checked_sub(1).and_then(|above| lines.get_mut(above)) {
        if !last.ends_with(b"\n") {
            last.push(b'\n');
        }
        if args.prepend_newline && args.state == State::Present && *last != b"\n" {
            lines.insert(at, b"\n".to_vec());
            at += 1;
        }
    }
    lines.splice(at..at, block.iter().cloned());
    let below = at + block.len();
    let follows = lines.get(below).is_some_and(|line| *line != b"\n");
    if args.append_newline && args.state == State::Present && follows {
        lines.insert(below, b"\n".to_vec());
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::{Value, json};

    fn run(before: &str, mut args: Value) -> (String, Value) {
        let bench = Bench::new();
        bench.write("f", before);
        args["path"] = json!("@f");
        args["marker"] = json!("#{mark}");
        let result = bench.run("blockinfile", args);
        (std::fs::read_to_string(bench.path("f")).unwrap(), result["msg"].clone())
    }

    #[test]
    fn blocks_land_where_ansible_puts_them() {
        let table = [
            ("a", json!({"block": "x"}), "a\n#BEGIN\nx\n#END\n", "Block inserted"),
            ("#BEGIN\ny\n#END\nb\n", json!({"block": "x"}), "#BEGIN\nx\n#END\nb\n", "Block inserted"),
            ("#BEGIN\nx\n#END\nb\n", json!({"block": "x"}), "#BEGIN\nx\n#END\nb\n", ""),
            ("#BEGIN\nx\n#END\nb\n", json!({"block": ""}), "b\n", "Block removed"),
            (
                "a\nb\n",
                json!({"block": "x", "insertbefore": "b"}),
                "a\n#BEGIN\nx\n#END\nb\n",
                "Block inserted",
            ),
            (
                "a\nb\n",
                json!({"block": "x", "insertafter": "a"}),
                "a\n#BEGIN\nx\n#END\nb\n",
                "Block inserted",
            ),
            (
                "a\nb\n",
                json!({"block": "x", "insertafter": "(?m)a$"}),
                "a\n#BEGIN\nx\n#END\nb\n",
                "Block inserted",
            ),
            (
                "a\nb\n",
                json!({"block": "x", "insertafter": "a", "append_newline": true, "prepend_newline": true}),
                "a\n\n#BEGIN\nx\n#END\n\nb\n",
                "Block inserted",
            ),
            ("a\n", json!({"block": "x", "insertbefore": "BOF"}), "#BEGIN\nx\n#END\na\n", "Block inserted"),
        ];
        for (before, args, after, msg) in table {
            assert_eq!(run(before, args.clone()), (after.to_owned(), json!(msg)), "{before:?} {args}");
        }
    }
}

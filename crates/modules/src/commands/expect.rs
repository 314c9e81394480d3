//! `expect`: a command on a terminal whose questions are answered.

use super::command::delta;
use crate::args::{Map, ModuleArgs, Value, str_of, type_name};
use crate::system::{Heard, Terminal, errno_text};
use crate::text::shlex;
use crate::{Failure, ModuleResult, Plan, System};
use rplay_pyre::{Flags, Pattern, from_bytes};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Run a command and answer its prompts.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The command line; no shell reads it.
    command: String,
    /// Change to this directory first.
    chdir: Option<PathBuf>,
    /// A file; when it exists, the command is not run.
    creates: Option<PathBuf>,
    /// A file; when it does not exist, the command is not run.
    removes: Option<PathBuf>,
    /// Patterns of prompts, each with an answer, or a list of answers given one after the other.
    responses: Map,
    /// Seconds to wait for a prompt or the end; null: however long it takes.
    #[arg(default = 30)]
    timeout: Value,
    /// Show the answers in the output.
    #[arg(default = false)]
    echo: bool,
}

/// How much of the output a pattern is looked for in, from its end. Bytes.
const WINDOW: usize = 2000;

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let patience = patience(&args.timeout)?;
    let answers = args.responses.iter().map(|(question, answer)| Answer::new(question, answer));
    let answers = answers.collect::<Result<Vec<_>, Failure>>()?;
    if args.command.trim().is_empty() {
        return Err(Failure::new("no command given").rc(256));
    }
    let dir = args.chdir.as_ref().map_or_else(|| sys.settings().cwd.clone(), |dir| sys.resolve(dir));
    let skipped = |why: String| {
        let result = ModuleResult::unchanged().with("cmd", args.command.as_str());
        Ok(Plan::done(result.with("stdout", format!("skipped, since {why}")).with("rc", 0)))
    };
    if let Some(path) = args.creates.as_ref().filter(|path| sys.exists(dir.join(path))) {
        return skipped(format!("{} exists", path.display()));
    }
    if let Some(path) = args.removes.as_ref().filter(|path| !sys.exists(dir.join(path))) {
        return skipped(format!("{} does not exist", path.display()));
    }
    let words = shlex::split(&args.command).map_err(Failure::new)?;
    let program = words.first().cloned().unwrap_or_default();
    if sys.bin_path(&program).is_none() {
        let msg = format!("The command was not found or was not executable: {program}.");
        return Err(Failure::new(msg));
    }
    Ok(Plan::change(ModuleResult::changed(), move |sys, result| {
        let start = sys.now();
        let terminal = sys.command(words).cwd(&dir).on_terminal(args.echo);
        let terminal = terminal.map_err(|error| Failure::new(errno_text(&error, Path::new(&program))))?;
        let talk = Talk { terminal, answers, patience, output: Vec::new(), seen: 0 };
        let (output, rc) = talk.hold()?;
        let end = sys.now();
        let result = result
            .with("cmd", args.command.as_str())
            .with("stdout", text(output)?.trim_end_matches(['\r', '\n']))
            .with("rc", rc.map_or(Value::Null, Value::from))
            .with("start", start.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
            .with("end", end.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
            .with("delta", delta(end.timestamp().as_microsecond() - start.timestamp().as_microsecond()));
        let failed = |msg: &str| Err(Failure::new(msg).with_all(result.fields.clone()).with("changed", true));
        match rc {
            Some(0) => Ok(result),
            Some(_) => failed("non-zero return code"),
            None => failed("command exceeded timeout"),
        }
    }))
}

/// What comes from a terminal may be anything, and a result is text.
fn text(output: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(output).map_err(|error| {
        Failure::new(
            "Refusing to deserialize an invalid UTF8 string value: the command's output is not UTF-8.",
        )
        .cause(error)
    })
}

fn patience(timeout: &Value) -> Result<Option<Duration>, Failure> {
    let seconds = match timeout {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok()).ok_or_else(|| {
        Failure::new(format!(
            "argument 'timeout' is of type {} and we were unable to convert to int: {} cannot be converted to an int",
            type_name(timeout),
            str_of(timeout)
        ))
    })?;
    Ok(Some(Duration::from_secs(seconds)))
}

/// What is said to a prompt.
struct Answer {
    question: String,
    pattern: Pattern,
    words: Words,
}

enum Words {
    Always(String),
    InTurn(VecDeque<String>),
}

impl Answer {
    fn new(question: &str, answer: &Value) -> Result<Self, Failure> {
        let flags = Flags { dot_all: true, ..Flags::default() };
        let line = |answer: &Value| format!("{}\n", str_of(answer).trim_end_matches('\n'));
        let words = match answer {
            Value::Array(answers) => Words::InTurn(answers.iter().map(line).collect()),
            answer => Words::Always(line(answer)),
        };
        Ok(Self { question: question.to_owned(), pattern: Pattern::of_bytes(question, flags)?, words })
    }

    fn next(&mut self) -> Option<String> {
        match &mut self.words {
            Words::Always(answer) => Some(answer.clone()),
            Words::InTurn(answers) => answers.pop_front(),
        }
    }
}

/// A command that is being talked to.
struct Talk {
    terminal: Terminal,
    answers: Vec<Answer>,
    patience: Option<Duration>,
    output: Vec<u8>,
    /// How much of the output has been answered.
    seen: usize,
}

impl Talk {
    /// Talks to the end, or until a wait is in vain; the output and the exit code.
    fn hold(mut self) -> Result<(Vec<u8>, Option<i32>), Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("the command's terminal failed: {error}"));
        loop {
            if let Some((which, from, to)) = self.prompt()? {
                let heard = self.output.get(self.seen..to).unwrap_or_default();
                let heard = String::from_utf8_lossy(heard).into_owned();
                let (_, answer) = (from, self.answers.get_mut(which));
                let Some(answer) = answer else { continue };
                let Some(words) = answer.next() else {
                    return Err(Failure::new(format!(
                        "No remaining responses for '{}', output was '{heard}'",
                        answer.question
                    )));
                };
                self.seen = to;
                // Who asks for a password turns echo off just after asking.
                std::thread::sleep(Duration::from_millis(50));
                self.terminal.say(words.as_bytes()).map_err(failed)?;
            } else if !self.wait().map_err(failed)? {
                break;
            }
        }
        let Self { terminal, output, .. } = self;
        Ok((output, terminal.close().map_err(failed)?))
    }

    /// Waits until there is something new to look at.
    fn wait(&mut self) -> std::io::Result<bool> {
        let end = self.patience.map(|patience| Instant::now() + patience);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            match self.terminal.listen(left)? {
                Heard::Output(new) if new.is_empty() => {}
                Heard::Output(new) => {
                    self.output.extend(new);
                    return Ok(true);
                }
                Heard::Silence | Heard::End => return Ok(false),
            }
        }
    }

    /// The prompt that stands first in what is not answered yet: whose, and where it begins and ends.
    fn prompt(&self) -> Result<Option<(usize, usize, usize)>, Failure> {
        let open = self.output.get(self.seen..).unwrap_or_default();
        let skipped = open.len().saturating_sub(WINDOW);
        let window = open.get(skipped..).unwrap_or_default();
        let text = from_bytes(window);
        let mut first: Option<(usize, usize, usize)> = None;
        for (which, answer) in self.answers.iter().enumerate() {
            let Some(found) = answer.pattern.search(&text)? else { continue };
            let Some(whole) = found.get(0) else { continue };
            // Every byte is one character of the text.
            let bytes = |at: usize| text.get(..at).map_or(0, |before| before.chars().count());
            let (from, to) = (bytes(whole.start()), bytes(whole.end()));
            if first.is_none_or(|(_, earliest, _)| from < earliest) {
                first = Some((which, from, to));
            }
        }
        let base = self.seen + skipped;
        Ok(first.map(|(which, from, to)| (which, base + from, base + to)))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn prompts_are_answered() {
        let bench = Bench::new();
        let ask =
            "sh -c 'printf \"name? \"; read a; printf \"age? \"; read b; test -t 0 && echo \"$a is $b\"'";
        let done = bench.run("expect", json!({"command": ask, "responses": {"name": "ann", "(?i)AGE": [7]}}));
        assert_eq!(done["stdout"], "name? age? ann is 7");
        assert_eq!((&done["rc"], &done["changed"], &done["cmd"]), (&json!(0), &json!(true), &json!(ask)));
    }

    #[test]
    fn echo_shows_the_answers() {
        let bench = Bench::new();
        let args =
            json!({"command": "sh -c 'printf \"a? \"; read a'", "responses": {"a\\?": "b"}, "echo": true});
        assert_eq!(bench.run("expect", args)["stdout"], "a? b");
    }

    #[test]
    fn what_goes_wrong_is_told_as_ansible_does() {
        let bench = Bench::new();
        let run = |args| bench.run("expect", args);
        let slow = run(json!({"command": "sleep 9", "responses": {"x": "y"}, "timeout": "1"}));
        assert_eq!((&slow["msg"], &slow["rc"]), (&json!("command exceeded timeout"), &json!(null)));
        let failing = run(json!({"command": "sh -c 'exit 3'", "responses": {}}));
        assert_eq!((&failing["msg"], &failing["rc"]), (&json!("non-zero return code"), &json!(3)));
        let asking = "sh -c 'while :; do printf \"q? \"; read a || exit; done'";
        let out = run(json!({"command": asking, "responses": {"q": ["1"]}}));
        assert_eq!(out["msg"], "No remaining responses for 'q', output was '? q'");
        let missing = run(json!({"command": "no-such-program x", "responses": {}}));
        assert_eq!(missing["msg"], "The command was not found or was not executable: no-such-program.");
        assert_eq!(run(json!({"command": " ", "responses": {}}))["msg"], "no command given");
    }
}

//! What a run came to.

use super::list::Entry;
use super::recap::{Recap, counts};

/// The exit codes of timeout(1) when it ended what it ran, by request and by force.
const TIMED_OUT: [i32; 2] = [124, 137];
/// The part of a telling line that is kept, in characters.
const LINE_KEPT: usize = 300;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exit status 0 in time, and the reference's recaps.
    Pass,
    /// Anything else.
    Fail,
    /// Not in time.
    Timeout,
}

impl Verdict {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Timeout => "TIMEOUT",
        }
    }
}

/// A target's result.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The entry as it was run.
    pub(crate) entry: Entry,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// How long it took. Seconds.
    pub(crate) seconds: f64,
    /// What it counted.
    pub(crate) recap: Recap,
    /// For one that did not pass, the line of its output that tells most.
    pub(crate) line: String,
}

/// Judges a run; `code` is none for a run whose host was lost. The recaps are part of it because exit status 0 is
/// what a run of nothing has, too.
pub(crate) fn judge(
    entry: &Entry,
    script: bool,
    code: Option<i32>,
    output: &str,
) -> (Verdict, Recap, String) {
    let recap = Recap::read(output);
    let fail = |line: String| (Verdict::Fail, recap, line);
    match code {
        None => fail("the host was lost".to_owned()),
        Some(code) if TIMED_OUT.contains(&code) => (Verdict::Timeout, recap, telling_line(output)),
        Some(0) if !script && !recap.is_success() => fail("no recap with ok>0 and failed=0".to_owned()),
        Some(0) if !entry.recap.admits(recap) => {
            fail(format!("recap {recap} is not the reference's {}", entry.recap))
        }
        Some(0) => (Verdict::Pass, recap, String::new()),
        Some(_) => fail(telling_line(output)),
    }
}

/// The last line that looks like an error, else the last line.
fn telling_line(output: &str) -> String {
    let noise = ["PLAY RECAP", "++", "+ cleanup", "+ rm", "+ trap"];
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && counts(line).is_none())
        .filter(|line| !noise.iter().any(|start| line.starts_with(start)))
        .collect();
    let after = lines.iter().skip(1).chain([&""]);
    let telling = lines.iter().zip(after).filter(|(line, after)| **after != "...ignoring" && tells(line));
    let line = telling.map(|(line, _)| *line).last().or(lines.last().copied()).unwrap_or("no output");
    line.chars().take(LINE_KEPT).collect()
}

fn tells(line: &str) -> bool {
    let signs =
        ["fatal:", "FAILED!", "[ERROR]", "Error:", "Traceback", "not found", "No such", "usage:", "panicked"];
    let harmless = ["changed:", "ok:", "skipping:", "TASK", "[WARNING]"];
    let begins_so = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    !begins_so(&harmless) && (begins_so(&["ERROR"]) || signs.iter().any(|sign| line.contains(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::recap::Expected;

    const OK: &str = "h : ok=1 changed=0 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0\n";

    fn verdict(script: bool, code: Option<i32>, output: &str) -> Option<(Verdict, String)> {
        let entry = Entry {
            target: "t".to_owned(),
            class: "engine".to_owned(),
            recap: Expected::parse("1,1,0,0,0,0,0,0")?,
            pylib: false,
            seconds: 1.0,
        };
        let (verdict, _, line) = judge(&entry, script, code, output);
        Some((verdict, line))
    }

    #[test]
    fn a_pass_needs_status_and_recaps() {
        let pass = Some((Verdict::Pass, String::new()));
        assert_eq!(verdict(true, Some(0), OK), pass);
        assert_eq!(verdict(false, Some(0), OK), pass);
        for (code, output) in [(Some(1), OK), (Some(0), ""), (Some(0), &OK.repeat(2)), (None, OK)] {
            assert_eq!(verdict(true, code, output).map(|(verdict, _)| verdict), Some(Verdict::Fail));
        }
        assert_eq!(verdict(true, Some(124), OK).map(|(verdict, _)| verdict), Some(Verdict::Timeout));
    }

    #[test]
    fn the_telling_line_is_the_last_error_not_ignored() {
        let output =
            format!("fatal: [h]: one\n[ERROR]: two\n...ignoring\nok: [h] => not found\n+ rm x\n{OK}");
        assert_eq!(telling_line(&output), "fatal: [h]: one");
        assert_eq!(telling_line("a\n\nb\n++ c\n"), "b");
        assert_eq!(telling_line(""), "no output");
    }
}

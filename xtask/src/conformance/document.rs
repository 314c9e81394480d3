//! Results as files: JSON for programs, a page for people.

use std::fmt::Write as _;

use rplay_lab::CONFORMANCE_VERSION;

use super::list::{List, Reasons};
use super::verdict::{Outcome, Verdict};

/// The results as JSON, one object for each target.
pub(crate) fn json(outcomes: &[Outcome]) -> String {
    let rows: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            serde_json::json!({
                "target": outcome.entry.target,
                "class": outcome.entry.class,
                "result": outcome.verdict.name(),
                "seconds": (outcome.seconds * 10.0).round() / 10.0,
                "recap": outcome.recap.to_string(),
                "line": outcome.line,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::Value::Array(rows))
}

/// The page `docs/compatibility.md`.
pub(crate) fn page(outcomes: &[Outcome], list: &List, reasons: &Reasons) -> String {
    let passed = outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count();
    let mut text = format!(
        "# Compatibility\n\n\
         Written by `cargo xtask conformance --write` from its results; do not edit.\n\n\
         ansible-core {CONFORMANCE_VERSION} is tested by integration targets: roles and scripts that run playbooks and \
         commands and look at what happens. `cargo xtask conformance` runs them with rplay in place of \
         ansible-core, on clean hosts, with `RPLAY_STRICT=1`. A target passes when its exit status is 0 and the \
         sums over all its recaps are those of ansible-core. The targets come from ansible-core's source package \
         when a host's image is made; none are part of this project.\n\n\
         **{passed} of {} pass.**\n\n| class | pass | of |\n|---|---|---|\n",
        outcomes.len()
    );
    for (kind, meaning) in KINDS {
        let all: Vec<_> = outcomes.iter().filter(|outcome| outcome.entry.kind() == *kind).collect();
        if !all.is_empty() {
            let passed = all.iter().filter(|outcome| outcome.verdict == Verdict::Pass).count();
            let _ = writeln!(text, "| {kind}: {meaning} | {passed} | {} |", all.len());
        }
    }
    let ran = |kind: &str| outcomes.iter().any(|outcome| outcome.entry.kind() == kind);
    let others = KINDS.iter().filter(|(kind, _)| !ran(kind));
    for (kind, meaning) in others {
        let count = list.entries.iter().filter(|entry| entry.kind() == *kind).count();
        let _ = writeln!(text, "| {kind}: {meaning} | not run | {count} |");
    }
    table(&mut text, outcomes, reasons);
    text
}

/// The classes and what they are about.
const KINDS: &[(&str, &str)] = &[
    ("engine", "the language of playbooks and what runs it"),
    ("cli", "the commands"),
    ("module", "single modules"),
    ("plugin", "targets that bring plugins written in Python"),
    ("pymodule", "targets that bring modules written in Python"),
];

fn table(text: &mut String, outcomes: &[Outcome], reasons: &Reasons) {
    text.push_str("\n## Targets\n\n| target | class | result | why |\n|---|---|---|---|\n");
    let mut sorted: Vec<_> = outcomes.iter().collect();
    sorted.sort_by(|a, b| a.entry.target.cmp(&b.entry.target));
    for outcome in sorted {
        let (name, class) = (&outcome.entry.target, &outcome.entry.class);
        let (result, why) = match outcome.verdict {
            Verdict::Pass => ("passes", ""),
            Verdict::Fail | Verdict::Timeout => ("**fails**", reasons.of(name).unwrap_or_default()),
        };
        let _ = writeln!(text, "| `{name}` | {class} | {result} | {} |", why.replace('|', "\\|"));
    }
}

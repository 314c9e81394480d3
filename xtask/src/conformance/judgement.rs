//! Results against the reasons on record.

use super::list::Reasons;
use super::verdict::{Outcome, Verdict};

/// What does not agree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Disagreement {
    /// Targets that do not pass and have no reason.
    pub(crate) unexplained: Vec<String>,
    /// Targets that pass and have a reason.
    pub(crate) stale: Vec<String>,
}

/// How reasons begin of targets whose own steps race: they may pass or not.
const SOMETIMES: &str = "sometimes: ";

impl Disagreement {
    /// Compares results with reasons.
    pub(crate) fn find<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, reasons: &Reasons) -> Self {
        let mut found = Self::default();
        for outcome in outcomes {
            let name = outcome.entry.target.clone();
            match (outcome.verdict == Verdict::Pass, reasons.of(&name)) {
                (false, None) => found.unexplained.push(name),
                (true, Some(reason)) if !reason.starts_with(SOMETIMES) => found.stale.push(name),
                _ => {}
            }
        }
        found
    }

    /// Whether everything agrees.
    pub(crate) fn is_none(&self) -> bool {
        self.unexplained.is_empty() && self.stale.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::list::List;
    use super::*;

    fn outcome(target: &str, verdict: Verdict) -> Option<Outcome> {
        let line = format!("{target}\tengine\t1,1,0,0,0,0,0,0\tno\t1");
        let entry = List::parse(&line).ok()?.entries.pop()?;
        Some(Outcome { entry, verdict, seconds: 1.0, recap: Default::default(), line: String::new() })
    }

    #[test]
    fn failures_need_reasons_and_reasons_failures() {
        let outcomes: Vec<_> =
            [("a", Verdict::Pass), ("b", Verdict::Fail), ("c", Verdict::Timeout), ("d", Verdict::Pass)]
                .into_iter()
                .filter_map(|(name, verdict)| outcome(name, verdict))
                .collect();
        let reasons = |text| Reasons::parse(text).unwrap_or_default();
        let found = Disagreement::find(&outcomes, &reasons("c\tslow\nd\twas broken\n"));
        assert_eq!(found, Disagreement { unexplained: vec!["b".to_owned()], stale: vec!["d".to_owned()] });
        assert!(Disagreement::find(&outcomes, &reasons("b\tx\nc\ty\n")).is_none());
        assert!(
            Disagreement::find(&outcomes, &reasons("a\tsometimes: races\nb\tx\nc\tsometimes: y\n")).is_none()
        );
    }
}

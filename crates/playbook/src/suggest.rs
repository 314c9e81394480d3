//! Proposals for misspelt words.

use rplay_value::nearest;

/// A sentence that proposes the nearest candidate.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|found| format!("Did you mean '{found}'?"))
}

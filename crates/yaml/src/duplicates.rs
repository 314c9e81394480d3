//! What a key that stands twice in a mapping means.

use std::sync::OnceLock;

/// What is done about a repeated key (`DUPLICATE_YAML_DICT_KEY`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// The last value counts, with a warning.
    #[default]
    Warn,
    /// The last value counts.
    Ignore,
    /// The document is refused.
    Refuse,
}

static CHOSEN: OnceLock<DuplicateKeys> = OnceLock::new();

impl DuplicateKeys {
    /// Makes this the rule of the process, for everything that is read as YAML. The first choice counts.
    pub fn choose(self) {
        CHOSEN.get_or_init(|| self);
    }

    pub(crate) fn chosen() -> Self {
        CHOSEN.get().copied().unwrap_or_default()
    }
}

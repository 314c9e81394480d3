//! `meta` tasks.

use rplay_playbook::Action;
use rplay_value::Value;

/// What a `meta` task asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meta {
    /// Nothing.
    Noop,
    /// Run notified handlers now.
    FlushHandlers,
    /// Read the inventory again.
    RefreshInventory,
    /// Forget facts.
    ClearFacts,
    /// Forget that hosts failed or could not be reached.
    ClearHostErrors,
    /// End the play for all hosts.
    EndPlay,
    /// End the batch for all its hosts.
    EndBatch,
    /// End the play for this host.
    EndHost,
    /// End the role for this host.
    EndRole,
    /// Drop the connection to the host.
    ResetConnection,
    /// A word that is none of these.
    Unknown,
}

const WORDS: &[(&str, Meta)] = &[
    ("noop", Meta::Noop),
    ("flush_handlers", Meta::FlushHandlers),
    ("refresh_inventory", Meta::RefreshInventory),
    ("clear_facts", Meta::ClearFacts),
    ("clear_host_errors", Meta::ClearHostErrors),
    ("end_play", Meta::EndPlay),
    ("end_batch", Meta::EndBatch),
    ("end_host", Meta::EndHost),
    ("end_role", Meta::EndRole),
    ("reset_connection", Meta::ResetConnection),
];

impl Meta {
    /// The meta action of a task.
    pub fn of(action: &Action) -> Self {
        let word = action.args.get("_raw_params").and_then(Value::as_str).unwrap_or("noop");
        WORDS.iter().find(|(known, _)| *known == word).map_or(Meta::Unknown, |(_, meta)| *meta)
    }

    /// The word that asks for it.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, meta)| *meta == self).map_or("", |(word, _)| word)
    }

    /// Whether it is done whatever `when` says.
    pub fn unconditional(self) -> bool {
        matches!(self, Meta::Noop | Meta::RefreshInventory | Meta::ResetConnection)
    }
}

//! Handlers that come with statically imported roles.

use crate::{Block, BlockKind, Entry};
use std::sync::Arc;

/// The handlers of every role imported statically in the entries, each list in a block of its role's kind that
/// stands in copies of the blocks around the import, so that the handlers inherit their keywords.
pub fn imported_handlers(entries: &[Entry]) -> Vec<Entry> {
    let mut found = Vec::new();
    for entry in entries {
        let Entry::Block(block) = entry else { continue };
        if let BlockKind::Role(role) = &block.kind
            && let Some(handlers) = role.handlers.get()
            && !handlers.is_empty()
        {
            found.push(shell(block, handlers.clone()));
        }
        for section in [&block.body, &block.rescue, &block.always] {
            let inner = imported_handlers(section);
            if !inner.is_empty() {
                found.push(shell(block, inner));
            }
        }
    }
    found
}

fn shell(block: &Block, body: Vec<Entry>) -> Entry {
    Entry::Block(Arc::new(Block { body, rescue: Vec::new(), always: Vec::new(), ..block.clone() }))
}

//! A role as blocks of tasks.

use crate::{Block, BlockKind, Entry, Keywords, Place, Role};
use std::sync::Arc;

/// The blocks that run a role: those of its dependencies first, then its own; each of kind
/// [`BlockKind::Role`] with the given keywords (those of the import or include). Keywords of the role and of
/// the roles that led to it (`role.keywords`, `role.parents`) come on top and are not repeated here.
pub fn role_blocks(role: &Arc<Role>, keywords: &Keywords, place: &Place) -> Vec<Entry> {
    let mut blocks: Vec<Entry> =
        role.dependencies.iter().flat_map(|dependency| role_blocks(dependency, keywords, place)).collect();
    blocks.push(Entry::Block(Arc::new(Block {
        name: None,
        kind: BlockKind::Role(role.clone()),
        keywords: keywords.clone(),
        body: role.tasks.get().cloned().unwrap_or_default(),
        rescue: Vec::new(),
        always: Vec::new(),
        role: Some(role.clone()),
        place: place.clone(),
    })));
    blocks
}

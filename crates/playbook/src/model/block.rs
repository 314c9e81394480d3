//! Blocks, and lists of tasks and blocks.

use super::{Keywords, Place, Role, Task};
use rplay_value::Str;
use std::sync::Arc;

/// One entry of a list of tasks.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A task. Dynamic includes (`include_tasks`, `include_role`) are tasks.
    Task(Arc<Task>),
    /// A block: written, or made by a static import.
    Block(Arc<Block>),
}

/// A block of entries.
#[derive(Clone, Debug)]
pub struct Block {
    /// `name`.
    pub name: Option<Str>,
    /// What made the block.
    pub kind: BlockKind,
    /// Shared keywords; children inherit them.
    pub keywords: Keywords,
    /// The entries of `block`.
    pub body: Vec<Entry>,
    /// The entries of `rescue`.
    pub rescue: Vec<Entry>,
    /// The entries of `always`.
    pub always: Vec<Entry>,
    /// The role whose file holds the block.
    pub role: Option<Arc<Role>>,
    /// Where it stands.
    pub place: Place,
}

/// What made a block.
#[derive(Clone, Debug)]
pub enum BlockKind {
    /// `block:`.
    Written,
    /// `import_tasks`.
    ImportTasks,
    /// `import_role`, or a use under `roles:`; the role's own tasks (dependencies come before it as blocks
    /// of their own kind).
    Role(Arc<Role>),
}

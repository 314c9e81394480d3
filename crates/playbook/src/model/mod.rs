//! The typed tree.

mod block;
mod field;
mod keywords;
mod play;
mod role;
mod task;

pub use block::{Block, BlockKind, Entry};
pub use field::Field;
pub use keywords::Keywords;
pub use play::{Play, Playbook, RoleUse, VarsPrompt};
pub use role::{Role, RoleFiles, RoleMeta};
pub use task::{Action, Loop, LoopControl, LoopKind, Place, Task, Until};

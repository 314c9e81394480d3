//! Roles: where they are, what they say, how they are used.

mod blocks;
mod files;
mod find;
mod include;
mod meta;
mod read;
mod specs;
mod uses;

pub use blocks::role_blocks;
pub use include::RoleOptions;

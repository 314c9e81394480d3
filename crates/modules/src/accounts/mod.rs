//! Modules that manage users, groups and their keys.

pub(crate) mod group;
pub(crate) mod user;

mod shadow;
mod user_commands;
mod user_home;
mod user_keys;

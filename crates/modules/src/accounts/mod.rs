//! Modules that manage users, groups and their keys.

pub(crate) mod authorized_key;
pub(crate) mod getent;
pub(crate) mod group;
pub(crate) mod known_hosts;
pub(crate) mod user;

mod key_lines;
mod shadow;
mod user_commands;
mod user_home;
mod user_keys;

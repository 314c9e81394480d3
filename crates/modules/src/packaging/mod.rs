//! Modules that manage packages and where they come from.

pub(crate) mod apt;

mod apt_cache;
mod apt_deb;
mod apt_lists;
mod apt_run;

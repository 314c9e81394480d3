//! Modules about files.

pub(crate) mod assemble;
pub(crate) mod blockinfile;
pub(crate) mod copy;
mod copy_remote;
mod copy_tree;
mod edit;
pub(crate) mod fetch;
pub(crate) mod file;
mod file_states;
mod file_times;
pub(crate) mod find;
mod find_filters;
pub(crate) mod lineinfile;
mod metadata;
pub(crate) mod replace;
pub(crate) mod slurp;
pub(crate) mod stat;
pub(crate) mod tempfile;
pub(crate) mod unarchive;
mod unarchive_tar;
mod unarchive_zip;

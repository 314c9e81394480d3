//! Modules of no other family.

pub(crate) mod ping;

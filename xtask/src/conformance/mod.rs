//! ansible-core's own integration targets, run with rplay in place of ansible-core on disposable hosts.

pub(crate) mod document;
pub(crate) mod environment;
pub(crate) mod guest;
pub(crate) mod judgement;
pub(crate) mod list;
pub(crate) mod recap;
pub(crate) mod schedule;
pub(crate) mod target;
pub(crate) mod tree;
pub(crate) mod verdict;

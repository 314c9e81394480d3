//! Plays on hosts: strategies, tasks, results.
//!
//! [`Engine::run`] takes playbooks through prepare → batch → round → task; everything that happens becomes an
//! [`Event`]. Deciding (actions, `prepare`) is split from doing (calls to hosts), and only
//! `rplay_connection` touches a socket.

pub mod actions;
mod adhoc;
mod content;
mod cursor;
mod debugger;
mod engine;
mod error;
mod event;
mod explain;
mod fact_cache;
mod hosts;
mod magic;
mod meta;
mod outline;
mod play;
mod prepare;
mod prompts;
mod retry;
mod run;
mod settings;
mod strategy;
mod task;
mod tree;

pub use adhoc::AdhocLimits;
pub use content::{Content, Decrypt, Paths};
pub use engine::{Engine, Parts, Reload, StartError};
pub use error::{Failed, TaskError};
pub use event::*;
pub use fact_cache::{CacheError, FactCache};
pub use outline::Outline;
pub use prompts::{Prompt, Typed, Typing};
pub use run::{RunError, Summary};
pub use settings::{ConnectionDefaults, Debugging, Gathering, Settings};
pub use tree::TagFilter;

//! Ways to reach a host.
//!
//! A transport only starts a command on a host and gives its standard streams; everything else is
//! the same for all: becoming another user, putting the agent there, speaking to it, noticing that
//! it is gone. [`Connections`] holds one network connection per host and login user and one
//! [`Session`] per [`Target`] for the length of a run.
//!
//! No thread of its own drives a connection: the thread that makes a call also writes, reads, sends
//! heartbeats and feeds contents while it waits, so thousands of idle hosts cost nothing.
//!
//! A task that was started is never started again here. When the connection is lost before the
//! result, the error says that the outcome is unknown.

#![allow(clippy::result_large_err, reason = "errors are rare, and moving them is cheap beside a network")]

mod r#become;
mod error;
mod exchange;
mod host;
mod link;
mod options;
mod pace;
mod pool;
mod process;
mod raw;
mod script;
mod secret;
mod session;
mod shell;
mod start;
mod stream;
mod target;
mod transports;

pub use error::{BecomeError, CallError, ConnectError, ConnectErrorKind};
pub use exchange::{BlobSource, OutSink};
pub use options::{AgentBinaries, AgentBinary, Echo, LocalAgent, Options, PromptHook};
pub use pool::Connections;
pub use raw::RawOutput;
pub use rplay_protocol::{Call, CallOptions, InlineBlob, Stream};
pub use secret::Secret;
pub use session::Session;
pub use target::{Become, BecomeMethod, Target, Transport};

//! What controller and agent say to each other.
//!
//! The order of the variants is the wire format: add at the end, never reorder, and raise
//! [`VERSION`] when the meaning of a frame changes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Version of the frame format; both sides must speak the same one.
pub const VERSION: u8 = 1;

/// Number of a call, given by the controller, unique within one agent process.
pub type CallId = u64;

/// Frames from the controller to the agent. The end of the stream means: clean up and go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToAgent {
    /// Run a module. Calls may be sent without waiting for results; they run in order.
    Call {
        /// Number that the answers carry.
        id: CallId,
        /// What to run.
        call: Call,
        /// True when the arguments go on in [`ToAgent::CallMore`] frames.
        more: bool,
    },
    /// More of the JSON arguments of a call too big for one frame.
    CallMore {
        /// The call meant.
        id: CallId,
        /// The next piece of the arguments.
        #[serde(with = "crate::bytes")]
        args: Vec<u8>,
        /// True for the last piece: the call is now complete.
        last: bool,
    },
    /// A piece of the content a call asked for with [`ToController::NeedBlob`].
    BlobData {
        /// The call that asked.
        call: CallId,
        /// The content asked for.
        blob: String,
        /// The next piece.
        #[serde(with = "crate::bytes")]
        bytes: Vec<u8>,
        /// True when the content is complete.
        last: bool,
    },
    /// The content asked for cannot be had.
    BlobMissing {
        /// The call that asked.
        call: CallId,
        /// The content asked for.
        blob: String,
        /// Why, in words.
        reason: String,
    },
    /// Stop a call: kill the processes it started. A call not yet begun is not begun.
    Cancel {
        /// The call meant.
        id: CallId,
    },
    /// Answer with [`ToController::Pong`] at once, even while a module runs.
    Ping {
        /// Comes back in the answer.
        token: u64,
    },
}

/// Frames from the agent to the controller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToController {
    /// First frame of an agent.
    Hello(Hello),
    /// Result of a call: a JSON object. Results come in the order of the calls.
    Result {
        /// The call meant.
        id: CallId,
        /// The next piece of the JSON text.
        #[serde(with = "crate::bytes")]
        json: Vec<u8>,
        /// True when the result is complete.
        last: bool,
    },
    /// A running module wants content that stayed at the controller.
    NeedBlob {
        /// The call that asks.
        call: CallId,
        /// The content wanted.
        blob: String,
        /// How many bytes more may be sent. The first frame opens the content; later ones for the
        /// same content extend the credit, so that a slow disk never fills the agent's memory.
        credit: u64,
    },
    /// Content for the controller (what `fetch` and `slurp` of big files use).
    Out {
        /// The call that sends.
        call: CallId,
        /// The name the arguments gave the content.
        blob: String,
        /// The next piece.
        #[serde(with = "crate::bytes")]
        bytes: Vec<u8>,
    },
    /// Live output of a running module, for people only: the result holds the whole truth.
    Progress {
        /// The call that reports.
        call: CallId,
        /// Which stream of the module's command the text came from.
        stream: Stream,
        /// The raw bytes, not necessarily UTF-8 and not necessarily whole lines.
        #[serde(with = "crate::bytes")]
        bytes: Vec<u8>,
    },
    /// Answer to a [`ToAgent::Ping`].
    Pong {
        /// The token of the ping.
        token: u64,
    },
}

/// Origin of a piece of live output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How an agent introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the agent.
    pub version: u8,
    /// Version of the package the agent was built from.
    pub build: String,
    /// The agent's process id on its host.
    pub pid: u32,
    /// Effective user id of the agent.
    pub euid: u32,
    /// Size and [`crate::checksum`] of the agent's own file, when the controller asked for them:
    /// a truncated or altered copy in the cache shows itself here.
    pub file: Option<FileSum>,
}

/// Size and checksum of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Size in bytes.
    pub size: u64,
    /// [`crate::checksum`] of the content.
    pub sum: u64,
}

/// One run of one module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Name of the module, in the form the module registry knows.
    pub module: String,
    /// The arguments: JSON text of an object, order kept.
    #[serde(with = "crate::bytes")]
    pub args: Vec<u8>,
    /// How to run it.
    pub options: CallOptions,
    /// Small contents sent along with the call, so that asking for them costs no round trip.
    pub blobs: Vec<InlineBlob>,
}

impl Call {
    /// A call of `module` with `args` and default options.
    ///
    /// # Errors
    /// When `args` cannot be written as JSON.
    pub fn new(module: &str, args: &Map<String, Value>) -> Result<Self, serde_json::Error> {
        Ok(Self { module: module.to_owned(), args: serde_json::to_vec(args)?, ..Self::default() })
    }

    /// The arguments as an object.
    ///
    /// # Errors
    /// When they are not the JSON text of an object.
    pub fn arguments(&self) -> Result<Map<String, Value>, serde_json::Error> {
        serde_json::from_slice(&self.args)
    }
}

/// Content that travels with a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InlineBlob {
    /// The name the module's arguments use for it.
    pub id: String,
    /// The content.
    #[serde(with = "crate::bytes")]
    pub bytes: Vec<u8>,
}

/// What a module is told beside its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOptions {
    /// Report what would change, change nothing.
    pub check: bool,
    /// Report before and after.
    pub diff: bool,
    /// The task's arguments and results are secret.
    pub no_log: bool,
    /// Number of `-v` given.
    pub verbosity: u8,
    /// The task's environment, in order.
    pub environment: Vec<(String, String)>,
    /// Directory for temporary files on the host; `None`: the agent chooses.
    pub tmpdir: Option<String>,
    /// Seconds after which the agent kills what the module started and reports the timeout.
    pub timeout_secs: Option<u64>,
    /// `ansible_shell_executable`; `None`: `/bin/sh`.
    pub shell: Option<String>,
    /// Directory to run the module in; `None`: where the login left the agent.
    pub cwd: Option<String>,
}

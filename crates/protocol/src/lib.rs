//! Frames between controller and agent.
//!
//! One byte stream each way. The agent first writes its start [`marker`] (what a login printed
//! before it is skipped and reported), then frames: four bytes of length and a postcard body.
//! Arguments and results are JSON inside, their order kept. Calls are pipelined: the controller
//! may send any number without waiting, results come back in the same order. Large arguments,
//! results and file contents travel in pieces, so one frame stays under [`MAX_FRAME`].

mod bytes;
mod codec;
mod frames;
mod marker;
mod sum;

pub use codec::{CHUNK, Decoder, MAX_FRAME, ProtocolError, encode};
pub use frames::{
    Call, CallId, CallOptions, FileSum, Hello, InlineBlob, Stream, ToAgent, ToController, VERSION,
};
pub use marker::{MarkerScan, marker};
pub use sum::checksum;

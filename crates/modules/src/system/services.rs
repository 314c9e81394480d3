//! What the agent lends a call: the wire to the controller, and the list of children.

use super::Children;
use std::io::{self, Read};
use std::sync::Arc;

/// Content the controller holds: the source of a copy, a rendered template, a script.
pub trait Blobs: Send + Sync {
    /// Opens the content of an id the controller put into the arguments.
    ///
    /// # Errors
    /// The content is unknown, or the wire broke.
    fn open(&self, id: &str) -> io::Result<Box<dyn Read>>;
}

/// The way for content to the controller, as `fetch` needs it.
pub trait Outlet: Send + Sync {
    /// Sends content under an id the controller put into the arguments.
    ///
    /// # Errors
    /// Reading failed, or the wire broke.
    fn send(&self, id: &str, content: &mut dyn Read) -> io::Result<()>;
}

/// What the agent lends a call.
#[derive(Clone)]
pub struct Services {
    /// Content from the controller.
    pub blobs: Arc<dyn Blobs>,
    /// Content to the controller.
    pub outlet: Arc<dyn Outlet>,
    /// The processes started, so that the agent can end them.
    pub children: Children,
}

impl Default for Services {
    fn default() -> Self {
        Self { blobs: Arc::new(NoWire), outlet: Arc::new(NoWire), children: Children::default() }
    }
}

/// The wire of a call without a controller: everything is refused.
#[derive(Clone, Copy, Debug)]
pub struct NoWire;

impl Blobs for NoWire {
    fn open(&self, id: &str) -> io::Result<Box<dyn Read>> {
        Err(io::Error::other(format!("no controller to fetch content {id} from")))
    }
}

impl Outlet for NoWire {
    fn send(&self, id: &str, _content: &mut dyn Read) -> io::Result<()> {
        Err(io::Error::other(format!("no controller to send content {id} to")))
    }
}

//! Faults a test can inflict on a host.

use crate::error::{LabError, Result};
use crate::host::Host;
use crate::net;

impl Host {
    /// Stops every process of the host where it stands: the network still takes packets, nothing answers.
    ///
    /// # Errors
    /// The host is not running, or the kernel has no freezer.
    pub fn pause(&self) -> Result<()> {
        self.require_up()?;
        self.cgroup()?.freeze(true)
    }

    /// Lets a paused host go on.
    ///
    /// # Errors
    /// As [`Host::pause`].
    pub fn resume(&self) -> Result<()> {
        self.require_up()?;
        self.cgroup()?.freeze(false)
    }

    /// Pulls the host's network cable.
    ///
    /// # Errors
    /// The host is not running.
    pub fn cut(&self) -> Result<()> {
        self.require_up()?;
        net::set_link(&self.record.veth, false)
    }

    /// Puts the host's network cable back.
    ///
    /// # Errors
    /// The host is not running.
    pub fn join(&self) -> Result<()> {
        self.require_up()?;
        net::set_link(&self.record.veth, true)
    }

    fn require_up(&self) -> Result<()> {
        if self.is_up() { Ok(()) } else { Err(LabError::NotRunning { host: self.name.clone() }) }
    }
}

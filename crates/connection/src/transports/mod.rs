//! Ways to start a command on a host, one file each.

mod container;
mod local;
mod openssh;
mod ssh;

use std::sync::Arc;

use crate::error::ConnectErrorKind;
use crate::options::Options;
use crate::pace::Pace;
use crate::stream::Wire;
use crate::target::{Target, Transport};

/// Reaches the host of `target` as its login user.
pub(crate) fn connect(
    target: &Target,
    options: &Options,
    pace: &Pace,
) -> Result<Arc<dyn Wire>, ConnectErrorKind> {
    match target.transport {
        Transport::Ssh => ssh::connect(target, options, pace),
        Transport::OpenSsh => openssh::connect(target, options),
        Transport::Local => Ok(Arc::new(local::Local)),
        Transport::Docker | Transport::Podman | Transport::Kubectl => container::connect(target),
    }
}

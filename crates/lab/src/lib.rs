//! Test hosts on one machine: Debian containers that behave like servers (own systemd, sshd, address, disk),
//! started in seconds, and faults to inflict on them.
//!
//! ```no_run
//! use rplay_lab::{Lab, LabSpec};
//!
//! # fn main() -> Result<(), rplay_lab::LabError> {
//! let lab = Lab::up(LabSpec::new("mine", 2))?.guard();
//! let n1 = lab.host("n1")?;
//! assert!(n1.exec(&["test", "-d", "/run/systemd/system"])?.status.success());
//! n1.cut()?;
//! # Ok(())
//! # }
//! ```

mod base;
mod cache;
mod cgroup;
mod command;
mod error;
mod faults;
mod file;
mod guest;
mod host;
mod inventory;
mod lab;
mod layer;
mod limits;
mod machine;
mod net;
pub mod packages;
mod process;
mod record;

pub use base::{DEPLOY_PASSWORD, DEPLOY_USER, OPS_PASSWORD, OPS_USER, ROOT_PASSWORD};
pub use cache::{CACHE_VARIABLE, Cache, DEFAULT_CACHE};
pub use error::{LabError, Result};
pub use host::Host;
pub use lab::{Lab, LabGuard, LabSpec, MOST_HOSTS};
pub use layer::{CONFORMANCE_VERSION, Image};
pub use net::DEFAULT_LAB;
pub use record::{HostRecord, LabRecord};

/// Where the lab says what takes time; it prints nothing itself.
pub type Progress = fn(&str);

/// Says nothing.
pub fn silent(_: &str) {}

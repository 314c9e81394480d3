//! The hosts around a run: emptied before it, looked at after it.

use rplay_lab::{Host, Lab};

use crate::bench::contest::Surroundings;
use crate::error::{Result, TaskError};

/// Where all work on hosts is done.
pub(crate) const PLACE: &str = "/var/tmp/rplay-bench";

/// Kinds, modes and content of everything below [`PLACE`].
const LOOK: &str = "cd \"$0\" && find . -printf '%y %m %P\\n' | LC_ALL=C sort && \
                    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r cat | sha256sum";

/// The hosts a case works on.
pub(crate) struct Hosts<'a> {
    hosts: &'a [Host],
}

impl<'a> Hosts<'a> {
    /// All hosts of the lab.
    pub(crate) fn all(lab: &'a Lab) -> Self {
        Self { hosts: lab.hosts() }
    }

    /// The first host of the lab.
    pub(crate) fn first(lab: &'a Lab) -> Self {
        Self { hosts: lab.hosts().get(..1).unwrap_or_default() }
    }

    fn on_each(&self, words: &[&str]) -> Result<String> {
        let mut texts = String::new();
        for host in self.hosts {
            let output = host.exec(words)?;
            if !output.status.success() {
                let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                return Err(TaskError::Failed(format!("{}: {words}", host.name)));
            }
            texts.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        Ok(texts)
    }
}

impl Surroundings for Hosts<'_> {
    fn before(&self) -> Result<()> {
        self.on_each(&["rm", "-rf", PLACE]).map(drop)
    }

    fn after(&self) -> Result<String> {
        self.on_each(&["sh", "-c", LOOK, PLACE])
    }
}

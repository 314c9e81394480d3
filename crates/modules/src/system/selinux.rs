//! SELinux labels: read and written as the extended attribute the kernel keeps them in; the
//! policy's default is asked of `matchpathcon`.

use super::{System, SystemError};
use rustix::fs::XattrFlags;
use std::path::Path;

const LABEL: &str = "security.selinux";

impl System {
    /// Whether the kernel enforces or records an SELinux policy.
    #[must_use]
    pub fn selinux_enabled(&self) -> bool {
        Path::new("/sys/fs/selinux/enforce").exists()
    }

    /// The label of a file (of a link itself); `None` without SELinux or without a label.
    #[must_use]
    pub fn selinux_context(&self, path: &Path) -> Option<String> {
        if !self.selinux_enabled() {
            return None;
        }
        let mut label = vec![0; 4096];
        let size = rustix::fs::lgetxattr(self.resolve(path), LABEL, &mut label[..]).ok()?;
        let text = String::from_utf8_lossy(&label[..size]).into_owned();
        Some(text.trim_end_matches('\0').to_owned())
    }

    /// The label the policy has for a path.
    #[must_use]
    pub fn selinux_default_context(&self, path: &Path) -> Option<String> {
        let program = self.bin_path("matchpathcon")?;
        let path = self.resolve(path).to_string_lossy().into_owned();
        let output = self.command([program.as_str(), "-n", &path]).run().ok()?;
        let text = output.stdout_text().trim().to_owned();
        (output.rc == 0 && text.contains(':')).then_some(text)
    }

    /// Sets the label of a file (of a link itself).
    ///
    /// # Errors
    /// The kernel refuses the label.
    pub fn set_selinux_context(&self, path: &Path, context: &str) -> Result<(), SystemError> {
        let path = self.resolve(path);
        self.guard(&path)?;
        let mut label = context.as_bytes().to_vec();
        label.push(0);
        rustix::fs::lsetxattr(&path, LABEL, &label, XattrFlags::empty())
            .map_err(|error| SystemError::file("setting the SELinux context of", &path)(error.into()))
    }
}

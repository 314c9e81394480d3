//! Writing files so that nobody ever sees half of one.

use super::{System, SystemError, errno_text, umask};
use rustix::fs::XattrFlags;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// New content, complete on disk beside its destination, not yet in place. Dropping it removes it.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
}

impl Staged {
    /// Where it lies, for a validation command.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _ = fs::remove_file(&self.path);
    }
}

impl System {
    /// Writes a file in one step: [`System::stage`], then [`System::replace`].
    ///
    /// # Errors
    /// As those two.
    pub fn atomic_write(
        &self,
        dest: impl AsRef<Path>,
        content: &mut dyn Read,
        unsafe_writes: bool,
    ) -> Result<(), SystemError> {
        let dest = self.resolve(dest);
        let staged = self.stage(&dest, content)?;
        self.replace(staged, &dest, unsafe_writes)
    }

    /// Puts new content (mode 0600) beside its destination, or into the call's temporary
    /// directory when that directory cannot be written to.
    ///
    /// # Errors
    /// The content cannot be written; a full disk is said with the free space.
    pub fn stage(&self, dest: impl AsRef<Path>, content: &mut dyn Read) -> Result<Staged, SystemError> {
        let dest = self.resolve(dest);
        self.guard(&dest)?;
        let dir = dest.parent().unwrap_or(Path::new("/"));
        let (mut file, staged) = match create(dir) {
            Err(error) if refuses_new_files(&error) => {
                create(self.temp_dir()?).map_err(SystemError::file("writing", &dest))?
            }
            other => other.map_err(SystemError::file("writing", &dest))?,
        };
        io::copy(content, &mut file).and_then(|_| file.flush()).and_then(|()| file.sync_all()).map_err(
            |error| {
                if error.kind() == io::ErrorKind::StorageFull {
                    SystemError::Full { path: dest.clone(), free: free_space(dir) }
                } else {
                    SystemError::file("writing", &dest)(error)
                }
            },
        )?;
        Ok(staged)
    }

    /// Puts staged content in place. What was there passes on owner, mode and extended
    /// attributes; a new file gets 0666 less the umask. Where renaming is impossible (another
    /// file system, a mount point, a busy file) the file is overwritten only with
    /// `unsafe_writes`.
    ///
    /// # Errors
    /// The destination could not be replaced; it is unharmed unless `unsafe_writes` was set.
    pub fn replace(
        &self,
        staged: Staged,
        dest: impl AsRef<Path>,
        unsafe_writes: bool,
    ) -> Result<(), SystemError> {
        let dest = self.resolve(dest);
        self.guard(&dest)?;
        let fail = |error: io::Error| {
            SystemError::Other(format!(
                "Could not replace '{}' with '{}': {}",
                dest.display(),
                staged.path.display(),
                errno_text(&error, &dest)
            ))
        };
        match fs::metadata(&dest) {
            Ok(before) => copy_metadata(&dest, &staged.path, &before).map_err(fail)?,
            Err(_) => fs::set_permissions(&staged.path, fs::Permissions::from_mode(0o666 & !umask()))
                .map_err(fail)?,
        }
        match fs::rename(&staged.path, &dest) {
            Ok(()) => {
                sync_dir(&dest);
                Ok(())
            }
            Err(error) if unsafe_writes && cannot_rename(&error) => {
                overwrite(&staged.path, &dest).map_err(fail)
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::XDEV.raw_os_error()) => {
                let dir = dest.parent().unwrap_or(Path::new("/"));
                Err(SystemError::Other(format!(
                    "The destination directory '{}' is not writable by the current user.",
                    dir.display()
                )))
            }
            Err(error) => Err(fail(error)),
        }
    }
}

fn create(dir: &Path) -> io::Result<(File, Staged)> {
    loop {
        let path = dir.join(super::temp::unique(".rplay_tmp"));
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => return Ok((file, Staged { path })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn refuses_new_files(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn cannot_rename(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let known = [Errno::PERM, Errno::XDEV, Errno::ACCESS, Errno::TXTBSY, Errno::BUSY];
    known.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

fn overwrite(from: &Path, dest: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = fs::OpenOptions::new().write(true).truncate(true).open(dest)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

fn sync_dir(dest: &Path) {
    // Some file systems refuse it; the rename itself has happened.
    if let Some(Ok(dir)) = dest.parent().map(File::open) {
        let _ = dir.sync_all();
    }
}

fn free_space(dir: &Path) -> u64 {
    rustix::fs::statvfs(dir).map_or(0, |found| found.f_bavail.saturating_mul(found.f_frsize))
}

/// Gives a file the owner, mode and extended attributes of another. What an ordinary user may not
/// set is left, as Ansible leaves it.
pub(super) fn copy_metadata(from: &Path, to: &Path, before: &Metadata) -> io::Result<()> {
    let now = fs::metadata(to)?;
    let (uid, gid) = (before.uid(), before.gid());
    if now.uid() != uid || now.gid() != gid {
        match std::os::unix::fs::chown(to, Some(uid), Some(gid)) {
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    copy_xattrs(from, to);
    fs::set_permissions(to, fs::Permissions::from_mode(before.mode() & 0o7777))
}

/// ACLs, capabilities and SELinux labels live in extended attributes. Not every file system takes
/// each of them, and a refusal must not stop the write.
fn copy_xattrs(from: &Path, to: &Path) {
    let mut names = vec![0; 64 * 1024];
    let Ok(length) = rustix::fs::listxattr(from, &mut names[..]) else { return };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; 64 * 1024];
        if let Ok(size) = rustix::fs::getxattr(from, name, &mut value[..]) {
            let _ = rustix::fs::setxattr(to, name, &value[..size], XattrFlags::empty());
        }
    }
}

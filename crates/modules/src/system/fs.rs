//! Files: looking at them, and the plain ways to change them.

use super::{System, SystemError};
use rustix::fs::{Access, AtFlags, CWD, Timespec, Timestamps};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Whether a symbolic link means itself or what it points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Its target.
    Yes,
    /// The link.
    No,
}

type Done<T> = Result<T, SystemError>;

fn found(result: io::Result<Metadata>, path: &Path) -> Done<Option<Metadata>> {
    match result {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(SystemError::file("looking at", path)(error)),
    }
}

/// Looking.
impl System {
    /// The file's properties, of a link itself; `None` when there is none.
    ///
    /// # Errors
    /// A directory on the way may not be searched.
    pub fn lstat(&self, path: impl AsRef<Path>) -> Done<Option<Metadata>> {
        let path = self.resolve(path);
        found(fs::symlink_metadata(&path), &path)
    }

    /// The file's properties, links followed; `None` when there is none.
    ///
    /// # Errors
    /// A directory on the way may not be searched, or links run in a circle.
    pub fn stat(&self, path: impl AsRef<Path>) -> Done<Option<Metadata>> {
        let path = self.resolve(path);
        found(fs::metadata(&path), &path)
    }

    /// Whether the file exists, links followed.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.resolve(path).exists()
    }

    /// Whether it is a directory, links followed.
    pub fn is_dir(&self, path: impl AsRef<Path>) -> bool {
        self.resolve(path).is_dir()
    }

    /// Whether this user may do this with the file (the real user, as Python's `os.access`).
    pub fn access(&self, path: impl AsRef<Path>, wanted: Access) -> bool {
        rustix::fs::access(self.resolve(path), wanted).is_ok()
    }

    /// The content.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, path: impl AsRef<Path>) -> Done<Vec<u8>> {
        let path = self.resolve(path);
        fs::read(&path).map_err(SystemError::file("reading", &path))
    }

    /// The content as text; bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_text(&self, path: impl AsRef<Path>) -> Done<String> {
        self.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Opens the file for reading.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, path: impl AsRef<Path>) -> Done<fs::File> {
        let path = self.resolve(path);
        fs::File::open(&path).map_err(SystemError::file("opening", &path))
    }

    /// Where a link points to, as it says.
    ///
    /// # Errors
    /// It is no link.
    pub fn read_link(&self, path: impl AsRef<Path>) -> Done<PathBuf> {
        let path = self.resolve(path);
        fs::read_link(&path).map_err(SystemError::file("reading the link", &path))
    }

    /// The paths in a directory, sorted.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn read_dir(&self, path: impl AsRef<Path>) -> Done<Vec<PathBuf>> {
        let path = self.resolve(path);
        let entries = fs::read_dir(&path).map_err(SystemError::file("listing", &path))?;
        let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        names.sort();
        Ok(names)
    }

    /// The path with links resolved as far as it exists, as Python's `os.path.realpath`.
    pub fn real_path(&self, path: impl AsRef<Path>) -> PathBuf {
        real_path(&self.resolve(path), 0)
    }
}

/// Resolves links part by part; what does not exist stays as written.
fn real_path(path: &Path, depth: usize) -> PathBuf {
    use std::path::Component;
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            other => {
                real.push(other);
                // Forty links deep is where the kernel gives up too.
                if depth < 40
                    && let Ok(target) = fs::read_link(&real)
                {
                    real.pop();
                    real = real_path(&real.join(target), depth + 1);
                }
            }
        }
    }
    real
}

/// Changing; all of it refused while a module plans.
impl System {
    /// Makes a directory with this mode (less the umask).
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn make_dir(&self, path: impl AsRef<Path>, mode: u32) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        fs::DirBuilder::new().mode(mode).create(&path).map_err(SystemError::file("creating directory", &path))
    }

    /// Makes an empty file (mode 0666 less the umask) unless it exists.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn touch(&self, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        let mut options = fs::OpenOptions::new();
        options.append(true).create(true).mode(0o666);
        options.open(&path).map(drop).map_err(SystemError::file("creating", &path))
    }

    /// Makes a directory and those above it that are missing (mode 0777 less the umask).
    ///
    /// # Errors
    /// One of them cannot be made.
    pub fn make_dirs(&self, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        fs::create_dir_all(&path).map_err(SystemError::file("creating directory", &path))
    }

    /// Makes a file that must not exist yet, with this mode (less the umask), for writing.
    ///
    /// # Errors
    /// It exists, or cannot be made.
    pub fn create_new(&self, path: impl AsRef<Path>, mode: u32) -> Done<fs::File> {
        let path = self.resolve(path);
        self.guard(&path)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        options.open(&path).map_err(SystemError::file("creating", &path))
    }

    /// Removes a file or a link; one that is gone already is fine.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove_file(&self, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SystemError::file("removing", &path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// It is not empty or cannot be removed.
    pub fn remove_dir(&self, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        fs::remove_dir(&path).map_err(SystemError::file("removing", &path))
    }

    /// Removes a directory and all in it; links inside are removed, not followed.
    ///
    /// # Errors
    /// Something in it cannot be removed.
    pub fn remove_tree(&self, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        fs::remove_dir_all(&path).map_err(SystemError::file("removing", &path))
    }

    /// Makes a symbolic link at `path` that says `target`.
    ///
    /// # Errors
    /// The link cannot be made.
    pub fn symlink(&self, target: impl AsRef<Path>, path: impl AsRef<Path>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        std::os::unix::fs::symlink(target, &path).map_err(SystemError::file("linking", &path))
    }

    /// Makes `path` another name of the file `target`; a link as target is followed on demand.
    ///
    /// # Errors
    /// The link cannot be made.
    pub fn hard_link(&self, target: impl AsRef<Path>, path: impl AsRef<Path>, follow: Follow) -> Done<()> {
        let (target, path) = (self.resolve(target), self.resolve(path));
        self.guard(&path)?;
        let flags = if follow == Follow::Yes { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
        rustix::fs::linkat(CWD, &target, CWD, &path, flags)
            .map_err(|error| SystemError::file("linking", &path)(error.into()))
    }

    /// Renames.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Done<()> {
        let (from, to) = (self.resolve(from), self.resolve(to));
        self.guard(&to)?;
        fs::rename(&from, &to).map_err(SystemError::file("renaming to", &to))
    }

    /// Sets the permission bits, links followed.
    ///
    /// # Errors
    /// They cannot be set.
    pub fn set_mode(&self, path: impl AsRef<Path>, mode: u32) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .map_err(SystemError::file("chmod of", &path))
    }

    /// Sets owner and group, of a link itself; `None` leaves one as it is.
    ///
    /// # Errors
    /// They cannot be set.
    pub fn set_owner(&self, path: impl AsRef<Path>, uid: Option<u32>, gid: Option<u32>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        std::os::unix::fs::lchown(&path, uid, gid).map_err(SystemError::file("chown of", &path))
    }

    /// Sets access and modification time (seconds, nanoseconds), links followed; `None` is now.
    ///
    /// # Errors
    /// They cannot be set.
    pub fn set_times(&self, path: impl AsRef<Path>, times: Option<[(i64, i64); 2]>) -> Done<()> {
        let path = self.resolve(path);
        self.guard(&path)?;
        let now = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
        let spec = |(seconds, nanoseconds): (i64, i64)| Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
        let times = match times {
            Some([access, modification]) => {
                Timestamps { last_access: spec(access), last_modification: spec(modification) }
            }
            None => Timestamps { last_access: now, last_modification: now },
        };
        rustix::fs::utimensat(CWD, &path, &times, AtFlags::empty())
            .map_err(|error| SystemError::file("setting the times of", &path)(error.into()))
    }

    /// Copies a file beside itself as `path.PID.YYYY-MM-DD@HH:MM:SS~` with mode, owner and times;
    /// gives the copy's path, or `None` when there is no file to copy.
    ///
    /// # Errors
    /// The copy cannot be made.
    pub fn backup_local(&self, path: impl AsRef<Path>) -> Done<Option<PathBuf>> {
        let path = self.resolve(path);
        let Some(before) = self.stat(&path)? else { return Ok(None) };
        let stamp = self.now().strftime("%Y-%m-%d@%H:%M:%S~").to_string();
        let mut name = path.clone().into_os_string();
        name.push(format!(".{}.{stamp}", std::process::id()));
        let copy = PathBuf::from(name);
        self.guard(&copy)?;
        fs::copy(&path, &copy).map_err(SystemError::file("copying to", &copy))?;
        super::atomic::copy_metadata(&path, &copy, &before)
            .map_err(SystemError::file("copying to", &copy))?;
        self.set_times(
            &copy,
            Some([(before.atime(), before.atime_nsec()), (before.mtime(), before.mtime_nsec())]),
        )?;
        Ok(Some(copy))
    }
}

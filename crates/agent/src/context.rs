//! What a running module may ask of its agent.

use std::fs::{self, DirBuilder};
use std::io::{self, Cursor, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rplay_protocol::{CHUNK, Call, CallId, Stream, ToController};

use crate::blobs::BlobDesk;
use crate::outbox::Outbox;

/// The agent's side of one call.
pub struct CallContext {
    pub(crate) id: CallId,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) desk: Arc<BlobDesk>,
    pub(crate) stopped: Arc<AtomicBool>,
    pub(crate) inline: Vec<rplay_protocol::InlineBlob>,
    pub(crate) tmp_base: Option<String>,
    pub(crate) tmpdir: std::sync::Mutex<Option<PathBuf>>,
}

impl CallContext {
    pub(crate) fn new(id: CallId, call: &mut Call, shared: (Arc<Outbox>, Arc<BlobDesk>)) -> Self {
        Self {
            id,
            outbox: shared.0,
            desk: shared.1,
            stopped: Arc::default(),
            inline: std::mem::take(&mut call.blobs),
            tmp_base: call.options.tmpdir.clone(),
            tmpdir: std::sync::Mutex::default(),
        }
    }

    /// Content of the controller's that the arguments name `id`: from the call itself if it came
    /// along, else asked for over the stream.
    ///
    /// # Errors
    /// Not found with the controller's words, or aborted when the controller is gone.
    pub fn open_blob(&self, id: &str) -> io::Result<Box<dyn Read + Send>> {
        if let Some(blob) = self.inline.iter().find(|blob| blob.id == id) {
            return Ok(Box::new(Cursor::new(blob.bytes.clone())));
        }
        Ok(Box::new(self.desk.open(self.id, id, &self.outbox)?))
    }

    /// Where content for the controller goes that the arguments name `id`.
    #[must_use]
    pub fn outlet(&self, id: &str) -> impl Write + Send + use<> {
        Outlet { call: self.id, blob: id.to_owned(), outbox: Arc::clone(&self.outbox) }
    }

    /// Reports live output; lost when the controller is gone.
    pub fn progress(&self, stream: Stream, bytes: &[u8]) {
        for piece in bytes.chunks(CHUNK) {
            let frame = ToController::Progress { call: self.id, stream, bytes: piece.to_vec() };
            let _ = self.outbox.send(&frame);
        }
    }

    /// True once the task was cancelled, timed out, or the controller is gone.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The flag behind [`Self::stopped`], for loops that outlive a borrow.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }

    /// A directory of this call's own (mode 0700), made when first asked for and removed with
    /// everything in it when the call ends.
    ///
    /// # Errors
    /// When no directory can be made.
    pub fn tmpdir(&self) -> io::Result<PathBuf> {
        let mut slot = self.tmpdir.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(path) = slot.as_ref() {
            return Ok(path.clone());
        }
        let path = make_tmpdir(self.tmp_base.as_deref())?;
        *slot = Some(path.clone());
        Ok(path)
    }

    pub(crate) fn remove_tmpdir(&self) {
        let mut slot = self.tmpdir.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(path) = slot.take() {
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn make_tmpdir(base: Option<&str>) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let base = base.map_or_else(std::env::temp_dir, |base| expand_home(Path::new(base)));
    if !base.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(&base)?;
    }
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("rplay-tmp-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
            Ok(()) => return Ok(path),
        }
    }
}

pub(crate) fn expand_home(path: &Path) -> PathBuf {
    let home = std::env::home_dir().unwrap_or_default();
    path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| home.join(rest))
}

struct Outlet {
    call: CallId,
    blob: String,
    outbox: Arc<Outbox>,
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..bytes.len().min(CHUNK)).unwrap_or_default();
        let (call, blob) = (self.call, self.blob.clone());
        self.outbox.send(&ToController::Out { call, blob, bytes: piece.to_vec() })?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

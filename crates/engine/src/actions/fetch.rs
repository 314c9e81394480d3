//! `fetch`: files of the host to the controller.

use super::{Action, ActionContext, Call, Remote, Step};
use crate::error::TaskError;
use rplay_value::{Dict, Value};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// `fetch`.
pub(super) struct Fetch;

impl Action for Fetch {
    fn name(&self) -> &'static str {
        "fetch"
    }

    fn prepare(&self, context: &ActionContext<'_>) -> Result<Step, TaskError> {
        context.only(&["dest", "fail_on_missing", "flat", "src", "validate_checksum"])?;
        let (Some(src), Some(dest)) = (context.text("src"), context.text("dest")) else {
            return Err(TaskError::refused("src and dest are required"));
        };
        if context.keywords.check {
            let mut result = Dict::new();
            result.insert("skipped", true.into());
            result.insert("msg", "check mode not (yet) supported for this module".into());
            return Ok(Step::Done(result));
        }
        let flat = context.bool("flat", false)?;
        let must = context.bool("fail_on_missing", true)?;
        let target = target(context, &src, &dest, flat)?;
        Ok(Step::Talk(Box::new(move |host| receive(host, &src, &target, must))))
    }
}

/// `dest/HOST/path` or, flat, `dest` itself (a directory when it ends in a slash).
fn target(context: &ActionContext<'_>, src: &str, dest: &str, flat: bool) -> Result<PathBuf, TaskError> {
    let base = context.playbook_dir().join(super::search::expand_home(dest));
    let name = src.rsplit('/').next().unwrap_or(src);
    let target = if !flat {
        let relative = src.trim_start_matches('/').trim_start_matches("./");
        base.join(context.scope.host().name.as_str()).join(relative)
    } else if dest.ends_with('/') {
        base.join(name)
    } else {
        base
    };
    if target.is_dir() && flat {
        return Err(TaskError::failed(
            "dest is an existing directory, use a trailing slash if you want to fetch src into that directory",
        ));
    }
    if target.components().any(|part| part == std::path::Component::ParentDir) && !flat {
        return Err(TaskError::failed(format!("the path {src} leads out of the destination directory")));
    }
    Ok(target)
}

fn receive(host: &dyn Remote, src: &str, target: &Path, must: bool) -> Result<Dict, TaskError> {
    let local_error =
        |error: std::io::Error| TaskError::failed(format!("cannot write {}: {error}", target.display()));
    let known = checksum(target);
    let mut args = Dict::new();
    args.insert("src", src.into());
    if let Some(known) = &known {
        args.insert("_known_checksum", known.as_str().into());
    }
    let mut temp = PartFile::new(target);
    let remote = host.receive(Call::new("fetch", args), &mut temp)?;
    if remote.get("failed").is_some_and(Value::is_true) {
        return Ok(missing(remote, src, must));
    }
    let sum = remote.get("checksum").cloned().unwrap_or_default();
    let same = known.is_some() && sum.as_str() == known.as_deref();
    let mut result = Dict::new();
    result.insert("changed", (!same).into());
    result.insert("checksum", sum.clone());
    result.insert("dest", target.to_string_lossy().into_owned().into());
    result.insert("md5sum", remote.get("md5sum").cloned().unwrap_or_default());
    if same {
        result.insert("file", src.into());
        return Ok(result);
    }
    temp.finish().map_err(local_error)?;
    if checksum(target).as_deref() != sum.as_str() {
        let message = format!("checksum mismatch after fetching {src}: the file changed while it was read");
        return Err(TaskError::failed(message).with("checksum", sum));
    }
    result.insert("remote_checksum", sum);
    result.insert("remote_md5sum", Value::None);
    Ok(result)
}

fn missing(mut remote: Dict, src: &str, must: bool) -> Dict {
    if remote.get("_missing").is_some_and(Value::is_true) {
        let mut result = Dict::new();
        result.insert("changed", false.into());
        match must {
            true => result.insert("failed", true.into()),
            false => result.insert("file", src.into()),
        };
        result.insert("msg", "the remote file does not exist, not transferring, ignored".into());
        return result;
    }
    remote.remove("_missing");
    remote.insert("file", src.into());
    remote
}

fn checksum(path: &Path) -> Option<String> {
    use sha1::{Digest, Sha1};
    let mut file = std::fs::File::open(path).ok()?;
    let mut hasher = Sha1::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).ok()? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    Some(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The file being received: written beside its place, renamed when complete, made only when content comes.
struct PartFile {
    target: PathBuf,
    open: Option<tempfile::NamedTempFile>,
}

impl PartFile {
    fn new(target: &Path) -> Self {
        Self { target: target.to_path_buf(), open: None }
    }

    fn file(&mut self) -> std::io::Result<&mut tempfile::NamedTempFile> {
        if self.open.is_none() {
            let dir = self.target.parent().unwrap_or(Path::new("."));
            std::fs::create_dir_all(dir)?;
            self.open = Some(tempfile::Builder::new().prefix(".rplay-").tempfile_in(dir)?);
        }
        self.open.as_mut().ok_or_else(|| std::io::Error::other("no file"))
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.file()?;
        if let Some(file) = self.open.take() {
            file.as_file().sync_all()?;
            let umask_mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            file.as_file().set_permissions(umask_mode)?;
            file.persist(&self.target).map_err(|error| error.error)?;
        }
        Ok(())
    }
}

impl Write for PartFile {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.file()?.write(buffer)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

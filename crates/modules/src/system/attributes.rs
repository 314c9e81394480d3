//! Owner, group, mode, flags and label of files: what differs from what is wanted, and mending it.

use super::{System, SystemError, errno_text, parse_mode};
use crate::{Diff, Failure, FileArgs};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// How a file's attributes differ from the wanted ones. Each pair is (found, wanted).
#[derive(Clone, Debug, Default)]
pub struct AttributeChange {
    path: PathBuf,
    context: Option<(Vec<String>, Vec<String>)>,
    uid: Option<(u32, u32)>,
    gid: Option<(u32, u32)>,
    mode: Option<(u32, u32)>,
    flags: Option<(Option<String>, String)>,
}

impl System {
    /// Compares a file's attributes (of a link itself) with the wanted ones. A file that is not
    /// there has nothing to compare: the result is empty.
    ///
    /// # Errors
    /// The user, group or mode wanted does not exist or cannot be read.
    pub fn compare_attributes(
        &self,
        path: impl AsRef<Path>,
        wanted: &FileArgs,
    ) -> Result<AttributeChange, Failure> {
        let path = self.resolve(path);
        let Some(found) = self.lstat(&path)? else { return Ok(AttributeChange::default()) };
        let uid = self.wanted_user(&path, wanted)?;
        let gid = self.wanted_group(&path, wanted)?;
        Ok(AttributeChange {
            context: self.compare_context(&path, wanted),
            uid: differing(uid, found.uid()),
            gid: differing(gid, found.gid()),
            mode: compare_mode(&path, wanted, &found)?,
            flags: self.compare_flags(&path, wanted),
            path,
        })
    }

    /// Compares and mends at once, for use inside `apply`; adds to the diff, tells whether
    /// anything changed.
    ///
    /// # Errors
    /// As [`System::compare_attributes`] and [`AttributeChange::apply`].
    pub fn ensure_attributes(
        &self,
        path: impl AsRef<Path>,
        wanted: &FileArgs,
        diff: Option<&mut Diff>,
    ) -> Result<bool, Failure> {
        let change = self.compare_attributes(path, wanted)?;
        if let Some(diff) = diff {
            change.describe(diff);
        }
        change.apply(self)
    }

    fn wanted_user(&self, path: &Path, wanted: &FileArgs) -> Result<Option<u32>, Failure> {
        let Some(owner) = &wanted.owner else { return Ok(None) };
        let known = owner.trim().parse().ok().or_else(|| self.user(owner).map(|user| user.uid));
        known.map(Some).ok_or_else(|| failed(path, format!("chown failed: failed to look up user {owner}")))
    }

    fn wanted_group(&self, path: &Path, wanted: &FileArgs) -> Result<Option<u32>, Failure> {
        let Some(group) = &wanted.group else { return Ok(None) };
        let known = group.trim().parse().ok().or_else(|| self.group(group).map(|group| group.gid));
        known.map(Some).ok_or_else(|| failed(path, format!("chgrp failed: failed to look up group {group}")))
    }

    /// The flags `lsattr` shows for a file, dashes left out; `None` where it cannot tell.
    #[must_use]
    pub fn file_flags(&self, path: &Path) -> Option<String> {
        self.lsattr(path, "-d").and_then(|words| words.first().cloned()).map(|flags| flags.replace('-', ""))
    }

    /// The words `lsattr` prints about a file itself, with the given switches.
    #[must_use]
    pub fn lsattr(&self, path: &Path, switches: &str) -> Option<Vec<String>> {
        let program = self.bin_path("lsattr")?;
        let path = self.resolve(path).to_string_lossy().into_owned();
        let output = self.command([program.as_str(), switches, &path]).run().ok()?;
        (output.rc == 0).then(|| output.stdout_text().split_whitespace().map(str::to_owned).collect())
    }

    fn compare_flags(&self, path: &Path, wanted: &FileArgs) -> Option<(Option<String>, String)> {
        let text = wanted.attributes.as_deref()?;
        let (sign, flags) = match text.chars().next() {
            Some(sign @ ('+' | '-')) => (sign, &text[1..]),
            _ => ('=', text.strip_prefix('=').unwrap_or(text)),
        };
        self.bin_path("chattr")?;
        let found = self.file_flags(path);
        let has = |flag: char| found.as_deref().unwrap_or_default().contains(flag);
        let as_wanted = match sign {
            '+' => flags.chars().all(has),
            '-' => !flags.chars().any(has),
            _ => found.as_deref().unwrap_or_default() == flags,
        };
        (!flags.is_empty() && !as_wanted).then(|| (found, format!("{sign}{flags}")))
    }

    fn compare_context(&self, path: &Path, wanted: &FileArgs) -> Option<(Vec<String>, Vec<String>)> {
        let parts = [&wanted.seuser, &wanted.serole, &wanted.setype, &wanted.selevel];
        if parts.iter().all(|part| part.is_none()) {
            return None;
        }
        let found: Vec<String> = self.selinux_context(path)?.splitn(4, ':').map(str::to_owned).collect();
        let default: Vec<String> = if parts.iter().any(|part| part.as_deref() == Some("_default")) {
            self.selinux_default_context(path)?.splitn(4, ':').map(str::to_owned).collect()
        } else {
            Vec::new()
        };
        let mut target = found.clone();
        for (index, part) in parts.iter().enumerate().take(target.len()) {
            match part.as_deref() {
                Some("_default") => {
                    if let Some(word) = default.get(index) {
                        target[index].clone_from(word);
                    }
                }
                Some(word) => word.clone_into(&mut target[index]),
                None => {}
            }
        }
        (found != target).then_some((found, target))
    }
}

fn failed(path: &Path, msg: impl Into<String>) -> Failure {
    Failure::new(msg).with("path", path.to_string_lossy().into_owned())
}

fn differing(wanted: Option<u32>, found: u32) -> Option<(u32, u32)> {
    wanted.filter(|wanted| *wanted != found).map(|wanted| (found, wanted))
}

fn compare_mode(path: &Path, wanted: &FileArgs, found: &Metadata) -> Result<Option<(u32, u32)>, Failure> {
    if wanted.mode.is_null() {
        return Ok(None);
    }
    let now = found.mode() & 0o7777;
    let mode = parse_mode(&wanted.mode, now, found.is_dir())
        .map_err(|(msg, details)| failed(path, msg).with("details", details))?;
    // Linux has no modes of links: nothing would ever change.
    Ok(if found.is_symlink() { None } else { differing(Some(mode), now) })
}

impl AttributeChange {
    /// Whether all is as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.context.is_none()
            && self.uid.is_none()
            && self.gid.is_none()
            && self.mode.is_none()
            && self.flags.is_none()
    }

    /// Adds the differences to a diff of objects.
    pub fn describe(&self, diff: &mut Diff) {
        if let Some((found, wanted)) = &self.context {
            diff.set("secontext", found.clone(), wanted.clone());
        }
        if let Some((found, wanted)) = self.uid {
            diff.set("owner", found, wanted);
        }
        if let Some((found, wanted)) = self.gid {
            diff.set("group", found, wanted);
        }
        if let Some((found, wanted)) = self.mode {
            diff.set("mode", format!("0{found:03o}"), format!("0{wanted:03o}"));
        }
        if let Some((found, wanted)) = &self.flags {
            diff.set("attributes", found.clone(), wanted.clone());
        }
    }

    /// Makes the attributes as wanted; tells whether there was anything to do.
    ///
    /// # Errors
    /// The host refuses one of them.
    pub fn apply(&self, sys: &System) -> Result<bool, Failure> {
        let refused = |msg: &str, error: SystemError| {
            let cause = error.io().map_or_else(|| error.to_string(), |io| errno_text(io, &self.path));
            failed(&self.path, msg).cause(cause)
        };
        if let Some((_, wanted)) = &self.context {
            sys.set_selinux_context(&self.path, &wanted.join(":"))
                .map_err(|error| refused("set selinux context failed", error))?;
        }
        if let Some((_, uid)) = self.uid {
            sys.set_owner(&self.path, Some(uid), None).map_err(|error| refused("chown failed", error))?;
        }
        if let Some((_, gid)) = self.gid {
            sys.set_owner(&self.path, None, Some(gid)).map_err(|error| refused("chgrp failed", error))?;
        }
        // A change of owner clears the set-id bits, so the mode wanted is set once more.
        if let Some((_, mode)) = self.mode {
            sys.set_mode(&self.path, mode).map_err(|error| refused("chmod failed", error))?;
        }
        if let Some((_, flags)) = &self.flags {
            self.chattr(sys, flags)?;
        }
        Ok(!self.is_empty())
    }

    fn chattr(&self, sys: &System, flags: &str) -> Result<(), Failure> {
        let program = sys.require_bin("chattr")?;
        let path = self.path.to_string_lossy().into_owned();
        let output = sys.command([program.as_str(), flags, &path]).run()?;
        if output.rc == 0 && output.stderr.is_empty() {
            return Ok(());
        }
        let details =
            format!("Error while setting attributes: {}{}", output.stdout_text(), output.stderr_text());
        Err(failed(&self.path, "chattr failed").with("details", details))
    }
}

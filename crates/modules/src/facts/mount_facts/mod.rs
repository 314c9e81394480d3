//! `mount_facts`: mounts of any table, with sizes, by file system and device.

mod tables;

use super::hardware::mounts::{sizes, uuid};
use super::host::Host;
use crate::args::{Choice, Map, ModuleArgs, Value, repr};
use crate::text::glob;
use crate::{Failure, ModuleResult, Plan, System};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use tables::Entry;

/// Tell what is mounted, and what is to be.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// Patterns, one of which the device fits.
    devices: Option<Vec<String>>,
    /// Patterns, one of which the file system's type fits.
    fstypes: Option<Vec<String>>,
    /// Tables: files, `mount`, or `all`, `static` and `dynamic` for the usual ones.
    sources: Option<Vec<String>>,
    /// The program that lists mounts where no table does; null: none.
    #[arg(default = "mount")]
    mount_binary: Value,
    /// Seconds to wait for one mount; left out: as long as it takes.
    timeout: Option<f64>,
    /// What a mount that takes longer means.
    #[arg(default = "error")]
    on_timeout: OnTimeout,
    /// Whether every mount of every table is listed too; left out: a warning where places repeat.
    include_aggregate_mounts: Option<bool>,
}

/// What happens when a mount does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum OnTimeout {
    Error,
    Warn,
    Ignore,
}

const STATIC: [&str; 3] = ["/etc/fstab", "/etc/vfstab", "/etc/filesystems"];
const DYNAMIC: [&str; 3] = ["/etc/mtab", "/proc/mounts", "/etc/mnttab"];

/// The source that is a program.
const PROGRAM: &str = "mount";

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if let Some(seconds) = args.timeout.filter(|seconds| *seconds <= 0.0) {
        let msg = format!("argument 'timeout' must be a positive number or null, not {seconds:?}");
        return Err(msg.into());
    }
    if !args.mount_binary.is_null() && !args.mount_binary.is_string() {
        let given = repr(&args.mount_binary);
        return Err(format!("argument 'mount_binary' must be a string or null, not {given}").into());
    }
    let look = Look { host: Host::new(sys, Duration::ZERO, Path::new("")), sys, args };
    let mut mounts = Vec::new();
    for (source, entry) in look.entries()? {
        if let Some(mount) = look.described(&source, entry)? {
            mounts.push((source, mount));
        }
    }
    Ok(Plan::done(look.result(mounts)))
}

struct Look<'a> {
    host: Host<'a>,
    sys: &'a System,
    args: Args,
}

impl Look<'_> {
    fn sources(&self) -> Result<Vec<String>, Failure> {
        let all = vec!["all".to_owned()];
        let mut sources: Vec<String> = Vec::new();
        for wanted in self.args.sources.as_ref().filter(|given| !given.is_empty()).unwrap_or(&all) {
            match wanted.as_str() {
                "" => return Err("sources contains an empty string".into()),
                "all" => sources.extend(DYNAMIC.iter().chain(&STATIC).map(|name| (*name).to_owned())),
                "dynamic" => sources.extend(DYNAMIC.map(str::to_owned)),
                "static" => sources.extend(STATIC.map(str::to_owned)),
                other => sources.push(other.to_owned()),
            }
        }
        let different: HashSet<&String> = sources.iter().collect();
        if different.len() < sources.len() {
            self.sys.warn(format!(
                "mount_facts option 'sources' contains duplicate entries, repeat sources will be ignored: {}",
                repr(&sources.clone().into())
            ));
        }
        Ok(sources)
    }

    /// What the tables hold, with the table each entry is from. A table that two names lead to counts once.
    fn entries(&self) -> Result<Vec<(String, Entry)>, Failure> {
        let sources = self.sources()?;
        let dynamic = |source: &str| DYNAMIC.contains(&source);
        let mut program_left =
            !self.args.mount_binary.is_null() && sources.iter().any(|source| dynamic(source));
        let mut seen: HashSet<PathBuf> = HashSet::new();
        let mut entries = Vec::new();
        for source in sources {
            let program = source == PROGRAM;
            let real = if program { PathBuf::from(PROGRAM) } else { self.sys.real_path(&source) };
            if seen.contains(Path::new(&source)) || !seen.insert(real) {
                continue;
            }
            let found = match program {
                true => self.listed()?,
                // A table that is not there, or cannot be read, has nothing to tell.
                false => tables::of_file(&self.sys.read_text(&source).unwrap_or_default()),
            };
            program_left &= found.is_empty() || !(program || dynamic(&source));
            entries.extend(found.into_iter().map(|entry| (source.clone(), entry)));
        }
        if program_left {
            entries.extend(self.listed()?.into_iter().map(|entry| (PROGRAM.to_owned(), entry)));
        }
        Ok(entries)
    }

    fn listed(&self) -> Result<Vec<Entry>, Failure> {
        let program = self.sys.require_bin(self.args.mount_binary.as_str().unwrap_or(PROGRAM))?;
        let output = self.sys.command([program.as_str()]).run()?;
        if output.rc != 0 {
            let msg = format!(
                "Failed to execute {program}: Command '{program}' returned non-zero exit status {}.",
                output.rc
            );
            return Err(msg.into());
        }
        Ok(tables::of_program(&output.stdout_text()))
    }

    /// All about a mount, if it is one of those wanted.
    fn described(&self, source: &str, entry: Entry) -> Result<Option<Map>, Failure> {
        let (mut device, fstype) = (entry.text("device").to_owned(), entry.text("fstype").to_owned());
        let given = device.strip_prefix("UUID=").map(str::to_owned);
        if let Some(uuid) = &given {
            let link = Path::new("/dev/disk/by-uuid").join(uuid);
            if self.sys.exists(&link) {
                device = self.sys.real_path(&link).to_string_lossy().into_owned();
            }
        }
        if !fits(self.args.devices.as_deref(), &device) || !fits(self.args.fstypes.as_deref(), &fstype) {
            return Ok(None);
        }
        let sizes = self.sizes(entry.text("mount"), &fstype)?;
        let Entry { line, mut fields } = entry;
        fields.extend(sizes);
        let context = [("source".to_owned(), source.into()), ("source_data".to_owned(), line.into())];
        fields.insert("ansible_context".to_owned(), Value::Object(context.into_iter().collect()));
        fields.insert("uuid".to_owned(), given.or_else(|| uuid(&self.host, &device)).into());
        Ok(Some(fields))
    }

    fn sizes(&self, mount: &str, fstype: &str) -> Result<Map, Failure> {
        let answer = sizes(mount);
        let answer = match self.args.timeout {
            None => answer.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(seconds) => {
                answer.recv_timeout(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
        };
        let why = match answer {
            Ok(sizes) => return Ok(sizes),
            Err(RecvTimeoutError::Timeout) => {
                format!("Timed out getting mount size for mount {mount} (type {fstype})")
            }
            Err(RecvTimeoutError::Disconnected) => {
                format!("The sizes of mount {mount} (type {fstype}) are not known: their thread broke off")
            }
        };
        match self.args.on_timeout {
            OnTimeout::Error => return Err(why.into()),
            OnTimeout::Warn => self.sys.warn(why),
            OnTimeout::Ignore => {}
        }
        Ok(Map::new())
    }

    fn result(&self, mounts: Vec<(String, Map)>) -> ModuleResult {
        if self.args.include_aggregate_mounts.is_none() {
            self.warn_of_repeats(&mounts);
        }
        let mut points = Map::new();
        for (_, mount) in &mounts {
            let place = mount.get("mount").and_then(Value::as_str).unwrap_or_default();
            points.entry(place).or_insert_with(|| Value::Object(mount.clone()));
        }
        let all = mounts.into_iter().map(|(_, mount)| Value::Object(mount));
        let all: Vec<Value> = all.filter(|_| self.args.include_aggregate_mounts == Some(true)).collect();
        ModuleResult::unchanged().with_fact("mount_points", points).with_fact("aggregate_mounts", all)
    }

    fn warn_of_repeats(&self, mounts: &[(String, Map)]) {
        let mut by_source: Vec<(&str, Vec<&Value>)> = Vec::new();
        for (source, mount) in mounts {
            let Some(place) = mount.get("mount") else { continue };
            match by_source.iter_mut().find(|(known, _)| known == source) {
                Some((_, places)) => places.push(place),
                None => by_source.push((source, vec![place])),
            }
        }
        by_source.retain(|(_, places)| places.iter().collect::<HashSet<_>>().len() < places.len());
        if by_source.is_empty() {
            return;
        }
        let repeats: Vec<String> = by_source
            .into_iter()
            .map(|(source, places)| {
                format!("{source} ({})", repr(&places.into_iter().cloned().collect::<Vec<_>>().into()))
            })
            .collect();
        self.sys.warn(format!(
            "mount_facts: ignoring repeat mounts in the following sources: {}. You can disable this warning by \
             configuring the 'include_aggregate_mounts' option as True or False.",
            repeats.join(", ")
        ));
    }
}

fn fits(patterns: Option<&[String]>, name: &str) -> bool {
    patterns.is_none_or(|patterns| {
        patterns.is_empty() || patterns.iter().any(|pattern| glob::matches(pattern, name))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn tables_are_filtered_and_repeats_told() {
        let bench = Bench::new();
        bench.write("tab", "/dev/a /nowhere/x ext4 rw 0 1\nnas:/b /nowhere/x nfs ro\n");
        let found = bench.run("mount_facts", json!({"sources": ["@tab"]}));
        let point = &found["ansible_facts"]["mount_points"]["/nowhere/x"];
        assert_eq!(point["device"], "/dev/a");
        assert_eq!(point["ansible_context"]["source_data"], "/dev/a /nowhere/x ext4 rw 0 1");
        assert_eq!(found["ansible_facts"]["aggregate_mounts"], json!([]));
        assert!(found["warnings"][0].as_str().unwrap().contains("ignoring repeat mounts"));
        let wanted = json!({"sources": ["@tab"], "devices": ["[!/]*"], "include_aggregate_mounts": true});
        let found = bench.run("mount_facts", wanted);
        assert_eq!(found["ansible_facts"]["aggregate_mounts"][0]["fstype"], "nfs");
        assert!(!found.contains_key("warnings"));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        let refused = |args| Bench::new().run("mount_facts", args)["msg"].clone();
        assert_eq!(refused(json!({"sources": [""]})), "sources contains an empty string");
        assert_eq!(
            refused(json!({"timeout": 0})),
            "argument 'timeout' must be a positive number or null, not 0.0"
        );
    }
}

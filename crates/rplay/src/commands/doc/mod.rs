//! `rplay doc`, which is `ansible-doc`: what modules, filters, keywords and so on there are, and their options.

mod adjacent;
mod catalogue;
mod reference;
mod snippet;
mod text;

pub(crate) use adjacent::options_in;
pub(crate) use reference::write as write_reference;

use super::{formats, pager};
use crate::{Failure, cli::foreign, exit};
use clap::{ArgAction, CommandFactory, Parser};
use rplay_value::Value;
use std::{ffi::OsString, path::PathBuf};

/// Options of `ansible-doc` 2.19, by their names.
#[derive(Debug, Parser)]
#[command(name = "ansible-doc", about = "Tells about modules, filters, keywords and other plugins.")]
#[command(infer_long_args = true)]
struct Cli {
    /// Plugins; with -l and -F, collections.
    #[arg(value_name = "PLUGIN")]
    names: Vec<String>,
    /// The type of plugin.
    #[arg(short = 't', long = "type", default_value = "module", value_parser = catalogue::kinds())]
    kind: String,
    /// List what there is.
    #[arg(short, long, conflicts_with_all = ["list_files", "snippet"])]
    list: bool,
    /// List what there is with the file it comes from.
    #[arg(short = 'F', long, conflicts_with = "snippet")]
    list_files: bool,
    /// A task to begin with.
    #[arg(short, long)]
    snippet: bool,
    /// JSON in place of text.
    #[arg(short, long)]
    json: bool,
    /// Directories with modules of your own.
    #[arg(short = 'M', long, value_name = "PATH")]
    module_path: Vec<PathBuf>,
    /// Directory that stands in for the playbook's.
    #[arg(long, value_name = "DIR")]
    playbook_dir: Option<PathBuf>,
    /// Directories with roles.
    #[arg(short, long, value_name = "PATH")]
    roles_path: Vec<PathBuf>,
    /// The entry point of a role.
    #[arg(short, long)]
    entry_point: Option<String>,
    /// Say more.
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Show the version.
    #[arg(long)]
    version: bool,
}

/// Runs it; `args` without the program's name, which is `program`.
pub(crate) fn run(program: &str, args: &[OsString]) -> Result<u8, Failure> {
    let cli: Cli = foreign::parse(Cli::command(), program, args, &[]);
    if cli.version {
        return super::version::run(program);
    }
    let places = adjacent::Places::new(&cli.module_path, cli.playbook_dir.as_deref(), &cli.roles_path)?;
    if cli.list || cli.list_files {
        return list(&cli, &places);
    }
    if cli.names.is_empty() {
        return Err(Failure::new(exit::OPTIONS, "Incorrect options passed"));
    }
    let mut found = Vec::new();
    for name in &cli.names {
        let adjacent = places.find(&cli.kind, name, cli.entry_point.as_deref())?;
        match adjacent.or_else(|| catalogue::find(&cli.kind, name)) {
            Some(entry) => found.push(entry),
            None if cli.kind == "keyword" => {
                super::warn_alone(&format!("Skipping invalid keyword '{name}' specified."));
            }
            None => super::warn_alone(&format!("{name} was not found")),
        }
    }
    if cli.json {
        let all = found.into_iter().map(|entry| (entry.name.clone(), entry.data()));
        pager::show(&formats::json(&Value::dict(all)))?;
    } else if cli.snippet {
        let all: Result<Vec<String>, Failure> =
            found.iter().map(|entry| snippet::of(&cli.kind, entry)).collect();
        pager::show(&all?.join("\n"))?;
    } else if !found.is_empty() {
        let all: Result<Vec<String>, Failure> =
            found.iter().map(|entry| text::of(&cli.kind, entry)).collect();
        pager::show(&all?.join("\n\n"))?;
    }
    Ok(exit::OK)
}

fn list(cli: &Cli, places: &adjacent::Places) -> Result<u8, Failure> {
    let mut all = catalogue::list(&cli.kind);
    all.extend(places.list(&cli.kind)?);
    all.sort();
    all.dedup_by(|one, other| one.name == other.name);
    if !cli.names.is_empty() {
        all.retain(|item| {
            cli.names
                .iter()
                .any(|name| item.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')))
        });
    }
    if cli.json {
        let pairs = all.into_iter().map(|item| {
            let told = if cli.list_files { item.file } else { item.description };
            (item.name, Value::from(told))
        });
        pager::show(&formats::json(&Value::dict(pairs)))?;
        return Ok(exit::OK);
    }
    let width = all.iter().map(|item| item.name.len()).max().unwrap_or_default().min(50);
    let columns = crate::wiring::style().columns;
    let lines: Vec<String> = all
        .into_iter()
        .map(|item| match (cli.list_files, cli.kind.as_str()) {
            (true, _) => format!("{:<width$} {}", item.name, item.file),
            (_, "keyword") => format!("{}: {}", item.name, item.description),
            _ => {
                let line = format!("{:<width$} {}", item.name, item.description);
                line.chars().take(columns.max(79)).collect::<String>().trim_end().to_owned()
            }
        })
        .collect();
    pager::show(&lines.join("\n"))?;
    Ok(exit::OK)
}

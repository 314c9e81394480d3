//! Package files.

use super::apt_cache::compare;
use super::apt_run::{self, Apt};
use super::download;
use crate::{Failure, ModuleResult, System};

/// Installs package files (comma separated, or one URL) and what they depend on.
pub(super) fn install(apt: &Apt, debs: &str, sys: &System) -> Result<ModuleResult, Failure> {
    let files: Vec<String> = if debs.contains("://") {
        vec![download::to_file(debs, true, sys)?.to_string_lossy().into_owned()]
    } else {
        debs.split(',').map(|file| sys.resolve(file).to_string_lossy().into_owned()).collect()
    };
    let mut wanted = Vec::new();
    for file in files {
        if is_wanted(apt, &file, sys)? {
            wanted.push(file);
        }
    }
    if wanted.is_empty() {
        return Ok(ModuleResult::unchanged().with("stdout", "").with("stderr", ""));
    }
    let words = if apt.args.force { forced(apt, &wanted, sys) } else { apt.install_words(&wanted, sys) };
    let output = apt.run(&words, sys)?;
    if output.rc != 0 {
        return Err(Failure::new(format!("{} failed: {}", words.join(" "), output.stderr_text().trim()))
            .with("stdout", output.stdout_text())
            .with("stderr", output.stderr_text())
            .rc(output.rc));
    }
    Ok(ModuleResult { changed: true, ..apt_run::outputs(&output, sys) })
}

fn forced(apt: &Apt, files: &[String], sys: &System) -> Vec<String> {
    let options = apt.args.dpkg_options.split(',').filter(|option| !option.is_empty());
    let mut words = vec!["dpkg".to_owned()];
    words.extend(options.map(|option| format!("--{option}")));
    if sys.check_mode() {
        words.push("--simulate".to_owned());
    }
    words.extend(["--force-all".to_owned(), "-i".to_owned()]);
    words.extend(files.iter().cloned());
    words
}

/// Whether another version than the file's is installed.
fn is_wanted(apt: &Apt, file: &str, sys: &System) -> Result<bool, Failure> {
    let field = |name: &str| -> Result<String, Failure> {
        let output = apt_run::command(sys, ["dpkg-deb", "--field", file, name]).run()?;
        if output.rc == 0 {
            return Ok(output.stdout_text().trim().to_owned());
        }
        let why = output.stderr_text();
        Err(Failure::new(format!("Unable to install package: {}", why.trim())).rc(output.rc))
    };
    let (name, version, arch) = (field("Package")?, field("Version")?, field("Architecture")?);
    let key = if arch == "all" { name } else { format!("{name}:{arch}") };
    let shown = apt_run::command(
        sys,
        ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}\\n", "--", &key],
    )
    .run()?
    .stdout_text();
    let Some(installed) = shown.lines().find_map(|line| line.strip_prefix("installed ")) else {
        return Ok(true);
    };
    if compare(&version, "eq", installed, sys)? {
        return Ok(false);
    }
    if compare(&version, "lt", installed, sys)? && !apt.args.allow_downgrade && !apt.args.force {
        return Err("A later version is already installed".into());
    }
    Ok(true)
}

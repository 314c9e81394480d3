//! `package_facts`: what is installed, as facts.

use crate::args::{Choice, Map, ModuleArgs, Value};
use crate::system::Output;
use crate::{Failure, ModuleResult, Plan, System};
use std::collections::HashMap;

/// Tell what packages are installed.
#[derive(Debug, ModuleArgs)]
pub(crate) struct Args {
    /// The managers to ask.
    #[arg(default = ["auto"])]
    manager: Vec<String>,
    /// Whether the first manager found is enough.
    #[arg(default = "first")]
    strategy: Strategy,
}

/// Which of the managers found are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Strategy {
    First,
    All,
}

/// The packages by name, each a list of versions.
type Packages = Map;

/// A package manager whose packages can be listed.
struct Manager {
    name: &'static str,
    aliases: &'static [&'static str],
    programs: &'static [&'static str],
    list: fn(&str, &System) -> Result<Packages, Failure>,
}

/// In the order `auto` tries them.
const MANAGERS: &[Manager] = &[
    Manager { name: "rpm", aliases: &["dnf", "dnf5", "yum", "zypper"], programs: &["rpm"], list: rpm },
    Manager { name: "apt", aliases: &[], programs: &["apt", "apt-get", "aptitude"], list: apt },
    Manager { name: "pacman", aliases: &[], programs: &["pacman"], list: pacman },
    Manager { name: "apk", aliases: &[], programs: &["apk"], list: apk },
];

/// Managers of systems the agent does not run on, or that nobody has asked for.
const FOREIGN: &[&str] = &["portage", "pkg", "pkg5", "pkgng", "pkg_info", "openbsd_pkg"];

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    let wanted = wanted(&args.manager)?;
    let mut packages = Packages::new();
    let mut found = 0;
    for manager in wanted {
        if found > 0 && args.strategy == Strategy::First {
            break;
        }
        // A Debian host may well have the program rpm; its packages are apt's.
        let Some(program) = manager.programs.iter().find_map(|program| find(program, sys)) else {
            warn_missing(&args.manager, manager, sys);
            continue;
        };
        let listed = match (manager.list)(&program, sys) {
            Ok(listed) => listed,
            Err(failure) => {
                let why = failure.msg();
                sys.warn(format!("Failed to retrieve packages with {}: {why}", manager.name));
                continue;
            }
        };
        if listed.is_empty() && manager.name == "rpm" {
            continue;
        }
        found += 1;
        for (name, versions) in listed {
            match (packages.get_mut(&name), versions) {
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                (_, versions) => drop(packages.insert(name, versions)),
            }
        }
    }
    if found == 0 {
        return Err(Failure::new(format!(
            "Could not detect a supported package manager from the following list: {}, or the required Python library \
             is not installed. Check warnings for details.",
            crate::args::repr(&Value::from(args.manager))
        )));
    }
    Ok(Plan::done(ModuleResult::unchanged().with_fact("packages", packages)))
}

/// A manager asked for by its name is missed, one that `auto` would have taken is not.
fn warn_missing(asked: &[String], manager: &Manager, sys: &System) {
    let program = manager.programs.first().copied().unwrap_or(manager.name);
    if asked.iter().any(|name| name == manager.name)
        && let Err(missing) = sys.require_bin(program)
    {
        sys.warn(format!(
            "Requested package manager {} was not usable by this module: {missing}",
            manager.name
        ));
    }
}

fn wanted(names: &[String]) -> Result<Vec<&'static Manager>, Failure> {
    let mut managers: Vec<&Manager> = Vec::new();
    for name in names.iter().map(|name| name.to_lowercase()) {
        let known = MANAGERS.iter().filter(|manager| {
            name == "auto" || manager.name == name || manager.aliases.contains(&name.as_str())
        });
        let before = managers.len();
        managers.extend(known);
        if managers.len() > before {
            continue;
        }
        if FOREIGN.contains(&name.as_str()) {
            return Err(Failure::new(format!(
                "package_facts does not support the manager {name}: it knows apt, rpm, pacman and apk"
            )));
        }
        let mut all: Vec<&str> = MANAGERS.iter().map(|manager| manager.name).collect();
        all.extend(["portage", "pkg", "pkg_info"]);
        return Err(Failure::new(format!(
            "Unsupported package managers requested: {name}, supported: {}",
            all.join(", ")
        )));
    }
    Ok(managers)
}

/// A program of the system, also where the `PATH` of a task leaves the system's directories out: Ansible reads
/// packages through libraries, for which `PATH` means nothing.
fn find(program: &str, sys: &System) -> Option<String> {
    sys.bin_path(program).or_else(|| sys.bin_path(&format!("/usr/bin/{program}")))
}

fn require(program: &str, sys: &System) -> Result<String, Failure> {
    match find(program, sys) {
        Some(path) => Ok(path),
        None => Ok(sys.require_bin(program)?),
    }
}

fn add(packages: &mut Packages, name: &str, source: &str, details: &[(&str, Value)]) {
    let mut package = Map::new();
    package.insert("name".to_owned(), name.into());
    package.extend(details.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    package.insert("source".to_owned(), source.into());
    let versions = packages.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(versions) = versions {
        versions.push(Value::Object(package));
    }
}

fn checked(output: Output) -> Result<String, Failure> {
    if output.rc == 0 {
        return Ok(output.stdout_text());
    }
    Err(Failure::new(format!("Unable to list packages rc={} : {}", output.rc, output.stderr_text())))
}

fn rpm(program: &str, sys: &System) -> Result<Packages, Failure> {
    let format = "%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCH}\\t%{ARCH}\\n";
    let text = checked(sys.command([program, "-qa", "--queryformat", format]).c_locale().run()?)?;
    let mut packages = Packages::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, version, release, epoch, arch] = fields.as_slice() else { continue };
        // What rpm prints as (none) Python's binding gives as None, and Ansible takes both for text.
        let told = |text: &str| Value::from(if text == "(none)" { "None" } else { text });
        let details = [
            ("version", told(version)),
            ("release", told(release)),
            ("epoch", told(epoch)),
            ("arch", told(arch)),
        ];
        add(&mut packages, name, "rpm", &details);
    }
    Ok(packages)
}

fn apt(_program: &str, sys: &System) -> Result<Packages, Failure> {
    let query = require("dpkg-query", sys)?;
    let format = "${db:Status-Status}\\t${Package}\\t${Version}\\t${Architecture}\\t${Section}\\n";
    let text = checked(sys.command([query.as_str(), "-W", "-f", format]).c_locale().run()?)?;
    let native =
        checked(sys.command([require("dpkg", sys)?.as_str(), "--print-architecture"]).c_locale().run()?)?;
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let installed: Vec<&[&str]> =
        rows.iter().filter(|row| row.first() == Some(&"installed")).filter_map(|row| row.get(1..)).collect();
    let origins = origins(&installed, sys)?;
    let mut packages = Packages::new();
    for row in installed {
        let [name, version, arch, section] = row else { continue };
        // As apt names them: packages of another architecture than the host's with it.
        let shown =
            if [native.trim(), "all"].contains(arch) { (*name).to_owned() } else { format!("{name}:{arch}") };
        let origin = origins.get(&((*name).to_owned(), (*version).to_owned())).cloned().unwrap_or_default();
        let details = [
            ("version", Value::from(*version)),
            ("arch", Value::from(*arch)),
            ("category", Value::from(*section)),
            ("origin", Value::from(origin)),
        ];
        add(&mut packages, &shown, "apt", &details);
    }
    Ok(packages)
}

/// The origin (`Debian`) of the archive that holds a package's version, by name and version.
fn origins(installed: &[&[&str]], sys: &System) -> Result<HashMap<(String, String), String>, Failure> {
    let Some(cache) = find("apt-cache", sys) else { return Ok(HashMap::new()) };
    let releases = release_origins(&checked(sys.command([cache.as_str(), "policy"]).c_locale().run()?)?);
    let mut found = HashMap::new();
    // An argument list has an end.
    for part in installed.chunks(500) {
        let names = part.iter().filter_map(|row| row.first().copied());
        let words = [cache.as_str(), "madison"].into_iter().chain(names);
        let output = sys.command(words).c_locale().run()?;
        for line in output.stdout_text().lines() {
            let mut fields = line.split('|').map(str::trim);
            let (Some(name), Some(version), Some(archive)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if let Some(origin) = releases.get(&archive_key(archive)) {
                found.entry((name.to_owned(), version.to_owned())).or_insert_with(|| origin.clone());
            }
        }
    }
    Ok(found)
}

/// `URL SUITE/COMPONENT` of a line that says where a package list comes from.
fn archive_key(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// Origins by archive, from `apt-cache policy`: a line for the archive, and below it `release …,o=Debian,…`.
fn release_origins(text: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let mut archive = None;
    for line in text.lines().map(str::trim) {
        if let Some(release) = line.strip_prefix("release ") {
            let origin = release.split(',').find_map(|field| field.strip_prefix("o="));
            if let Some((archive, origin)) = archive.take().zip(origin) {
                found.insert(archive, origin.to_owned());
            }
        } else if line.split_whitespace().next().is_some_and(|word| word.parse::<i64>().is_ok()) {
            archive = line.split_once(' ').map(|(_, rest)| archive_key(rest));
        }
    }
    found
}

fn pacman(program: &str, sys: &System) -> Result<Packages, Failure> {
    let text = checked(sys.command([program, "-Qi"]).c_locale().run()?)?;
    let mut packages = Packages::new();
    for block in text.split("\n\n") {
        let field = |name: &str| {
            let mut pairs = block.lines().filter_map(|line| line.split_once(" : "));
            pairs.find_map(|(key, value)| (key.trim() == name).then(|| value.trim()))
        };
        let Some(name) = field("Name") else { continue };
        let provides = field("Provides").filter(|provides| *provides != "None");
        let provides = provides.map(|provides| {
            provides
                .split("  ")
                .map(|one| one.split('=').next().unwrap_or(one).to_owned())
                .collect::<Vec<_>>()
        });
        let told = |key| Value::from(field(key).unwrap_or_default());
        let details = [
            ("version", told("Version")),
            ("arch", told("Architecture")),
            ("provides", Value::from(provides)),
        ];
        add(&mut packages, name, "pacman", &details);
    }
    Ok(packages)
}

fn apk(program: &str, sys: &System) -> Result<Packages, Failure> {
    let text = checked(sys.command([program, "info", "-v"]).c_locale().run()?)?;
    let mut packages = Packages::new();
    for line in text.lines() {
        let mut parts = line.rsplitn(3, '-');
        let (release, version, name) = (parts.next(), parts.next(), parts.next());
        if let (Some(release), Some(version), Some(name)) = (release, version, name) {
            add(&mut packages, name, "apk", &[("version", version.into()), ("release", release.into())]);
        }
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::{release_origins, wanted};

    #[test]
    fn archives_have_origins() {
        let text = "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n \
                    500 http://m/debian bookworm/main amd64 Packages\n     release v=12,o=Debian,a=oldstable\n     origin m\n";
        let found = release_origins(text);
        assert_eq!(found.get("http://m/debian bookworm/main").map(String::as_str), Some("Debian"));
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn managers_are_known_by_their_names() {
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            wanted(&names).map(|found| found.iter().map(|manager| manager.name).collect::<Vec<_>>()).ok()
        };
        assert_eq!(names(&["auto"]), Some(vec!["rpm", "apt", "pacman", "apk"]));
        assert_eq!(names(&["dnf"]), Some(vec!["rpm"]));
        assert_eq!(names(&["nonsense"]), None);
    }
}

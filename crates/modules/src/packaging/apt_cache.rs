//! What is installed and what could be: `dpkg-query` and `apt-cache`, and the choice from it.

use super::apt::State;
use super::apt_run::{self, Apt};
use crate::text::glob::matches;
use crate::{Failure, System};
use std::collections::{BTreeSet, HashMap};

/// A wanted package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) name: String,
    /// `=` or `>=`, and the version.
    pub(super) version: Option<(Compare, String)>,
}

/// How a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    AtLeast,
}

impl Spec {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if text.matches('=').count() > 1 {
            return Err(Failure::new(format!("invalid package spec: {text}")));
        }
        let (name, version) = match text.split_once('=') {
            None => (text, None),
            Some((name, version)) => match name.strip_suffix('>') {
                Some(name) => (name, Some((Compare::AtLeast, version.to_owned()))),
                None => (name, Some((Compare::Equal, version.to_owned()))),
            },
        };
        Ok(Self { name: name.to_owned(), version })
    }

    fn text(&self) -> String {
        match &self.version {
            None => self.name.clone(),
            Some((Compare::Equal, version)) => format!("{}={version}", self.name),
            Some((Compare::AtLeast, version)) => format!("{}>={version}", self.name),
        }
    }

    fn is_pattern(&self) -> bool {
        self.name.contains(['*', '?', '[', ']', '!'])
    }
}

/// What apt is to be given.
#[derive(Debug, Default)]
pub(super) struct Selection {
    /// `name` or `name=version`.
    pub(super) words: Vec<String>,
    /// Packages that apt counts as installed for others' sake only.
    pub(super) to_mark: Vec<String>,
}

/// A package's state in dpkg's books.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Installed {
    /// `None`: only its configuration is left.
    version: Option<String>,
}

/// What apt could install.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Policy {
    candidate: Option<String>,
    /// Newest first.
    versions: Vec<String>,
}

/// Chooses what is to be installed or removed.
pub(super) fn select(specs: &[Spec], apt: &Apt, sys: &System) -> Result<Selection, Failure> {
    if apt.args.state == State::BuildDep {
        return Ok(Selection { words: specs.iter().map(Spec::text).collect(), to_mark: Vec::new() });
    }
    let specs = expand(specs, sys)?;
    let installed = installed(&specs, sys)?;
    if apt.args.state == State::Absent {
        return removal(&specs, &installed, apt, sys);
    }
    let asked: Vec<&Spec> =
        specs.iter().filter(|spec| needs_policy(spec, version_of(&installed, &spec.name), apt)).collect();
    let policies = policies(asked.iter().map(|spec| spec.name.as_str()), apt, sys)?;
    let mut words = Vec::new();
    for spec in &specs {
        let version = version_of(&installed, &spec.name);
        let policy = policies.get(&spec.name).cloned().unwrap_or_default();
        words.extend(Candidate { spec, version, policy, apt, sys }.word()?);
    }
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    Ok(Selection { words, to_mark: to_mark(&names, sys) })
}

fn version_of<'a>(installed: &'a HashMap<String, Installed>, name: &str) -> Option<&'a str> {
    installed.get(name).and_then(|found| found.version.as_deref())
}

/// Asking apt for versions costs a moment; a package that is there in any version does not need it.
fn needs_policy(spec: &Spec, installed: Option<&str>, apt: &Apt) -> bool {
    match (installed, &spec.version) {
        _ if apt.args.state == State::Latest => true,
        (None, _) => true,
        (Some(_), None) => false,
        (Some(found), Some((Compare::Equal, wanted))) => found != wanted,
        (Some(_), Some((Compare::AtLeast, _))) => true,
    }
}

fn removal(
    specs: &[Spec],
    installed: &HashMap<String, Installed>,
    apt: &Apt,
    sys: &System,
) -> Result<Selection, Failure> {
    let mut words = Vec::new();
    for spec in specs {
        let Some(found) = installed.get(&spec.name) else { continue };
        let fits = match (&found.version, &spec.version) {
            (None, _) => false,
            (Some(version), wanted) => fits(version, wanted.as_ref(), sys)?,
        };
        if fits || apt.args.purge {
            words.push(spec.text());
        }
    }
    Ok(Selection { words, to_mark: Vec::new() })
}

fn fits(version: &str, wanted: Option<&(Compare, String)>, sys: &System) -> Result<bool, Failure> {
    match wanted {
        None => Ok(true),
        Some((Compare::Equal, pattern)) => Ok(matches(pattern, version)),
        Some((Compare::AtLeast, least)) => compare(version, "ge", least, sys),
    }
}

/// Compares versions as dpkg does; `operator` is `ge`, `gt`, `eq`, ….
pub(super) fn compare(left: &str, operator: &str, right: &str, sys: &System) -> Result<bool, Failure> {
    Ok(sys.command(["dpkg", "--compare-versions", left, operator, right]).run()?.rc == 0)
}

/// One package to be installed: what is there, and what could be.
struct Candidate<'a> {
    spec: &'a Spec,
    version: Option<&'a str>,
    policy: Policy,
    apt: &'a Apt,
    sys: &'a System,
}

impl Candidate<'_> {
    /// The word for apt, when there is something to do.
    fn word(self) -> Result<Option<String>, Failure> {
        let name = &self.spec.name;
        let args = &self.apt.args;
        let upgrade = args.state == State::Latest;
        if self.version.is_none() && self.policy.versions.is_empty() {
            match self.provider()? {
                Provider::Installed => return Ok(None),
                Provider::Left if args.only_upgrade => return Ok(None),
                Provider::Left => return Ok(Some(self.spec.text())),
            }
        }
        if self.version.is_none() && args.only_upgrade {
            return Ok(None);
        }
        let wanted = self.spec.version.as_ref();
        let fitting = match self.version {
            Some(version) => fits(version, wanted, self.sys)?,
            None => false,
        };
        let best = self.best()?.filter(|best| Some(best.as_str()) != self.version);
        let Some(best) = best else {
            if fitting {
                return Ok(None);
            }
            return Err(Failure::new(format!(
                "no available installation candidate for {}",
                self.spec.text()
            )));
        };
        if self.version.is_none() || upgrade || !fitting {
            return Ok(Some(format!("{name}={best}")));
        }
        // A wildcard that both the installed and a newer version fit: apt picks the newer one, as it does
        // for Ansible.
        Ok(match wanted {
            Some((Compare::Equal, pattern)) => Some(format!("{name}={pattern}")),
            _ => None,
        })
    }

    /// The version apt would install within what is wanted.
    fn best(&self) -> Result<Option<String>, Failure> {
        match &self.spec.version {
            None => Ok(self.policy.candidate.clone()),
            Some((Compare::Equal, pattern)) => {
                Ok(self.policy.versions.iter().find(|version| matches(pattern, version)).cloned())
            }
            Some((Compare::AtLeast, least)) => {
                let Some(candidate) = self.policy.candidate.clone() else { return Ok(None) };
                Ok(compare(&candidate, "ge", least, self.sys)?.then_some(candidate))
            }
        }
    }

    /// A name no package has may be one that packages provide.
    fn provider(&self) -> Result<Provider, Failure> {
        let name = &self.spec.name;
        let shown = apt_run::command(self.sys, ["apt-cache", "showpkg", name]).run()?.stdout_text();
        let providers = parse_providers(&shown);
        let Some(first) = providers.iter().next() else {
            return Err(Failure::new(format!("No package matching '{name}' is available")));
        };
        if providers.len() > 1 {
            return Ok(Provider::Left);
        }
        let only = Spec { name: first.clone(), version: None };
        let found = installed(std::slice::from_ref(&only), self.sys)?;
        if version_of(&found, first).is_some() && self.apt.args.state != State::Latest {
            return Ok(Provider::Installed);
        }
        Ok(Provider::Left)
    }
}

/// Who stands for a name that is no package's own.
enum Provider {
    /// The only provider is installed.
    Installed,
    /// apt is to choose.
    Left,
}

/// The packages of `apt-cache showpkg`'s section "Reverse Provides".
fn parse_providers(shown: &str) -> BTreeSet<String> {
    let section = shown.split_once("Reverse Provides:").map_or("", |(_, section)| section);
    section.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Puts packages in place of name patterns.
fn expand(specs: &[Spec], sys: &System) -> Result<Vec<Spec>, Failure> {
    if !specs.iter().any(Spec::is_pattern) {
        return Ok(specs.to_vec());
    }
    let listed = apt_run::command(sys, ["apt-cache", "pkgnames"]).run()?.stdout_text();
    let mut names: Vec<&str> = listed.lines().collect();
    names.sort_unstable();
    let mut expanded = Vec::new();
    for spec in specs {
        if !spec.is_pattern() {
            expanded.push(spec.clone());
            continue;
        }
        let before = expanded.len();
        let fitting = names.iter().filter(|name| matches(&spec.name, name));
        expanded.extend(fitting.map(|name| Spec { name: (*name).to_owned(), version: None }));
        if expanded.len() == before {
            return Err(Failure::new(format!("No package(s) matching '{}' available", spec.name)));
        }
    }
    Ok(expanded)
}

const FORMAT: &str = "--showformat=${Package}\\t${Architecture}\\t${db:Status-Status}\\t${Version}\\n";

fn installed(specs: &[Spec], sys: &System) -> Result<HashMap<String, Installed>, Failure> {
    let mut found = HashMap::new();
    if specs.is_empty() {
        return Ok(found);
    }
    let names = specs.iter().map(|spec| spec.name.as_str());
    let words = ["dpkg-query", "--show", FORMAT, "--"].into_iter().chain(names);
    let shown = apt_run::command(sys, words).run()?.stdout_text();
    let rows = parse_rows(&shown);
    let foreign =
        rows.iter().any(|row| rows.iter().any(|other| row.name == other.name && row.arch != other.arch));
    let native = if foreign {
        let output = sys.command(["dpkg", "--print-architecture"]).run()?;
        Some(output.stdout_text().trim().to_owned())
    } else {
        None
    };
    for spec in specs {
        let (name, arch) = match spec.name.split_once(':') {
            Some((name, arch)) => (name, Some(arch)),
            None => (spec.name.as_str(), native.as_deref()),
        };
        let fitting =
            |row: &&Row| row.name == name && arch.is_none_or(|arch| row.arch == arch || row.arch == "all");
        if let Some(row) = rows.iter().find(fitting) {
            found.insert(spec.name.clone(), Installed { version: row.version.map(str::to_owned) });
        }
    }
    Ok(found)
}

/// A line of `dpkg-query`, of packages that have files on the host.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    name: &'a str,
    arch: &'a str,
    /// `None`: only configuration is left.
    version: Option<&'a str>,
}

fn parse_rows(shown: &str) -> Vec<Row<'_>> {
    shown
        .lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            let (name, arch, status, version) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            let version = match status {
                "not-installed" => return None,
                "config-files" => None,
                // Half-installed and the like: apt has work to do.
                "half-installed" | "unpacked" | "half-configured" => None,
                _ => Some(version),
            };
            Some(Row { name, arch, version })
        })
        .collect()
}

fn policies<'a>(
    names: impl Iterator<Item = &'a str>,
    apt: &Apt,
    sys: &System,
) -> Result<HashMap<String, Policy>, Failure> {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let mut words = vec!["apt-cache".to_owned()];
    if let Some(release) = &apt.args.default_release {
        words.extend(["-o".to_owned(), format!("APT::Default-Release={release}")]);
    }
    words.push("policy".to_owned());
    words.extend(names.into_iter().map(str::to_owned));
    let output = apt_run::command(sys, words).run()?;
    if output.rc != 0 {
        return Err(
            Failure::new(format!("apt-cache policy failed: {}", output.stderr_text().trim())).rc(output.rc)
        );
    }
    Ok(parse_policy(&output.stdout_text()))
}

/// Reads `apt-cache policy NAME…`: by name the candidate and the versions.
fn parse_policy(shown: &str) -> HashMap<String, Policy> {
    let mut found: HashMap<String, Policy> = HashMap::new();
    let mut name = String::new();
    for line in shown.lines() {
        if !line.starts_with(' ') {
            name = line.trim_end().trim_end_matches(':').to_owned();
            found.entry(name.clone()).or_default();
            continue;
        }
        let Some(policy) = found.get_mut(&name) else { continue };
        let text = line.trim_start();
        if let Some(candidate) = text.strip_prefix("Candidate:") {
            policy.candidate = Some(candidate.trim().to_owned()).filter(|version| version != "(none)");
        } else if let Some(version) = version_line(line) {
            policy.versions.push(version.to_owned());
        }
    }
    found
}

/// A version of the table: five columns in, or after three stars; its sources stand further in.
fn version_line(line: &str) -> Option<&str> {
    let text = line.strip_prefix(" *** ").or_else(|| line.strip_prefix("     "))?;
    (!text.starts_with(' ')).then(|| text.split_whitespace().next()).flatten()
}

/// The packages apt would remove once nothing needs them, though they are wanted by name.
fn to_mark(names: &[&str], sys: &System) -> Vec<String> {
    let books = sys.read_text("/var/lib/apt/extended_states").unwrap_or_default();
    parse_automatic(&books, names)
}

fn parse_automatic(books: &str, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut name = "";
    for line in books.lines() {
        if let Some(package) = line.strip_prefix("Package:") {
            name = package.trim();
        } else if line.strip_prefix("Auto-Installed:").is_some_and(|flag| flag.trim() == "1")
            && names.contains(&name)
        {
            found.push(name.to_owned());
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_split() {
        let table = [
            ("nginx", "nginx", None),
            ("nginx=1.2*", "nginx", Some((Compare::Equal, "1.2*"))),
            ("nginx>=1.2", "nginx", Some((Compare::AtLeast, "1.2"))),
        ];
        for (text, name, version) in table {
            let spec = Spec::parse(text).unwrap();
            assert_eq!(spec.name, name);
            assert_eq!(spec.version.as_ref().map(|(how, version)| (*how, version.as_str())), version);
            assert_eq!(spec.text(), text);
        }
        assert!(Spec::parse("a==1").is_err());
    }

    #[test]
    fn the_policy_table_is_read() {
        let shown = "curl:\n  Installed: 7.88.1-10+deb12u8\n  Candidate: 7.88.1-10+deb12u12\n  Version table:\n     7.88.1-10+deb12u12 500\n        500 http://deb.debian.org/debian bookworm/main amd64 Packages\n *** 7.88.1-10+deb12u8 100\n        100 /var/lib/dpkg/status\nmail-transport-agent:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\nlibc6:i386:\n  Candidate: 2\n";
        let found = parse_policy(shown);
        assert_eq!(found["curl"].candidate.as_deref(), Some("7.88.1-10+deb12u12"));
        assert_eq!(found["curl"].versions, ["7.88.1-10+deb12u12", "7.88.1-10+deb12u8"]);
        assert_eq!(found["mail-transport-agent"], Policy::default());
        assert_eq!(found["libc6:i386"].candidate.as_deref(), Some("2"));
    }

    #[test]
    fn dpkgs_rows_are_read() {
        let shown =
            "curl\tamd64\tinstalled\t7.88\nold\tall\tconfig-files\t1\ngone\tall\tnot-installed\t\nbad line\n";
        let rows = parse_rows(shown);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], Row { name: "curl", arch: "amd64", version: Some("7.88") });
        assert_eq!(rows[1].version, None);
    }

    #[test]
    fn providers_and_marks_are_read() {
        let shown = "Package: mta\nVersions: \n\nProvides: \nReverse Provides: \npostfix 3.7 (= )\npostfix 3.6 (= )\nexim4 4 (= )\n";
        assert_eq!(parse_providers(shown).into_iter().collect::<Vec<_>>(), ["exim4", "postfix"]);
        let books = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nAuto-Installed: 0\n";
        assert_eq!(parse_automatic(books, &["a", "b"]), ["a"]);
    }
}

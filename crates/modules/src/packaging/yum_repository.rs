//! `yum_repository`: repositories of dnf and yum.

use super::repo_file::RepoFile;
use crate::args::{Choice, ModuleArgs};
use crate::{Diff, Failure, FileArgs, ModuleResult, Plan, System};
use std::path::Path;

/// Add or remove a repository of dnf or yum.
#[derive(Clone, Debug, ModuleArgs)]
#[args(
    required_if("state", "present", ["baseurl", "mirrorlist", "metalink"], any),
    required_if("state", "present", ["description"])
)]
pub(crate) struct Args {
    /// Fetch packages in the background.
    #[arg(name = "async")]
    background: Option<bool>,
    /// Bytes a second at most.
    bandwidth: Option<String>,
    /// Where it is.
    baseurl: Option<Vec<String>>,
    /// What its packages cost against others.
    cost: Option<String>,
    /// Tell the server of the host once a week.
    countme: Option<bool>,
    /// Size of delta metadata, against which it pays.
    deltarpm_metadata_percentage: Option<String>,
    /// Size of a delta, against which it pays.
    deltarpm_percentage: Option<String>,
    /// Its name for people.
    description: Option<String>,
    /// Whether it is used.
    enabled: Option<bool>,
    /// Whether its package groups count.
    enablegroups: Option<bool>,
    /// Packages to leave out.
    #[arg(alias = "excludepkgs")]
    exclude: Option<Vec<String>>,
    /// How servers are tried.
    failovermethod: Option<Failover>,
    /// The name of its file, without `.repo`.
    file: Option<String>,
    /// The key that signs keys.
    #[arg(no_log = false)]
    gpgcakey: Option<String>,
    /// Check signatures of packages.
    gpgcheck: Option<bool>,
    /// Its keys.
    #[arg(no_log = false)]
    gpgkey: Option<Vec<String>>,
    /// What caches on the way may keep.
    http_caching: Option<Caching>,
    /// A file to read too.
    include: Option<String>,
    /// Packages that alone count.
    includepkgs: Option<Vec<String>>,
    /// The version of IP.
    ip_resolve: Option<Ip>,
    /// Keep connections.
    keepalive: Option<bool>,
    /// Keep packages.
    keepcache: Option<Zero>,
    /// How long metadata is good.
    metadata_expire: Option<String>,
    /// For whom it is not.
    metadata_expire_filter: Option<Filter>,
    /// A list of servers with checksums.
    metalink: Option<String>,
    /// A list of servers.
    mirrorlist: Option<String>,
    /// How long that list is good.
    mirrorlist_expire: Option<String>,
    /// Its packages count in spite of modules.
    module_hotfixes: Option<bool>,
    /// Its id.
    name: String,
    /// The password of its server.
    #[arg(no_log)]
    password: Option<String>,
    /// Its priority.
    priority: Option<String>,
    /// Its packages are not replaced by others.
    protect: Option<bool>,
    /// The proxy.
    proxy: Option<String>,
    /// Its password.
    #[arg(no_log)]
    proxy_password: Option<String>,
    /// Its user.
    proxy_username: Option<String>,
    /// Check signatures of metadata.
    repo_gpgcheck: Option<bool>,
    /// The directory of repositories.
    #[arg(ty = "path", default = "/etc/yum.repos.d")]
    reposdir: String,
    /// How often to try.
    retries: Option<String>,
    /// It lies in S3.
    s3_enabled: Option<bool>,
    /// Go on without it.
    skip_if_unavailable: Option<bool>,
    /// Check who may read certificates.
    ssl_check_cert_permissions: Option<bool>,
    /// Certificates of authorities.
    #[arg(alias = "ca_cert")]
    sslcacert: Option<String>,
    /// The certificate shown.
    #[arg(alias = "client_cert")]
    sslclientcert: Option<String>,
    /// Its key.
    #[arg(alias = "client_key", no_log = false)]
    sslclientkey: Option<String>,
    /// Check the server's certificate.
    #[arg(alias = "validate_certs")]
    sslverify: Option<bool>,
    /// The share of the bandwidth.
    throttle: Option<String>,
    /// Seconds to wait.
    timeout: Option<String>,
    /// Variables shown in its id.
    ui_repoid_vars: Option<String>,
    /// The user of its server.
    username: Option<String>,
    /// Whether it is to be there.
    #[arg(default = "present")]
    state: State,
    /// Mode, owner and the like.
    #[arg(flatten)]
    attributes: FileArgs,
}

/// Whether the repository is to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum State {
    Absent,
    Present,
}

/// How servers are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Failover {
    #[choice("roundrobin")]
    RoundRobin,
    Priority,
}

/// What caches may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Caching {
    All,
    Packages,
    None,
}

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Ip {
    #[choice("4")]
    Four,
    #[choice("6")]
    Six,
    #[choice("IPv4")]
    V4,
    #[choice("IPv6")]
    V6,
    Whatever,
}

/// A switch written as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Zero {
    #[choice("0")]
    Off,
    #[choice("1")]
    On,
}

/// For whom metadata does not expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub(crate) enum Filter {
    Never,
    #[choice("read-only:past")]
    Past,
    #[choice("read-only:present")]
    Present,
    #[choice("read-only:future")]
    Future,
}

/// Options without an effect in dnf.
const WITHOUT_EFFECT: [&str; 9] = [
    "deltarpm_metadata_percentage",
    "gpgcakey",
    "http_caching",
    "keepalive",
    "metadata_expire_filter",
    "mirrorlist_expire",
    "protect",
    "ssl_check_cert_permissions",
    "ui_repoid_vars",
];

pub(crate) fn plan(args: Args, sys: &System) -> Result<Plan, Failure> {
    if !sys.is_dir(&args.reposdir) {
        return Err(Failure::new(format!("Repo directory '{}' does not exist.", args.reposdir)));
    }
    let dest = Path::new(&args.reposdir).join(format!("{}.repo", args.file.as_ref().unwrap_or(&args.name)));
    let exists = sys.exists(&dest) && !sys.is_dir(&dest);
    let mut file = if exists { read(&dest, sys)? } else { RepoFile::default() };
    let before = file.sorted();
    file.remove(&args.name);
    if args.state == State::Present {
        let options = options(&args);
        deprecate(&options, sys);
        file.add(&args.name, options.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    let after = file.sorted();
    let content_differs = before != after;
    let attributes = if exists { Some(sys.compare_attributes(&dest, &args.attributes)?) } else { None };
    let attributes_differ = attributes.is_some_and(|change| !change.is_empty());
    let name = dest.to_string_lossy().into_owned();
    let result = ModuleResult { changed: content_differs || attributes_differ, ..ModuleResult::default() }
        .with("repo", args.name.as_str())
        .with("state", args.state.as_str())
        .with_diff(Diff::new(before, after).headers(name.as_str(), name.as_str()));
    if !result.changed {
        return Ok(Plan::done(result));
    }
    Ok(Plan::change(result, move |sys, result| {
        if content_differs && file.is_empty() {
            sys.remove_file(&dest)?;
            return Ok(result);
        }
        if content_differs {
            sys.atomic_write(&dest, &mut file.text().as_bytes(), args.attributes.unsafe_writes)?;
        }
        sys.compare_attributes(&dest, &args.attributes)?.apply(sys)?;
        Ok(result)
    }))
}

fn read(path: &Path, sys: &System) -> Result<RepoFile, Failure> {
    let refused = |why: String| Failure::new(format!("{} cannot be read: {why}", path.display()));
    RepoFile::parse(&sys.read_text(path)?).map_err(refused)
}

fn deprecate(options: &[(&'static str, String)], sys: &System) {
    for (name, _) in options {
        match *name {
            "keepcache" => sys.deprecate(
                "'keepcache' parameter is deprecated as it is only valid in the main configuration.",
                Some("2.20"),
            ),
            "async" => sys.deprecate(
                "'async' parameter is deprecated as it has been removed on systems supported by ansible-core",
                Some("2.22"),
            ),
            name if WITHOUT_EFFECT.contains(&name) => sys.deprecate(
                format!(
                    "'{name}' parameter is deprecated as it has no effect with dnf as an underlying package manager."
                ),
                Some("2.22"),
            ),
            _ => {}
        }
    }
}

/// The options that are given, in the order of their names.
fn options(args: &Args) -> Vec<(&'static str, String)> {
    let flag = |value: Option<bool>| value.map(|value| u8::from(value).to_string());
    let lines = |value: &Option<Vec<String>>| value.as_ref().map(|value| value.join("\n"));
    let words = |value: &Option<Vec<String>>| value.as_ref().map(|value| value.join(" "));
    let all = [
        ("async", flag(args.background)),
        ("bandwidth", args.bandwidth.clone()),
        ("baseurl", lines(&args.baseurl)),
        ("cost", args.cost.clone()),
        ("countme", flag(args.countme)),
        ("deltarpm_metadata_percentage", args.deltarpm_metadata_percentage.clone()),
        ("deltarpm_percentage", args.deltarpm_percentage.clone()),
        ("enabled", flag(args.enabled)),
        ("enablegroups", flag(args.enablegroups)),
        ("exclude", words(&args.exclude)),
        ("failovermethod", args.failovermethod.map(|word| word.as_str().to_owned())),
        ("gpgcakey", args.gpgcakey.clone()),
        ("gpgcheck", flag(args.gpgcheck)),
        ("gpgkey", lines(&args.gpgkey)),
        ("http_caching", args.http_caching.map(|word| word.as_str().to_owned())),
        ("include", args.include.clone()),
        ("includepkgs", words(&args.includepkgs)),
        ("ip_resolve", args.ip_resolve.map(|word| word.as_str().to_owned())),
        ("keepalive", flag(args.keepalive)),
        ("keepcache", args.keepcache.map(|word| word.as_str().to_owned())),
        ("metadata_expire", args.metadata_expire.clone()),
        ("metadata_expire_filter", args.metadata_expire_filter.map(|word| word.as_str().to_owned())),
        ("metalink", args.metalink.clone()),
        ("mirrorlist", args.mirrorlist.clone()),
        ("mirrorlist_expire", args.mirrorlist_expire.clone()),
        ("module_hotfixes", flag(args.module_hotfixes)),
        ("name", args.description.clone()),
        ("password", args.password.clone()),
        ("priority", args.priority.clone()),
        ("protect", flag(args.protect)),
        ("proxy", args.proxy.clone()),
        ("proxy_password", args.proxy_password.clone()),
        ("proxy_username", args.proxy_username.clone()),
        ("repo_gpgcheck", flag(args.repo_gpgcheck)),
        ("retries", args.retries.clone()),
        ("s3_enabled", flag(args.s3_enabled)),
        ("skip_if_unavailable", flag(args.skip_if_unavailable)),
        ("ssl_check_cert_permissions", flag(args.ssl_check_cert_permissions)),
        ("sslcacert", args.sslcacert.clone()),
        ("sslclientcert", args.sslclientcert.clone()),
        ("sslclientkey", args.sslclientkey.clone()),
        ("sslverify", flag(args.sslverify)),
        ("throttle", args.throttle.clone()),
        ("timeout", args.timeout.clone()),
        ("ui_repoid_vars", args.ui_repoid_vars.clone()),
        ("username", args.username.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::Bench;
    use serde_json::json;

    #[test]
    fn a_repository_comes_and_goes() {
        let bench = Bench::new();
        let args = json!({
            "name": "epel", "description": "EPEL", "baseurl": ["http://a/", "http://b/"], "gpgcheck": true,
            "exclude": ["x", "y"], "reposdir": "@", "mode": "0600"
        });
        let wanted = "[epel]\nbaseurl = http://a/\n\thttp://b/\nexclude = x y\ngpgcheck = 1\nname = EPEL\n\n";
        assert_eq!(bench.check("yum_repository", args.clone())["changed"], true);
        assert!(!bench.path("epel.repo").exists());
        let made = bench.run("yum_repository", args.clone());
        assert_eq!(
            (&made["changed"], &made["repo"], &made["state"]),
            (&json!(true), &json!("epel"), &json!("present"))
        );
        assert_eq!(std::fs::read_to_string(bench.path("epel.repo")).unwrap(), wanted);
        assert_eq!(bench.run("yum_repository", args)["changed"], false);
        let gone = bench.run("yum_repository", json!({"name": "epel", "state": "absent", "reposdir": "@"}));
        assert_eq!(gone["changed"], true);
        assert!(!bench.path("epel.repo").exists());
    }
}

//! `pkg_mgr`: the package manager the distribution uses.

use super::host::Host;
use crate::args::Map;

/// Programs and the names of their managers; the last one present counts.
const MANAGERS: [(&str, &str); 25] = [
    ("/usr/bin/rpm-ostree", "atomic_container"),
    ("/usr/bin/yum", "dnf"),
    ("/usr/bin/dnf-3", "dnf"),
    ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/zypper", "zypper"),
    ("/usr/sbin/urpmi", "urpmi"),
    ("/usr/bin/pacman", "pacman"),
    ("/bin/opkg", "opkg"),
    ("/usr/pkg/bin/pkgin", "pkgin"),
    ("/opt/local/bin/pkgin", "pkgin"),
    ("/opt/tools/bin/pkgin", "pkgin"),
    ("/opt/local/bin/port", "macports"),
    ("/usr/local/bin/brew", "homebrew"),
    ("/opt/homebrew/bin/brew", "homebrew"),
    ("/sbin/apk", "apk"),
    ("/usr/sbin/pkg", "pkgng"),
    ("/usr/sbin/swlist", "swdepot"),
    ("/usr/bin/emerge", "portage"),
    ("/usr/sbin/pkgadd", "svr4pkg"),
    ("/usr/bin/pkg", "pkg5"),
    ("/usr/bin/xbps-install", "xbps"),
    ("/usr/local/sbin/pkg", "pkgng"),
    ("/usr/bin/swupd", "swupd"),
    ("/usr/sbin/sorcery", "sorcery"),
];

pub(super) fn collect(host: &Host<'_>) -> Map {
    let family = host.distribution_fact("os_family");
    // On ALT /usr/bin/pkg is a Perl program.
    let counts = |path: &str| host.exists(path) && !(family == "Altlinux" && path == "/usr/bin/pkg");
    let present = MANAGERS.iter().rev().find(|(path, _)| counts(path)).map_or("unknown", |(_, name)| name);
    let manager = match (family, present) {
        ("RedHat", _) => red_hat(host),
        ("Altlinux", "apt") => "apt_rpm",
        ("Debian", _) | (_, "apt") => apt(host),
        (_, other) => other,
    };
    Map::from_iter([("pkg_mgr".to_owned(), manager.into())])
}

fn red_hat(host: &Host<'_>) -> &'static str {
    if host.exists("/run/ostree-booted") {
        return "atomic_container";
    }
    let dnf = ["/usr/bin/dnf", "/usr/bin/microdnf"].into_iter().find(|path| host.exists(path));
    match dnf {
        Some(path) if host.real_path(path).ends_with("usr/bin/dnf5") => "dnf5",
        Some(_) => "dnf",
        None => "unknown",
    }
}

/// APT of dpkg, unless RPM says that it owns it.
fn apt(host: &Host<'_>) -> &'static str {
    let owned = host.exists("/usr/bin/rpm")
        && host.ask("/usr/bin/rpm", &["-q", "--whatprovides", "/usr/bin/apt-get"]).is_some();
    if owned { "apt_rpm" } else { "apt" }
}

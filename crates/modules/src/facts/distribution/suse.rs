//! SUSE and openSUSE.

use super::files::{File, Found};
use super::text::{major, raw};

pub(super) fn read(file: &File<'_>) -> Option<Found> {
    let lower = file.data.to_lowercase();
    lower.contains("suse").then_some(())?;
    let (open, enterprise) = (lower.contains("open"), lower.contains("enterprise"));
    let mut found = match file.path {
        "/etc/os-release" => os_release(file.data, open, enterprise),
        _ => release_file(file, open, enterprise),
    };
    found.extend(product(file).map(|name| ("", name.to_owned())));
    Some(found)
}

fn os_release(data: &str, open: bool, enterprise: bool) -> Found {
    let mut found = Found::new();
    for line in data.lines() {
        if let Some(name) = line.strip_prefix("NAME=") {
            found.push(("", name.trim_matches('"').to_owned()));
        }
        let Some((version, minor)) = line.strip_prefix("VERSION_ID=").and_then(numbers) else { continue };
        found.push(("_major_version", major(&version)));
        found.push(("_version", version));
        if open {
            found.push(("_release", minor));
        } else if enterprise {
            // Without a service pack it is the first release.
            found.push(("_release", if minor.is_empty() { "0".to_owned() } else { minor }));
        }
    }
    found
}

/// `15.4` and `4` of `"15.4"`.
fn numbers(value: &str) -> Option<(String, String)> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let value = value.strip_prefix('"').unwrap_or(value);
    let major = digits(value);
    let rest = &value[major.len()..];
    let minor = rest.strip_prefix('.').map(digits);
    let version = minor.as_ref().map_or_else(|| major.clone(), |minor| format!("{major}.{minor}"));
    (!major.is_empty()).then(|| (version, minor.unwrap_or_default()))
}

/// `/etc/SuSE-release`, of versions before 2014.
fn release_file(file: &File<'_>, open: bool, enterprise: bool) -> Found {
    let mut found = Found::new();
    let value = |line: &str, key: &str| {
        line.split_once(key)?.1.trim_start().strip_prefix('=').map(|value| value.trim().to_owned())
    };
    if open {
        found.extend(file.data.split_whitespace().next().map(|name| ("", name.to_owned())));
        found.extend(
            file.data.lines().filter_map(|line| value(line, "CODENAME")).map(|name| ("_release", name)),
        );
    } else if enterprise {
        let name = if file.has("Server") { Some("SLES") } else { file.has("Desktop").then_some("SLED") };
        found.extend(name.map(|name| ("", name.to_owned())));
        for level in file.data.lines().filter_map(|line| value(line, "PATCHLEVEL")) {
            found.push(("_version", format!("{}.{level}", file.guessed("distribution_version"))));
            found.push(("_release", level));
        }
    }
    found
}

/// Products built on SLES, by their variant or the link of the base product.
fn product(file: &File<'_>) -> Option<&'static str> {
    if file.data.lines().any(|line| line.starts_with("VARIANT_ID=")) {
        let at = raw(file.data, "\nVARIANT_ID").or_else(|| raw(file.data, "VARIANT_ID"))?;
        return match at.trim_matches('"') {
            "server-sap" | "sles-sap" => Some("SLES_SAP"),
            "transactional" => Some("SL-Micro"),
            _ => None,
        };
    }
    let link = "/etc/products.d/baseproduct";
    file.host.link(link)?;
    let product = file.host.real_path(link).to_string_lossy().into_owned();
    let known = [("SLES_SAP.prod", "SLES_SAP"), ("SL-Micro.prod", "SL-Micro")];
    known.iter().find(|(end, _)| product.ends_with(end)).map(|(_, name)| *name)
}

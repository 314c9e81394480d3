//! Proxies the environment names.

use super::url::Url;
use crate::System;

/// The proxy of a URL, unless the environment says the host is reached directly.
pub(super) fn of(url: &Url, sys: &System) -> Option<Result<Url, String>> {
    let both = |name: &str| {
        let given = |name: &str| sys.env(name).filter(|value| !value.is_empty());
        given(name).or_else(|| given(&name.to_uppercase()))
    };
    let proxy = both(&format!("{}_proxy", url.scheme)).or_else(|| both("all_proxy"))?;
    if both("no_proxy").is_some_and(|exceptions| bypassed(url, &exceptions)) {
        return None;
    }
    let proxy = if proxy.contains("://") { proxy } else { format!("http://{proxy}") };
    Some(Url::parse(&proxy).and_then(|parsed| match parsed.scheme.as_str() {
        "http" => Ok(parsed),
        other => Err(format!("proxies of the kind {other} are not supported, only http")),
    }))
}

/// As Python reads `no_proxy`: `*`, or names whose subdomains count too.
fn bypassed(url: &Url, exceptions: &str) -> bool {
    if exceptions.trim() == "*" {
        return true;
    }
    let host = url.host.to_lowercase();
    let with_port = format!("{host}:{}", url.port());
    exceptions.split(',').map(str::trim).filter(|name| !name.is_empty()).any(|name| {
        let name = name.trim_start_matches('.').to_lowercase();
        let fits = |host: &str| host == name || host.ends_with(&format!(".{name}"));
        fits(&host) || fits(&with_port)
    })
}

#[cfg(test)]
mod tests {
    use super::{Url, bypassed};

    #[test]
    fn exceptions_are_pythons() {
        let url = Url::parse("http://a.example.org:8080/").unwrap();
        for (exceptions, wanted) in [
            ("*", true),
            ("example.org", true),
            (".example.org", true),
            ("ample.org", false),
            ("x, a.example.org:8080", true),
        ] {
            assert_eq!(bypassed(&url, exceptions), wanted, "{exceptions}");
        }
    }
}

//! Which redirects are followed, and as what.

use super::Request;
use super::url::{Url, join};

/// How redirects are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// All.
    All,
    /// None.
    None,
    /// Those of GET and HEAD.
    Safe,
    /// As Python's `urllib` does.
    Urllib,
}

impl Redirects {
    /// The request that follows a redirect; `None` when it is not followed.
    pub(super) fn follow(
        self,
        request: &Request,
        status: u16,
        location: &str,
        dropped: &[String],
    ) -> Option<Request> {
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let method = request.method.as_str();
        let reading = matches!(method, "GET" | "HEAD");
        let allowed = match self {
            Self::All => true,
            Self::None => false,
            Self::Safe => reading,
            Self::Urllib => reading || (method == "POST" && matches!(status, 301..=303)),
        };
        if !allowed {
            return None;
        }
        let mut next = request.clone();
        next.url = join(&request.url, &location.replace(' ', "%20"));
        dropped.iter().for_each(|name| next.headers.remove(name));
        let keeps_body = matches!(status, 307 | 308) && self != Self::Urllib;
        if !keeps_body {
            next.body = None;
            ["Content-Length", "Content-Type", "Transfer-Encoding"]
                .iter()
                .for_each(|name| next.headers.remove(name));
        }
        let becomes_get = match self {
            Self::Urllib => method != "HEAD",
            _ => (matches!(status, 302 | 303) && method != "HEAD") || (status == 301 && method == "POST"),
        };
        if becomes_get {
            next.method = "GET".to_owned();
        }
        if !same_place(&request.url, &next.url) {
            // What was meant for one server is not told to another.
            ["Authorization", "Cookie"].iter().for_each(|name| next.headers.remove(name));
        }
        Some(next)
    }
}

pub(super) fn same_place(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.host == other.host && one.port() == other.port(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Redirects, Request};

    #[test]
    fn redirects_change_methods_as_in_ansible() {
        let follow = |how: Redirects, method: &str, status: u16| {
            let request =
                Request { method: method.to_owned(), url: "http://h/a".to_owned(), ..Request::default() };
            how.follow(&request, status, "/b", &[]).map(|next| next.method)
        };
        let table = [
            (Redirects::Safe, "GET", 302, Some("GET")),
            (Redirects::Safe, "POST", 302, None),
            (Redirects::All, "POST", 301, Some("GET")),
            (Redirects::All, "PUT", 301, Some("PUT")),
            (Redirects::All, "PUT", 303, Some("GET")),
            (Redirects::All, "POST", 307, Some("POST")),
            (Redirects::None, "GET", 301, None),
            (Redirects::Urllib, "POST", 302, Some("GET")),
            (Redirects::Urllib, "PUT", 302, None),
        ];
        for (how, method, status, wanted) in table {
            assert_eq!(follow(how, method, status).as_deref(), wanted, "{how:?} {method} {status}");
        }
    }
}

//! Fetching a URL for the controller itself, as the `url` lookup does.

use super::http::{Client, Headers, HttpError, Redirects, Request, UrlArgs};
use crate::system::{Services, Settings, System};
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

/// What to fetch and how.
#[derive(Clone, Debug)]
pub struct Get {
    /// Where from.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// User and password.
    pub login: Option<(String, String)>,
    /// Send them with the first request.
    pub force_basic_auth: bool,
    /// Check the server's certificate.
    pub validate_certs: bool,
    /// Certificates it is checked against.
    pub ca_path: Option<PathBuf>,
    /// Use the proxies of the environment.
    pub use_proxy: bool,
    /// Ask caches for a fresh answer.
    pub force: bool,
    /// What the client calls itself.
    pub http_agent: String,
    /// `urllib2`, `all` (`yes`), `safe`, `none` (`no`).
    pub follow_redirects: String,
    /// Kerberos; refused.
    pub use_gssapi: bool,
    /// Take user and password from `~/.netrc`.
    pub use_netrc: bool,
    /// A socket to connect to.
    pub unix_socket: Option<PathBuf>,
    /// Header fields left out after a redirect.
    pub unredirected_headers: Vec<String>,
    /// Ciphers; refused.
    pub ciphers: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// The server answered with an error.
    #[error("HTTP Error {status}: {reason}")]
    Status {
        /// The status code.
        status: u16,
        /// The server's words for it.
        reason: String,
    },
    /// No answer came, or a wish that cannot be met.
    #[error("{0}")]
    Unreached(String),
}

impl Get {
    /// The content.
    ///
    /// # Errors
    /// When no answer came, or one with an error status.
    pub fn fetch(self) -> Result<Vec<u8>, GetError> {
        let sys = System::new(Settings::default(), Services::default());
        let how = UrlArgs {
            force: self.force,
            http_agent: self.http_agent,
            use_proxy: self.use_proxy,
            validate_certs: self.validate_certs,
            force_basic_auth: self.force_basic_auth,
            use_gssapi: self.use_gssapi,
            unredirected_headers: self.unredirected_headers,
            ciphers: Some(self.ciphers),
            use_netrc: self.use_netrc,
            ..UrlArgs::usual()
        };
        let redirects = match self.follow_redirects.as_str() {
            "urllib2" | "urllib" => Redirects::Urllib,
            "all" | "yes" => Redirects::All,
            "safe" => Redirects::Safe,
            "none" | "no" => Redirects::None,
            other => return Err(GetError::Unreached(format!("unknown follow_redirects: {other}"))),
        };
        let client = Client {
            args: &how,
            user: self.login,
            redirects,
            timeout: self.timeout,
            unix_socket: self.unix_socket,
            ca_path: self.ca_path,
            sys: &sys,
        };
        let mut headers = Headers::default();
        for (name, value) in self.headers {
            headers.set(&name, value);
        }
        let request = Request { method: "GET".into(), url: self.url, headers, ..Request::default() };
        let unreached = |error: HttpError| GetError::Unreached(error.to_string());
        let mut answer = client.fetch(request).map_err(unreached)?;
        if !(200..300).contains(&answer.status) {
            return Err(GetError::Status { status: answer.status, reason: answer.msg });
        }
        let mut body = Vec::new();
        answer
            .content
            .read_to_end(&mut body)
            .map_err(|error| GetError::Unreached(format!("the answer broke off: {error}")))?;
        Ok(body)
    }
}

//! HTTP for modules: what Ansible's `fetch_url` does, over HTTP/1.1 and TLS.
//!
//! Written on sockets and rustls directly: modules promise plain requests through HTTP proxies,
//! Unix sockets, and redirects by Ansible's own rules, which client libraries do not offer.

mod auth;
mod client;
mod connect;
mod error;
mod headers;
mod proxy;
mod redirect;
mod tls;
mod url;
mod wire;

pub(crate) use client::{Client, Fetched};
pub(crate) use error::HttpError;
pub(crate) use headers::Headers;
pub(crate) use redirect::Redirects;
pub(crate) use url::{file_name, join, masked, quote_plus};

use crate::args::ModuleArgs;
use std::path::PathBuf;

/// The parameters of all modules that fetch a URL.
#[derive(Clone, Debug, ModuleArgs)]
pub(crate) struct UrlArgs {
    /// Do not let caches answer.
    #[arg(default = false)]
    pub(crate) force: bool,
    /// What the client calls itself.
    #[arg(default = "ansible-httpget")]
    pub(crate) http_agent: String,
    /// Use the proxies the environment names.
    #[arg(default = true)]
    pub(crate) use_proxy: bool,
    /// Refuse servers whose certificates nobody known has signed.
    #[arg(default = true)]
    pub(crate) validate_certs: bool,
    /// Send user and password with the first request, not only when asked.
    #[arg(default = false)]
    pub(crate) force_basic_auth: bool,
    /// A certificate to show, in PEM, with or without its key.
    pub(crate) client_cert: Option<PathBuf>,
    /// The key of that certificate, in PEM.
    pub(crate) client_key: Option<PathBuf>,
    /// Kerberos; not supported.
    #[arg(default = false)]
    pub(crate) use_gssapi: bool,
    /// Headers that are not sent again after a redirect.
    #[arg(default = [])]
    pub(crate) unredirected_headers: Vec<String>,
    /// Unpack content that was sent gzipped.
    #[arg(default = true)]
    pub(crate) decompress: bool,
    /// Cipher suites; not supported.
    pub(crate) ciphers: Option<Vec<String>>,
    /// Take user and password of a host from `~/.netrc`.
    #[arg(default = true)]
    pub(crate) use_netrc: bool,
}

impl UrlArgs {
    /// What tasks get that say nothing.
    pub(crate) fn usual() -> Self {
        Self {
            force: false,
            http_agent: "ansible-httpget".to_owned(),
            use_proxy: true,
            validate_certs: true,
            force_basic_auth: false,
            client_cert: None,
            client_key: None,
            use_gssapi: false,
            unredirected_headers: Vec::new(),
            decompress: true,
            ciphers: None,
            use_netrc: true,
        }
    }
}

/// One request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Headers,
    pub(crate) body: Option<Body>,
    /// Unix time of what is there already: the server need not send it again.
    pub(crate) modified: Option<i64>,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A file of this length.
    File(PathBuf, u64),
}

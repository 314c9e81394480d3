//! The network as templates see it: the modules' HTTP client.

use rplay_modules::{Get, GetError};
use rplay_template::{FetchError, Outside, Request};
use std::time::Duration;

/// This machine, with its network.
pub(crate) struct World;

impl Outside for World {
    fn fetch(&self, request: &Request) -> Result<Vec<u8>, FetchError> {
        let request = request.clone();
        let get = Get {
            url: request.url,
            headers: request.headers,
            login: request.login,
            force_basic_auth: request.force_basic_auth,
            validate_certs: request.validate_certs,
            ca_path: request.ca_path.map(Into::into),
            use_proxy: request.use_proxy,
            force: request.force,
            http_agent: request.http_agent,
            follow_redirects: request.follow_redirects,
            use_gssapi: request.use_gssapi,
            use_netrc: request.use_netrc,
            unix_socket: request.unix_socket.map(Into::into),
            unredirected_headers: request.unredirected_headers,
            ciphers: request.ciphers,
            timeout: Duration::try_from_secs_f64(request.timeout).unwrap_or(Duration::from_secs(10)),
        };
        get.fetch().map_err(|error| match error {
            GetError::Status { status, reason } => FetchError::Status { status, reason },
            GetError::Unreached(why) => FetchError::Unreached(why),
        })
    }
}

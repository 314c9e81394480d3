//! Modules that speak to the network, and the HTTP client they share.

mod get;
pub(crate) mod get_url;
mod get_url_sums;
pub(crate) mod http;
#[cfg(test)]
mod test_server;
pub(crate) mod uri;
mod uri_body;

pub use get::{Get, GetError};

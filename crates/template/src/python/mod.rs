//! Pieces of Python's standard library that filters, tests and lookups promise the results of.

pub(crate) mod base64;
pub(crate) mod crypt;
pub(crate) mod csv;
pub(crate) mod dns;
pub(crate) mod hashes;
pub(crate) mod human;
pub(crate) mod ini;
pub(crate) mod json;
pub(crate) mod literal;
pub(crate) mod netaddr;
pub(crate) mod path;
pub(crate) mod random;
pub(crate) mod re;
pub(crate) mod shell;
pub(crate) mod strftime;
pub(crate) mod strptime;
pub(crate) mod url;
pub(crate) mod version;

//! `fips`.

use super::host::Host;
use crate::args::Map;

pub(super) fn collect(host: &Host<'_>) -> Map {
    let on = host.content("/proc/sys/crypto/fips_enabled").as_deref() == Some("1");
    Map::from_iter([("fips".to_owned(), on.into())])
}

//! Names of object identifiers: OpenSSL's, from its `objects.txt` (Apache License 2.0).

use std::{collections::HashMap, sync::LazyLock};
use x509_cert::der::asn1::ObjectIdentifier;

/// Identifier, long name, and the short name where it is another.
const TABLE: &str = include_str!("oids.tsv");

static NAMES: LazyLock<HashMap<&str, (&str, Option<&str>)>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let mut fields = line.split('\t');
        Some((fields.next()?, (fields.next()?, fields.next())))
    };
    TABLE.lines().filter_map(entry).collect()
});

/// The long name, or the numbers of an unknown one.
pub(super) fn name(oid: ObjectIdentifier) -> String {
    let numbers = oid.to_string();
    NAMES.get(numbers.as_str()).map_or(numbers.clone(), |(long, _)| (*long).to_owned())
}

/// The short name, or the numbers of an unknown one.
pub(super) fn short_name(oid: ObjectIdentifier) -> String {
    let numbers = oid.to_string();
    NAMES.get(numbers.as_str()).map_or(numbers.clone(), |(long, short)| short.unwrap_or(long).to_owned())
}

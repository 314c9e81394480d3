//! Distinguished names.

use super::oid;
use crate::Val;
use x509_cert::{
    attr::AttributeTypeAndValue,
    der::{Tag, Tagged, asn1::Any},
    name::Name,
};

/// The text of an attribute, whichever of ASN.1's kinds it has.
fn text(value: &Any) -> String {
    let bytes = value.value();
    match value.tag() {
        Tag::BmpString => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        Tag::TeletexString => bytes.iter().copied().map(char::from).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The names and texts of the attributes, in their order.
pub(super) fn pairs(name: &Name) -> Vec<(String, String)> {
    name.iter().map(|attribute| (oid::name(attribute.oid), text(&attribute.value))).collect()
}

/// The last text of each name.
pub(super) fn dict(pairs: &[(String, String)]) -> Val {
    Val::dict(pairs.iter().map(|(name, text)| (name.as_str(), Val::from(text.as_str()))))
}

/// Lists of name and text.
pub(super) fn list(pairs: &[(String, String)]) -> Val {
    let pair =
        |(name, text): &(String, String)| Val::list([Val::from(name.as_str()), Val::from(text.as_str())]);
    Val::list(pairs.iter().map(pair))
}

/// RFC 4514: short names, the last attribute first.
pub(super) fn line(name: &Name) -> String {
    let part = |attribute: &AttributeTypeAndValue| {
        format!("{}={}", oid::short_name(attribute.oid), escaped(&text(&attribute.value)))
    };
    let mut parts: Vec<String> = name.iter().map(part).collect();
    parts.reverse();
    parts.join(",")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.chars().enumerate() {
        match char {
            '\0' => out.push_str("\\00"),
            '\\' | ',' | '+' | '<' | '>' | ';' | '"' => out.extend(['\\', char]),
            ' ' | '#' if at == 0 => out.extend(['\\', char]),
            char => out.push(char),
        }
    }
    // A last space that is the first as well has its backslash already.
    if out.ends_with(' ') && out != "\\ " {
        out.insert(out.len() - 1, '\\');
    }
    out
}

//! The tags Ansible's loader knows.

use crate::resolve::Type;

/// What an explicit tag asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Scalar(Type),
    Seq,
    Map,
    Set,
    /// `!!omap` and `!!pairs`: lists of pairs.
    Pairs,
    Unsafe,
    Vault,
    /// `!vault-encrypted`, the deprecated spelling.
    VaultEncrypted,
}

impl Tag {
    /// The meaning of a full tag; `None` for one without a meaning.
    pub(crate) fn parse(tag: &str) -> Option<Self> {
        match tag {
            "!unsafe" => return Some(Tag::Unsafe),
            "!vault" => return Some(Tag::Vault),
            "!vault-encrypted" => return Some(Tag::VaultEncrypted),
            _ => {}
        }
        Some(match tag.strip_prefix("tag:yaml.org,2002:")? {
            "null" => Tag::Scalar(Type::Null),
            "bool" => Tag::Scalar(Type::Bool),
            "int" => Tag::Scalar(Type::Int),
            "float" => Tag::Scalar(Type::Float),
            "timestamp" => Tag::Scalar(Type::Timestamp),
            "binary" => Tag::Scalar(Type::Binary),
            "merge" => Tag::Scalar(Type::Merge),
            "value" => Tag::Scalar(Type::Value),
            "str" | "python/unicode" => Tag::Scalar(Type::Str),
            "seq" => Tag::Seq,
            "map" | "python/dict" => Tag::Map,
            "set" => Tag::Set,
            "omap" | "pairs" => Tag::Pairs,
            _ => return None,
        })
    }

    /// PyYAML's word for the kind of node this tag needs.
    pub(crate) fn needs(self) -> &'static str {
        match self {
            Tag::Seq | Tag::Pairs => "sequence",
            Tag::Map | Tag::Set => "mapping",
            _ => "scalar",
        }
    }
}

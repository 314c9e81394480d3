//! DNS messages: questions, and records as `dnspython` shows them.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr},
};

/// What a part of a record's data is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Byte,
    Short,
    Long,
    Name,
    V4,
    V6,
    Text,
    /// Texts to the end.
    Texts,
    /// Bytes to the end.
    Hex,
    Base64,
    /// A text without quotes to the end, and its quotes in the record's text.
    Rest,
    /// A counted salt.
    Salt,
}

/// A value of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

/// A record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The name it is of, with its last dot.
    pub owner: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// Its data by name.
    pub fields: Vec<(&'static str, Field)>,
    /// Its data as in a zone file.
    pub text: String,
}

/// What a server answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Records of the type asked for.
    Records(Vec<Record>),
    /// There is no such name.
    NoName,
    /// The answer was cut and must be asked for again over TCP.
    Cut,
    /// The server failed: its code.
    Failed(u8),
}

/// A type of records: name, code, data.
type Kind = (&'static str, u16, &'static [(&'static str, Part)]);

const KINDS: &[Kind] = &[
    ("A", 1, &[("address", Part::V4)]),
    ("NS", 2, &[("target", Part::Name)]),
    ("CNAME", 5, &[("target", Part::Name)]),
    (
        "SOA",
        6,
        &[
            ("mname", Part::Name),
            ("rname", Part::Name),
            ("serial", Part::Long),
            ("refresh", Part::Long),
            ("retry", Part::Long),
            ("expire", Part::Long),
            ("minimum", Part::Long),
        ],
    ),
    ("PTR", 12, &[("target", Part::Name)]),
    ("HINFO", 13, &[("cpu", Part::Text), ("os", Part::Text)]),
    ("MX", 15, &[("preference", Part::Short), ("exchange", Part::Name)]),
    ("TXT", 16, &[("strings", Part::Texts)]),
    ("RP", 17, &[("mbox", Part::Name), ("txt", Part::Name)]),
    ("AAAA", 28, &[("address", Part::V6)]),
    (
        "SRV",
        33,
        &[("priority", Part::Short), ("weight", Part::Short), ("port", Part::Short), ("target", Part::Name)],
    ),
    (
        "NAPTR",
        35,
        &[
            ("order", Part::Short),
            ("preference", Part::Short),
            ("flags", Part::Text),
            ("service", Part::Text),
            ("regexp", Part::Text),
            ("replacement", Part::Name),
        ],
    ),
    ("DNAME", 39, &[("target", Part::Name)]),
    (
        "DS",
        43,
        &[
            ("key_tag", Part::Short),
            ("algorithm", Part::Byte),
            ("digest_type", Part::Byte),
            ("digest", Part::Hex),
        ],
    ),
    ("SSHFP", 44, &[("algorithm", Part::Byte), ("fp_type", Part::Byte), ("fingerprint", Part::Hex)]),
    (
        "DNSKEY",
        48,
        &[("flags", Part::Short), ("protocol", Part::Byte), ("algorithm", Part::Byte), ("key", Part::Base64)],
    ),
    (
        "NSEC3PARAM",
        51,
        &[
            ("algorithm", Part::Byte),
            ("flags", Part::Byte),
            ("iterations", Part::Short),
            ("salt", Part::Salt),
        ],
    ),
    (
        "TLSA",
        52,
        &[("usage", Part::Byte), ("selector", Part::Byte), ("mtype", Part::Byte), ("cert", Part::Hex)],
    ),
    ("SPF", 99, &[("strings", Part::Texts)]),
    ("CAA", 257, &[("flags", Part::Byte), ("tag", Part::Rest), ("value", Part::Rest)]),
];

/// Whether records of that type can be asked for.
pub(crate) fn is_known(kind: &str) -> bool {
    KINDS.iter().any(|(name, ..)| *name == kind)
}

/// A question for records of a type and class; none for a name that cannot be asked for.
pub(crate) fn question(id: u16, name: &str, kind: &str, class: u16) -> Option<Vec<u8>> {
    let (_, code, _) = KINDS.iter().find(|(known, ..)| *known == kind)?;
    let mut out = id.to_be_bytes().to_vec();
    // Recursion desired, one question.
    out.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.').filter(|label| *label != "" || name != ".") {
        if label.is_empty() || label.len() > 63 {
            return None;
        }
        out.push(u8::try_from(label.len()).ok()?);
        out.extend(label.as_bytes());
    }
    out.push(0);
    out.extend(code.to_be_bytes());
    out.extend(class.to_be_bytes());
    (out.len() <= 300).then_some(out)
}

/// Reads an answer to the question `id`; none for bytes that are no answer to it.
pub(crate) fn answer(bytes: &[u8], id: u16, kind: &str) -> Option<Answer> {
    let (_, wanted, parts) = KINDS.iter().find(|(known, ..)| *known == kind)?;
    let mut reader = Reader { bytes, at: 0 };
    let (got, flags) = (reader.short()?, reader.short()?);
    if got != id || flags & 0x8000 == 0 {
        return None;
    }
    if flags & 0x0200 != 0 {
        return Some(Answer::Cut);
    }
    match flags & 15 {
        0 => {}
        3 => return Some(Answer::NoName),
        code => return Some(Answer::Failed(code as u8)),
    }
    let (questions, answers) = (reader.short()?, reader.short()?);
    reader.at += 4;
    for _ in 0..questions {
        reader.name()?;
        reader.at += 4;
    }
    let mut records = Vec::new();
    for _ in 0..answers {
        let owner = reader.name()?;
        let (code, _class, ttl) = (reader.short()?, reader.short()?, reader.long()?);
        let length = usize::from(reader.short()?);
        let end = reader.at.checked_add(length).filter(|end| *end <= bytes.len())?;
        if code == *wanted {
            let (fields, text) = data(&mut reader, parts, end)?;
            records.push(Record { owner, ttl, fields, text });
        }
        reader.at = end;
    }
    Some(Answer::Records(records))
}

type Data = (Vec<(&'static str, Field)>, String);

fn data(reader: &mut Reader<'_>, parts: &[(&'static str, Part)], end: usize) -> Option<Data> {
    let (mut fields, mut words) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for (name, part) in parts {
        let number = |number: i64| (Field::Number(number), number.to_string());
        let plain = |text: String| (Field::Text(text.clone()), text);
        let (field, word) = match part {
            Part::Byte => number(reader.byte()?.into()),
            Part::Short => number(reader.short()?.into()),
            Part::Long => number(reader.long()?.into()),
            Part::Name => plain(reader.name()?),
            Part::V4 => plain(Ipv4Addr::from(reader.long()?).to_string()),
            Part::V6 => plain(Ipv6Addr::from(<[u8; 16]>::try_from(reader.take(16)?).ok()?).to_string()),
            Part::Text => {
                let text = reader.text()?;
                (Field::Text(text.clone()), quoted(&text))
            }
            Part::Texts => {
                let mut texts = Vec::new();
                while reader.at < end {
                    texts.push(reader.text()?);
                }
                let word = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" ");
                (Field::Texts(texts), word)
            }
            Part::Hex => {
                let hex = hexed(reader.take(end.checked_sub(reader.at)?)?);
                (Field::Text(hex.clone()), chunks(&hex, 128))
            }
            Part::Base64 => {
                let text = STANDARD.encode(reader.take(end.checked_sub(reader.at)?)?);
                (Field::Text(text.clone()), chunks(&text, 32))
            }
            // A certificate authority: a tag with its length, then a value without one.
            Part::Rest if *name == "tag" => plain(reader.text()?),
            Part::Rest => {
                let rest = reader.take(end.checked_sub(reader.at)?)?;
                let text = String::from_utf8_lossy(rest).into_owned();
                (Field::Text(text.clone()), quoted(&text))
            }
            Part::Salt => {
                let length = usize::from(reader.byte()?);
                let salt = hexed(reader.take(length)?);
                let word = if salt.is_empty() { "-".into() } else { salt.clone() };
                (Field::Text(salt), word)
            }
        };
        fields.push((*name, field));
        words.push(word);
    }
    Some((fields, words.join(" ")))
}

fn hexed(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn chunks(text: &str, size: usize) -> String {
    let chunks: Vec<String> =
        text.as_bytes().chunks(size).map(|chunk| String::from_utf8_lossy(chunk).into_owned()).collect();
    chunks.join(" ")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(part)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn long(&mut self) -> Option<u32> {
        self.take(4).map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?);
        self.take(length).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A name, which may go on elsewhere in the message.
    fn name(&mut self) -> Option<String> {
        let mut out = String::new();
        let (mut at, mut after) = (self.at, None);
        // Every jump leads to another place of a message of at most 64 KiB.
        for _ in 0..256 {
            let length = usize::from(*self.bytes.get(at)?);
            match length {
                0 => {
                    self.at = after.unwrap_or(at + 1);
                    return Some(if out.is_empty() { ".".into() } else { out });
                }
                64.. => {
                    let low = usize::from(*self.bytes.get(at + 1)?);
                    after.get_or_insert(at + 2);
                    at = (length & 63) << 8 | low;
                }
                length => {
                    out.push_str(&String::from_utf8_lossy(self.bytes.get(at + 1..=at + length)?));
                    out.push('.');
                    at += 1 + length;
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Field, answer, question};

    #[test]
    fn questions_and_answers_fit() {
        let asked = question(7, "mail.example.org.", "MX", 1).unwrap();
        let mut reply = asked.clone();
        reply[2] = 0x81;
        reply[3] = 0x80;
        reply[7] = 1;
        // The owner is the question's name; the exchange is `mx.` in front of its domain.
        reply.extend([0xc0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 7, 0, 10, 2, b'm', b'x', 0xc0, 17]);
        let Some(Answer::Records(records)) = answer(&reply, 7, "MX") else { panic!("no records") };
        assert_eq!(records[0].text, "10 mx.example.org.");
        assert_eq!(records[0].owner, "mail.example.org.");
        assert_eq!(records[0].fields[0], ("preference", Field::Number(10)));
        assert_eq!(answer(&reply, 8, "MX"), None);
        reply[3] = 0x83;
        assert_eq!(answer(&reply, 7, "MX"), Some(Answer::NoName));
    }

    #[test]
    fn broken_answers_are_none() {
        let mut looping = question(1, "a.b", "A", 1).unwrap();
        looping[2] = 0x81;
        looping[7] = 1;
        let at = looping.len() as u8;
        looping.extend([0xc0, at]);
        assert_eq!(answer(&looping, 1, "A"), None);
        assert_eq!(answer(&[], 1, "A"), None);
        assert_eq!(question(1, &"x".repeat(64), "A", 1), None);
    }
}

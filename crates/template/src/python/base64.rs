//! `base64.b64encode` and `b64decode` with their text encodings.

use crate::{Fault, Res};
use ::base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use rplay_value::surrogates;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Standard or URL-safe alphabet, padded.
pub(crate) fn encode(bytes: &[u8], url_safe: bool) -> String {
    let text = ENGINE.encode(bytes);
    if url_safe { text.replace('+', "-").replace('/', "_") } else { text }
}

/// Python's lenient decoding: characters outside the alphabet are skipped.
pub(crate) fn decode(text: &str, url_safe: bool) -> Res<Vec<u8>> {
    let mut kept = String::with_capacity(text.len());
    for char in text.chars() {
        let char = match char {
            '-' if url_safe => '+',
            '_' if url_safe => '/',
            char => char,
        };
        match char {
            '=' if kept.len() % 4 >= 2 => {
                // Padding: complete after the second '=' (or the first, after three characters).
                let padding = 4 - kept.len() % 4;
                let at_hand = text.chars().filter(|char| *char == '=').count();
                if at_hand >= padding {
                    break;
                }
                return Err(padding_error());
            }
            char if char.is_ascii_alphanumeric() || char == '+' || char == '/' => kept.push(char),
            _ => {}
        }
    }
    match kept.len() % 4 {
        0 => {}
        1 => {
            return Err(Fault::raised(
                "Error",
                format!(
                    "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
                    kept.len()
                ),
            ));
        }
        _ if !text.contains('=') => return Err(padding_error()),
        _ => {}
    }
    ENGINE.decode(&kept).map_err(|error| Fault::raised("Error", error.to_string()))
}

fn padding_error() -> Fault {
    Fault::raised("Error", "Incorrect padding")
}

/// Text in a named encoding.
pub(crate) fn encode_text(text: &str, encoding: &str) -> Res<Vec<u8>> {
    match codec(encoding)? {
        Codec::Utf8 => utf8_bytes(text),
        Codec::Utf8Sig => Ok([b"\xef\xbb\xbf".as_slice(), &utf8_bytes(text)?].concat()),
        Codec::Single(most, name) => text
            .chars()
            .enumerate()
            .map(|(at, char)| {
                let byte = u8::try_from(u32::from(char)).ok().filter(|byte| *byte <= most);
                byte.or_else(|| surrogates::escaped_byte(char)).ok_or_else(|| {
                    Fault::raised(
                        "UnicodeEncodeError",
                        format!(
                            "'{name}' codec can't encode character {} in position {at}: ordinal not in range({})",
                            escaped(char),
                            u32::from(most) + 1
                        ),
                    )
                })
            })
            .collect(),
        Codec::Other(encoding) => {
            let mut out = Vec::with_capacity(text.len());
            for (at, char) in text.chars().enumerate() {
                let mut buffer = [0; 4];
                let (bytes, _, unmappable) = encoding.encode(char.encode_utf8(&mut buffer));
                if unmappable {
                    let name = encoding.name().to_ascii_lowercase();
                    // Python has one codec for all that are tables of single bytes.
                    let name = if encoding.is_single_byte() { "charmap" } else { &name };
                    return Err(Fault::raised(
                        "UnicodeEncodeError",
                        format!(
                            "'{name}' codec can't encode character {} in position {at}: character maps to <undefined>",
                            escaped(char)
                        ),
                    ));
                }
                out.extend_from_slice(&bytes);
            }
            Ok(out)
        }
        Codec::Utf16(little, mark) => {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            let mark = mark.then_some(0xfeff);
            Ok(mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect())
        }
        Codec::Utf32(little, mark) => {
            let bytes = |code: u32| if little { code.to_le_bytes() } else { code.to_be_bytes() };
            let mark = mark.then_some(0xfeff);
            Ok(mark.into_iter().chain(text.chars().map(u32::from)).flat_map(bytes).collect())
        }
    }
}

/// Ansible's `to_bytes` in UTF-8, with `surrogate_or_strict`.
pub(crate) fn utf8_bytes(text: &str) -> Res<Vec<u8>> {
    surrogates::encode(text).map(std::borrow::Cow::into_owned).map_err(|error| not_utf8(&error))
}

/// A text that must be UTF-8 and is not, as Python's exception.
pub(crate) fn not_utf8(error: &surrogates::NotUtf8) -> Fault {
    Fault::raised("UnicodeEncodeError", error.to_string())
}

/// Bytes of a named encoding as text, as Python's `bytes.decode` takes them: all must belong in it.
pub(crate) fn decode_strict(bytes: &[u8], encoding: &str) -> Res<String> {
    match codec(encoding)? {
        Codec::Utf8 => utf8(bytes),
        Codec::Utf8Sig => utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
        Codec::Single(most, name) => match bytes.iter().position(|byte| *byte > most) {
            Some(at) => Err(Fault::raised(
                "UnicodeDecodeError",
                format!(
                    "'{name}' codec can't decode byte 0x{:02x} in position {at}: ordinal not in range({})",
                    bytes[at],
                    u32::from(most) + 1
                ),
            )),
            None => Ok(bytes.iter().copied().map(char::from).collect()),
        },
        _ => decode_text(bytes, encoding),
    }
}

/// Bytes of a named encoding as text; bytes that do not belong in UTF-8 or ASCII are kept as Python's
/// `surrogateescape` keeps them.
pub(crate) fn decode_text(bytes: &[u8], encoding: &str) -> Res<String> {
    let bad = |message: String| Fault::raised("UnicodeDecodeError", message);
    match codec(encoding)? {
        Codec::Utf8 => Ok(surrogates::decode(bytes)),
        Codec::Utf8Sig => Ok(surrogates::decode(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))),
        Codec::Single(most, _) => {
            let escaped = |byte: u32| surrogates::char_of(0xdc00 + byte);
            let char = |byte: &u8| match *byte {
                byte if byte <= most => Some(char::from(byte)),
                byte => escaped(byte.into()),
            };
            Ok(bytes.iter().filter_map(char).collect())
        }
        Codec::Other(encoding) => {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
            text.map(String::from).ok_or_else(|| {
                bad(format!("'{}' codec can't decode the bytes", encoding.name().to_ascii_lowercase()))
            })
        }
        Codec::Utf16(little, mark) => {
            let (little, bytes) = match bytes {
                [0xff, 0xfe, rest @ ..] if mark => (true, rest),
                [0xfe, 0xff, rest @ ..] if mark => (false, rest),
                _ => (little, bytes),
            };
            let unit = |pair: &[u8]| match (pair, little) {
                ([a, b], true) => u16::from_le_bytes([*a, *b]),
                ([a, b], false) => u16::from_be_bytes([*a, *b]),
                _ => 0xd800,
            };
            let units: Vec<u16> = bytes.chunks(2).map(unit).collect();
            String::from_utf16(&units).map_err(|_| bad("'utf-16' codec can't decode the bytes".into()))
        }
        Codec::Utf32(little, mark) => {
            let bytes = if mark { bytes.strip_prefix(b"\xff\xfe\0\0").unwrap_or(bytes) } else { bytes };
            let char = |four: &[u8]| {
                let four: [u8; 4] = four.try_into().ok()?;
                char::from_u32(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
            };
            let text: Option<String> = bytes.chunks(4).map(char).collect();
            text.ok_or_else(|| bad("'utf-32' codec can't decode the bytes".into()))
        }
    }
}

/// UTF-8, with Python's words for what is not.
pub(crate) fn utf8(bytes: &[u8]) -> Res<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        let byte = bytes[at];
        let reason = match error.error_len() {
            None => "unexpected end of data",
            Some(_) if byte < 0xc2 || byte > 0xf4 => "invalid start byte",
            Some(_) => "invalid continuation byte",
        };
        Fault::raised(
            "UnicodeDecodeError",
            format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {reason}"),
        )
    })
}

fn escaped(char: char) -> String {
    let code = u32::from(char);
    match code {
        ..=0xff => format!("'\\x{code:02x}'"),
        ..=0xffff => format!("'\\u{code:04x}'"),
        _ => format!("'\\U{code:08x}'"),
    }
}

enum Codec {
    Utf8,
    Utf8Sig,
    /// Highest byte, name in messages.
    Single(u8, &'static str),
    /// Little endian, with a byte order mark.
    Utf16(bool, bool),
    Utf32(bool, bool),
    /// One of the older encodings of the web.
    Other(&'static encoding_rs::Encoding),
}

fn codec(name: &str) -> Res<Codec> {
    Ok(match name.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
        "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Codec::Utf8,
        "utf_8_sig" => Codec::Utf8Sig,
        "ascii" | "us_ascii" | "646" => Codec::Single(0x7f, "ascii"),
        "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" | "8859" | "cp819" | "latin" | "l1" => {
            Codec::Single(0xff, "latin-1")
        }
        "utf_16" | "utf16" | "u16" => Codec::Utf16(true, true),
        "utf_16_le" | "utf_16le" => Codec::Utf16(true, false),
        "utf_16_be" | "utf_16be" => Codec::Utf16(false, false),
        "utf_32" | "utf32" | "u32" => Codec::Utf32(true, true),
        "utf_32_le" | "utf_32le" => Codec::Utf32(true, false),
        "utf_32_be" | "utf_32be" => Codec::Utf32(false, false),
        _ => {
            let found = encoding_rs::Encoding::for_label(label(name).as_bytes());
            Codec::Other(
                found.ok_or_else(|| Fault::raised("LookupError", format!("unknown encoding: {name}")))?,
            )
        }
    })
}

/// The web's name of an encoding for Python's: `cp1252`, `iso8859_15`, `koi8_r`.
fn label(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('_', "-");
    match name.strip_prefix("cp125") {
        Some(digit) => format!("windows-125{digit}"),
        None => match name.strip_prefix("iso8859") {
            Some(part) => format!("iso-8859{part}"),
            None => name,
        },
    }
}

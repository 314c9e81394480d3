//! `str.encode` and `bytes.decode` with their error handlers.

use crate::{Fault, Res, python::base64};

/// `text.encode(encoding, errors)`.
pub(super) fn encode(text: &str, encoding: &str, errors: &str) -> Res<Vec<u8>> {
    match base64::encode_text(text, encoding) {
        Err(fault) if fault.is("UnicodeEncodeError") && errors != "strict" => {
            let mut out = Vec::with_capacity(text.len());
            for char in text.chars() {
                let one = String::from(char);
                let bytes = base64::encode_text(&one, encoding);
                out.extend(match bytes {
                    Ok(bytes) => bytes,
                    Err(_) => base64::encode_text(&stand_in(char, errors)?, encoding)?,
                });
            }
            Ok(out)
        }
        result => result,
    }
}

/// What stands for a character that an encoding has not got.
fn stand_in(char: char, errors: &str) -> Res<String> {
    let code = u32::from(char);
    Ok(match errors {
        "ignore" => String::new(),
        "replace" => "?".into(),
        "xmlcharrefreplace" => format!("&#{code};"),
        "backslashreplace" => char_escape(code),
        other => return Err(unknown_handler(other)),
    })
}

fn char_escape(code: u32) -> String {
    match code {
        ..=0xff => format!("\\x{code:02x}"),
        ..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn unknown_handler(name: &str) -> Fault {
    Fault::raised("LookupError", format!("unknown error handler name {}", rplay_value::str_repr(name)))
}

/// `bytes.decode(encoding, errors)`. The handlers are for UTF-8 and ASCII; elsewhere what is wrong stays an
/// error.
pub(super) fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Res<String> {
    match base64::decode_strict(bytes, encoding) {
        Err(fault) if fault.is("UnicodeDecodeError") && errors != "strict" => {
            let ascii = fault.cause().message.starts_with("'ascii'");
            if !ascii && !fault.cause().message.starts_with("'utf-8'") {
                return Err(fault);
            }
            let mut out = String::new();
            for chunk in bytes.utf8_chunks() {
                for char in chunk.valid().chars() {
                    match char.len_utf8() {
                        1 => out.push(char),
                        _ if !ascii => out.push(char),
                        _ => replaced(&mut out, char.encode_utf8(&mut [0; 4]).as_bytes(), errors, true)?,
                    }
                }
                replaced(&mut out, chunk.invalid(), errors, ascii)?;
            }
            Ok(out)
        }
        result => result,
    }
}

/// Appends what stands for bytes that are no text: for `each` of them, or for all.
fn replaced(out: &mut String, bytes: &[u8], errors: &str, each: bool) -> Res<()> {
    let count = if each { bytes.len() } else { usize::from(!bytes.is_empty()) };
    match errors {
        "ignore" => {}
        "replace" => out.extend(std::iter::repeat_n('\u{fffd}', count)),
        "backslashreplace" => bytes.iter().for_each(|byte| out.push_str(&char_escape((*byte).into()))),
        other if !bytes.is_empty() => return Err(unknown_handler(other)),
        _ => {}
    }
    Ok(())
}

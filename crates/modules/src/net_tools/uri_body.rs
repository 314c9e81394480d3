//! Bodies of requests: JSON, forms, forms of several parts.

use crate::args::{Map, Value, json_dumps, str_of, type_name};
use crate::net_tools::http::quote_plus;
use crate::{Failure, System};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// `body_format: json`; text is taken as JSON already.
pub(super) fn json(body: &Value) -> Vec<u8> {
    match body {
        Value::String(text) => text.clone().into_bytes(),
        other => json_dumps(other).into_bytes(),
    }
}

/// `body_format: form-urlencoded`: a dict, or a list of pairs; lists as values repeat the name.
pub(super) fn urlencoded(body: &Value) -> Result<Vec<u8>, Failure> {
    let bad = || {
        Failure::new("failed to parse body as form_urlencoded: too many values to unpack").with("elapsed", 0)
    };
    let pairs: Vec<(String, Value)> = match body {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Value::Array(items) => {
            let pair = |item: &Value| match item.as_array().map(Vec::as_slice) {
                Some([name, value]) => Ok((str_of(name), value.clone())),
                _ => Err(bad()),
            };
            items.iter().map(pair).collect::<Result<_, _>>()?
        }
        other => return Ok(str_of(other).into_bytes()),
    };
    let mut fields = Vec::new();
    for (name, value) in pairs {
        let values = match value {
            Value::Array(items) => items,
            Value::Object(map) => map.keys().map(|key| Value::from(key.as_str())).collect(),
            other => vec![other],
        };
        for value in values.iter().filter(|value| !value.is_null()) {
            fields.push(format!("{}={}", quote_plus(&name), quote_plus(&str_of(value))));
        }
    }
    Ok(fields.join("&").into_bytes())
}

/// `body_format: form-multipart`: the content type with its boundary, and the body.
pub(super) fn multipart(body: &Value, sys: &System) -> Result<(String, Vec<u8>), Failure> {
    let refused = |why: String| Failure::new(format!("failed to parse body as form-multipart: {why}"));
    let Value::Object(fields) = body else {
        return Err(refused(format!("Mapping is required, cannot be type {}", type_name(body))));
    };
    let boundary = format!("==============={:020}==", RandomState::new().build_hasher().finish());
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort();
    let mut out = Vec::new();
    for name in names {
        out.extend(format!("--{boundary}\r\n").into_bytes());
        let part = match &fields[name] {
            Value::String(text) => Part {
                mime: "text/plain".to_owned(),
                encoding: None,
                file: None,
                content: text.clone().into_bytes(),
            },
            Value::Object(part) => Part::of(part, sys).map_err(|why| refused(why))?,
            other => {
                let kind = type_name(other);
                return Err(refused(format!("value must be a string, or mapping, cannot be type {kind}")));
            }
        };
        part.write(name, &mut out);
    }
    out.extend(format!("--{boundary}--\r\n").into_bytes());
    Ok((format!("multipart/form-data; boundary=\"{boundary}\""), out))
}

struct Part {
    mime: String,
    encoding: Option<&'static str>,
    file: Option<String>,
    content: Vec<u8>,
}

impl Part {
    fn of(part: &Map, sys: &System) -> Result<Self, String> {
        let text = |key: &str| {
            part.get(key).filter(|value| !value.is_null()).map(str_of).filter(|text| !text.is_empty())
        };
        let (file, content) = (text("filename"), text("content"));
        let mime =
            text("mime_type").unwrap_or_else(|| guessed(file.as_deref().unwrap_or_default()).to_owned());
        let (encoding, content) = match (content, &file) {
            (Some(content), _) => (None, content.into_bytes()),
            (None, Some(path)) => {
                let bytes = sys.read(path).map_err(|error| error.to_string())?;
                match text("multipart_encoding").as_deref() {
                    None | Some("base64") => (Some("base64"), wrapped(&bytes)),
                    Some("7or8bit") => (Some(if bytes.is_ascii() { "7bit" } else { "8bit" }), bytes),
                    Some(other) => {
                        return Err(format!(
                            "multipart_encoding must be one of base64, 7or8bit, got: {other}"
                        ));
                    }
                }
            }
            (None, None) => return Err("at least one of filename or content must be provided".to_owned()),
        };
        let file = file.map(|path| path.rsplit('/').next().unwrap_or_default().to_owned());
        Ok(Self { mime, encoding, file, content })
    }

    fn write(self, name: &str, out: &mut Vec<u8>) {
        if let Some(encoding) = self.encoding {
            out.extend(format!("Content-Transfer-Encoding: {encoding}\r\n").into_bytes());
        }
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        out.extend(format!("Content-Type: {}\r\n", self.mime).into_bytes());
        let file = self.file.map_or(String::new(), |file| format!("; filename=\"{}\"", quoted(&file)));
        out.extend(
            format!("Content-Disposition: form-data; name=\"{}\"{file}\r\n\r\n", quoted(name)).into_bytes(),
        );
        out.extend(self.content);
        out.extend(b"\r\n");
    }
}

/// Base64 in lines of 76 letters.
fn wrapped(bytes: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(76).collect();
    let mut out = lines.join(&b"\r\n"[..]);
    out.extend(b"\r\n");
    out
}

fn guessed(file: &str) -> &'static str {
    let known = [
        (".css", "text/css"),
        (".csv", "text/csv"),
        (".gif", "image/gif"),
        (".htm", "text/html"),
        (".html", "text/html"),
        (".jpeg", "image/jpeg"),
        (".jpg", "image/jpeg"),
        (".js", "text/javascript"),
        (".json", "application/json"),
        (".pdf", "application/pdf"),
        (".png", "image/png"),
        (".py", "text/x-python"),
        (".sh", "application/x-sh"),
        (".svg", "image/svg+xml"),
        (".tar", "application/x-tar"),
        (".tgz", "application/x-tar"),
        (".txt", "text/plain"),
        (".xml", "text/xml"),
        (".zip", "application/zip"),
    ];
    let file = file.to_lowercase();
    known.iter().find(|(end, _)| file.ends_with(end)).map_or("application/octet-stream", |(_, mime)| mime)
}

#[cfg(test)]
mod tests {
    use super::{json, urlencoded};
    use serde_json::json;

    #[test]
    fn forms_are_encoded_as_python_encodes_them() {
        let text = |body| String::from_utf8(urlencoded(&body).unwrap()).unwrap();
        assert_eq!(text(json!({"a": "x y&", "b": [1, "é"], "c": null})), "a=x+y%26&b=1&b=%C3%A9");
        assert_eq!(text(json!([["a", true], ["a", 2]])), "a=True&a=2");
        assert_eq!(text(json!("raw=1")), "raw=1");
        assert_eq!(json(&json!({"a": [1, null]})), b"{\"a\": [1, null]}");
    }
}

//! `json.dumps` and `json.loads`.

use crate::{Fault, Res, ctx::text_fits};
use rplay_value::{Dict, Key, Value, float_repr, push_json_text, surrogates};
use std::fmt::Write;

/// The options of `json.dumps`.
pub(crate) struct Options {
    /// What one level is indented with; `None` writes one line.
    pub indent: Option<String>,
    /// Between items.
    pub item_separator: String,
    /// Between key and value.
    pub key_separator: String,
    pub sort_keys: bool,
    pub ensure_ascii: bool,
    pub allow_nan: bool,
    /// `<`, `>`, `&` and `'` as `\u003c` and so on (Jinja's `tojson`).
    pub html_safe: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            indent: None,
            item_separator: ", ".into(),
            key_separator: ": ".into(),
            sort_keys: false,
            ensure_ascii: true,
            allow_nan: true,
            html_safe: false,
        }
    }
}

/// `json.dumps` with Ansible's default encoder profile.
pub(crate) fn dumps(value: &Value, options: &Options) -> Res<String> {
    let mut writer = Writer { out: String::new(), options, level: 0 };
    writer.value(value)?;
    if options.html_safe {
        let replaced = writer.out.replace('<', "\\u003c").replace('>', "\\u003e");
        return Ok(replaced.replace('&', "\\u0026").replace('\'', "\\u0027"));
    }
    Ok(writer.out)
}

struct Writer<'a> {
    out: String,
    options: &'a Options,
    level: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Res<()> {
        match value {
            Value::None => self.out.push_str("null"),
            Value::Bool(bool) => self.out.push_str(if *bool { "true" } else { "false" }),
            Value::Int(int) => {
                let _ = write!(self.out, "{int}");
            }
            Value::BigInt(int) => {
                let _ = write!(self.out, "{int}");
            }
            Value::Float(float) => {
                let text = self.float(*float)?;
                self.out.push_str(&text);
            }
            Value::Str(text) => self.string(text),
            Value::Date(_) => self.string(&value.to_text()),
            Value::DateTime(_) => self.string(&value.to_text().replacen(' ', "T", 1)),
            Value::Bytes(_) => {
                return Err(Fault::type_error(
                    "Object of type 'bytes' is not JSON serializable by the 'tagless' profile.",
                ));
            }
            Value::Vaulted(_) => return Err(Fault::plugin("Attempting to use an encrypted value.")),
            Value::List(items) => return self.list(items),
            Value::Dict(dict) => return self.dict(dict),
        }
        Ok(())
    }

    fn float(&self, float: f64) -> Res<String> {
        if float.is_finite() {
            return Ok(float_repr(float));
        }
        if !self.options.allow_nan {
            let shown = float_repr(float);
            return Err(Fault::value_error(format!(
                "Out of range float values are not JSON compliant: {shown}"
            )));
        }
        let text = if float.is_nan() { "NaN" } else { "Infinity" };
        Ok(if float < 0.0 { format!("-{text}") } else { text.into() })
    }

    fn string(&mut self, text: &str) {
        push_json_text(&mut self.out, text, self.options.ensure_ascii);
    }

    fn new_line(&mut self) -> Res<()> {
        if let Some(indent) = &self.options.indent {
            text_fits(indent.len().saturating_mul(self.level).saturating_add(self.out.len()))?;
            self.out.push('\n');
            self.out.push_str(&indent.repeat(self.level));
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value]) -> Res<()> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        self.level += 1;
        for (at, item) in items.iter().enumerate() {
            self.between(at)?;
            self.value(item)?;
        }
        self.level -= 1;
        self.new_line()?;
        self.out.push(']');
        Ok(())
    }

    fn between(&mut self, at: usize) -> Res<()> {
        if at > 0 {
            self.out.push_str(&self.options.item_separator);
        }
        self.new_line()
    }

    fn dict(&mut self, dict: &Dict) -> Res<()> {
        let mut sorted: Vec<_> = dict.iter().collect();
        if self.options.html_safe {
            sort_keys(&mut sorted)?;
        }
        let mut entries = Vec::with_capacity(sorted.len());
        for (key, value) in sorted {
            entries.push((self.key(key)?, value));
        }
        if self.options.sort_keys && !self.options.html_safe {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
        }
        if entries.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push('{');
        self.level += 1;
        for (at, (key, value)) in entries.into_iter().enumerate() {
            self.between(at)?;
            self.string(&key);
            self.out.push_str(&self.options.key_separator);
            self.value(value)?;
        }
        self.level -= 1;
        self.new_line()?;
        self.out.push('}');
        Ok(())
    }

    /// A key as text; Ansible's own encoder converts before it sorts.
    fn key(&self, key: &Key) -> Res<String> {
        Ok(match key.as_value() {
            Value::Str(text) => text.to_string(),
            Value::None => "null".into(),
            Value::Bool(bool) => bool.to_string(),
            Value::Float(float) => self.float(*float)?,
            Value::Int(_) | Value::BigInt(_) => key.as_value().to_text(),
            other => {
                return Err(Fault::type_error(format!(
                    "Key of type '{}' is not JSON serializable by the 'tagless' profile.",
                    other.type_name()
                )));
            }
        })
    }
}

/// Sorts entries by their keys as Python does, which has no order between texts and other things.
fn sort_keys(entries: &mut [(&Key, &Value)]) -> Res<()> {
    let number = |value: &Value| match value {
        Value::Bool(bool) => Some(f64::from(u8::from(*bool))),
        Value::Float(float) => Some(*float),
        Value::Int(_) | Value::BigInt(_) => value.to_text().parse().ok(),
        _ => None,
    };
    let comparable = |a: &Value, b: &Value| {
        (a.as_str().is_some() && b.as_str().is_some()) || (number(a).is_some() && number(b).is_some())
    };
    let mixed = |pair: &&[(&Key, &Value)]| !comparable(pair[0].0.as_value(), pair[1].0.as_value());
    if let Some(pair) = entries.windows(2).find(mixed) {
        let (before, after) = (pair[0].0.as_value().type_name(), pair[1].0.as_value().type_name());
        return Err(Fault::type_error(format!(
            "'<' not supported between instances of '{after}' and '{before}'"
        )));
    }
    entries.sort_by(|a, b| match (number(a.0.as_value()), number(b.0.as_value())) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.0.as_value().as_str().cmp(&b.0.as_value().as_str()),
    });
    Ok(())
}

/// What JSON with half a surrogate pair is refused with (`module_strict_utf8_response`).
pub const INVALID_UTF8: &str = "Refusing to deserialize an invalid UTF8 string value";

/// `json.loads`, with Python's messages for what is not JSON.
pub(crate) fn loads(text: &str) -> Res<Value> {
    loads_with(text, Loading { marks: false, strict_utf8: true })
}

/// What of a JSON text is taken.
#[derive(Clone, Copy)]
pub(crate) struct Loading {
    /// Ansible's marks of untrusted and encrypted text, left in as dictionaries.
    pub(crate) marks: bool,
    /// Half a surrogate pair is refused.
    pub(crate) strict_utf8: bool,
}

/// `json.loads` of more or less.
pub(crate) fn loads_with(text: &str, loading: Loading) -> Res<Value> {
    if text.starts_with('\u{feff}') {
        return Err(decode_error("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0));
    }
    let mut reader = Reader { text, bytes: text.as_bytes(), depth: 0, loading };
    let (value, end) = reader.value(reader.blank(0))?;
    let end = reader.blank(end);
    if end == text.len() { Ok(value) } else { Err(decode_error("Extra data", text, end)) }
}

fn decode_error(message: &str, text: &str, at: usize) -> Fault {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let char = before.chars().count();
    Fault::raised("JSONDecodeError", format!("{message}: line {line} column {column} (char {char})"))
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    depth: usize,
    loading: Loading,
}

/// Python stops at its recursion limit of 1,000; this is the depth at which it does.
const MOST_LEVELS: usize = 990;

impl Reader<'_> {
    fn blank(&self, mut at: usize) -> usize {
        while matches!(self.bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    fn fail<T>(&self, message: &str, at: usize) -> Res<T> {
        Err(decode_error(message, self.text, at))
    }

    fn value(&mut self, at: usize) -> Res<(Value, usize)> {
        let rest = self.text.get(at..).unwrap_or("");
        for (word, value) in [
            ("null", Value::None),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ] {
            if rest.starts_with(word) {
                return Ok((value, at + word.len()));
            }
        }
        match self.bytes.get(at) {
            Some(b'"') => self.string(at + 1).map(|(text, end)| (Value::from(text), end)),
            Some(b'[') => self.nested(at, Self::list),
            Some(b'{') => self.nested(at, Self::dict),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            _ => self.fail("Expecting value", at),
        }
    }

    fn nested(
        &mut self,
        at: usize,
        read: fn(&mut Self, usize) -> Res<(Value, usize)>,
    ) -> Res<(Value, usize)> {
        self.depth += 1;
        if self.depth > MOST_LEVELS {
            return Err(Fault::raised("RecursionError", "maximum recursion depth exceeded"));
        }
        let read = read(self, at + 1)?;
        self.depth -= 1;
        Ok(read)
    }

    fn number(&self, at: usize) -> Res<(Value, usize)> {
        let digits = |from: usize| self.bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let start = at + usize::from(self.bytes[at] == b'-');
        let whole =
            if self.bytes.get(start) == Some(&b'0') { 1 } else { digits(start.min(self.bytes.len())) };
        if whole == 0 {
            return self.fail("Expecting value", at);
        }
        let mut end = start + whole;
        let mut is_float = false;
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            is_float = true;
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            if end + 1 + sign <= self.bytes.len() && digits(end + 1 + sign) > 0 {
                end += 1 + sign + digits(end + 1 + sign);
                is_float = true;
            }
        }
        let text = &self.text[at..end];
        if is_float {
            return Ok((Value::Float(text.parse().unwrap_or(f64::NAN)), end));
        }
        if let Ok(int) = text.parse::<i64>() {
            return Ok((Value::Int(int), end));
        }
        match text.parse::<num_bigint::BigInt>() {
            Ok(int) => Ok((Value::BigInt(std::sync::Arc::new(int)), end)),
            Err(_) => self.fail("Expecting value", at),
        }
    }

    /// The string after its opening quote at `begin - 1`.
    fn string(&self, begin: usize) -> Res<(String, usize)> {
        let mut out = String::new();
        let mut at = begin;
        loop {
            let stop = self.bytes[at.min(self.bytes.len())..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .map(|offset| at + offset);
            let Some(stop) = stop else { return self.fail("Unterminated string starting at", begin - 1) };
            out.push_str(&self.text[at..stop]);
            match self.bytes[stop] {
                b'"' => return self.acceptable(out).map(|text| (text, stop + 1)),
                b'\\' => at = self.escape(&mut out, begin, stop + 1)?,
                _ => return self.fail("Invalid control character at", stop),
            }
        }
    }

    fn escape(&self, out: &mut String, begin: usize, at: usize) -> Res<usize> {
        let Some(byte) = self.bytes.get(at) else {
            return self.fail("Unterminated string starting at", begin - 1);
        };
        out.push(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(out, at),
            _ => return self.fail("Invalid \\escape", at - 1),
        });
        Ok(at + 1)
    }

    fn unicode(&self, out: &mut String, at: usize) -> Res<usize> {
        let Some(first) = self.hex(at + 1) else { return self.fail("Invalid \\uXXXX escape", at) };
        let mut end = at + 5;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) && self.bytes.get(end..end + 2) == Some(b"\\u") {
            if let Some(second) = self.hex(end + 2).filter(|second| (0xdc00..0xe000).contains(second)) {
                code = 0x10000 + ((first - 0xd800) << 10 | (second - 0xdc00));
                end += 6;
            }
        }
        out.extend(surrogates::char_of(code));
        Ok(end)
    }

    fn acceptable(&self, text: String) -> Res<String> {
        match surrogates::check(&text) {
            Err(error) if self.loading.strict_utf8 => {
                Err(Fault::raised("AnsibleRuntimeError", format!("{INVALID_UTF8}: {error}")))
            }
            _ => Ok(text),
        }
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn list(&mut self, at: usize) -> Res<(Value, usize)> {
        let mut items = Vec::new();
        let mut at = self.blank(at);
        if self.bytes.get(at) == Some(&b']') {
            return Ok((Value::from(items), at + 1));
        }
        loop {
            let (item, end) = self.value(at)?;
            items.push(item);
            let end = self.blank(end);
            match self.bytes.get(end) {
                Some(b',') => at = self.blank(end + 1),
                Some(b']') => return Ok((Value::from(items), end + 1)),
                _ => return self.fail("Expecting ',' delimiter", end),
            }
        }
    }

    fn dict(&mut self, at: usize) -> Res<(Value, usize)> {
        let mut dict = Dict::new();
        let mut at = self.blank(at);
        if self.bytes.get(at) == Some(&b'}') {
            return Ok((Value::from(dict), at + 1));
        }
        loop {
            if self.bytes.get(at) != Some(&b'"') {
                return self.fail("Expecting property name enclosed in double quotes", at);
            }
            let (key, end) = self.string(at + 1)?;
            let end = self.blank(end);
            if self.bytes.get(end) != Some(&b':') {
                return self.fail("Expecting ':' delimiter", end);
            }
            let (value, end) = self.value(self.blank(end + 1))?;
            dict.insert(key, value);
            let end = self.blank(end);
            match self.bytes.get(end) {
                Some(b',') => at = self.blank(end + 1),
                Some(b'}') => return self.finish(dict, end + 1),
                _ => return self.fail("Expecting ',' delimiter", end),
            }
        }
    }

    /// Ansible's decoder refuses the markers of its own serialisation.
    fn finish(&self, dict: Dict, end: usize) -> Res<(Value, usize)> {
        for marker in ["__ansible_unsafe", "__ansible_vault"] {
            if !self.loading.marks && dict.contains(marker) {
                return Err(Fault::type_error(format!(
                    "Object of type '{marker}' is not JSON deserializable by the 'tagless' profile."
                )));
            }
        }
        Ok((Value::from(dict), end))
    }
}

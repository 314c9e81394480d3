//! `'{}'.format(…)` and `format()`.

use super::{number, spec};
use crate::{Args, Ctx, Fault, Res, Val};
use rplay_value::Str;

impl Ctx<'_> {
    /// Python's `format(value, spec)`.
    pub fn format_value(&mut self, value: &Val, spec: &str) -> Res<String> {
        if let Val::Undef(marker) = value {
            return Err(marker.trip());
        }
        if spec.is_empty() {
            return self.str(value);
        }
        match value {
            Val::Str(text) => {
                let parsed = spec::parse(spec, "str")?;
                self.budget().text(parsed.width)?;
                spec::format_text(text, &parsed)
            }
            Val::Bool(_) | Val::Int(_) | Val::Big(_) => {
                let parsed = spec::parse(spec, value.type_name())?;
                self.budget().text(parsed.width.saturating_add(parsed.precision.unwrap_or(0)))?;
                let int = number::integer(value).unwrap_or_default();
                spec::format_integer(&int, value, &parsed)
            }
            Val::Float(float) => {
                let parsed = spec::parse(spec, "float")?;
                self.budget().text(parsed.width.saturating_add(parsed.precision.unwrap_or(0)))?;
                spec::format_float(*float, &parsed, "float")
            }
            Val::Date(_) | Val::DateTime(_) => crate::methods::strftime(value, spec),
            other => Err(Fault::type_error(format!(
                "unsupported format string passed to {}.__format__",
                other.type_name()
            ))),
        }
    }

    /// `template.format(*args, **kwargs)`.
    pub(crate) fn str_format(&mut self, template: &Str, args: &Args) -> Res<String> {
        let chars: Vec<char> = template.chars().collect();
        let mut fields = Fields { args, next: 0, manual: false, markup: template.is_markup() };
        self.format_fields(&chars, &mut fields, 2)
    }

    fn format_fields(&mut self, chars: &[char], fields: &mut Fields<'_>, depth: usize) -> Res<String> {
        if depth == 0 {
            return Err(Fault::value_error("Max string recursion exceeded"));
        }
        let mut out = String::new();
        let mut at = 0;
        while let Some(char) = chars.get(at) {
            at += 1;
            match char {
                '{' if chars.get(at) == Some(&'{') => {
                    out.push('{');
                    at += 1;
                }
                '{' => {
                    let field = Field::read(chars, &mut at)?;
                    let text = self.format_field(&field, fields, depth)?;
                    out.push_str(&text);
                }
                '}' if chars.get(at) == Some(&'}') => {
                    out.push('}');
                    at += 1;
                }
                '}' => return Err(Fault::value_error("Single '}' encountered in format string")),
                char => out.push(*char),
            }
            self.budget().text(out.len())?;
        }
        Ok(out)
    }

    fn format_field(&mut self, field: &Field<'_>, fields: &mut Fields<'_>, depth: usize) -> Res<String> {
        let value = self.field_value(&field.name, fields)?;
        let spec = if field.spec.is_empty() {
            String::new()
        } else {
            self.format_fields(field.spec, fields, depth - 1)?
        };
        let value = match field.conversion {
            None => value,
            Some('s') => Val::from(self.str(&value)?),
            Some('r') => Val::from(self.repr(&value)?),
            Some('a') => Val::from(spec::ascii(&self.repr(&value)?)),
            Some(other) => {
                return Err(Fault::value_error(format!("Unknown conversion specifier {other}")));
            }
        };
        if !fields.markup {
            return self.format_value(&value, &spec);
        }
        match &value {
            Val::Str(text) if text.is_markup() && spec.is_empty() => Ok(text.to_string()),
            value if value.is_markup() => {
                Err(Fault::value_error("Unsupported format specification for Markup."))
            }
            value => self.format_value(value, &spec).map(|text| super::escaped(&text)),
        }
    }

    fn field_value(&mut self, name: &str, fields: &mut Fields<'_>) -> Res<Val> {
        let first = name.find(['.', '[']).unwrap_or(name.len());
        let mut value = fields.root(&name[..first])?;
        let mut rest = &name[first..];
        while !rest.is_empty() {
            if let Some(item) = rest.strip_prefix('[') {
                let close =
                    item.find(']').ok_or_else(|| Fault::value_error("Missing ']' in format string"))?;
                let key = named(&item[..close])?;
                value = self.format_item(&value, key)?;
                rest = &item[close + 1..];
            } else {
                let attribute = rest.strip_prefix('.').ok_or_else(|| {
                    Fault::value_error("Only '.' or '[' may follow ']' in format field specifier")
                })?;
                let end = attribute.find(['.', '[']).unwrap_or(attribute.len());
                let name = Str::from(named(&attribute[..end])?);
                value = match self.attribute(&value, &name)? {
                    Some(found) => found,
                    None => {
                        return Err(Fault::attribute_error(format!(
                            "'{}' object has no attribute '{name}'",
                            value.type_name()
                        )));
                    }
                };
                rest = &attribute[end..];
            }
        }
        Ok(value)
    }

    fn format_item(&mut self, value: &Val, key: &str) -> Res<Val> {
        let number = if key.bytes().all(|byte| byte.is_ascii_digit()) { key.parse().ok() } else { None };
        let key = number.map_or_else(|| Val::from(key), Val::Int);
        let found = self.item(value, &key)?;
        let subscriptable = !matches!(
            value,
            Val::None
                | Val::Bool(_)
                | Val::Int(_)
                | Val::Big(_)
                | Val::Float(_)
                | Val::Func(_)
                | Val::Delta(_)
        );
        found.ok_or_else(|| match (value, &key) {
            _ if !subscriptable => {
                Fault::type_error(format!("'{}' object is not subscriptable", value.type_name()))
            }
            (Val::Dict(_), Val::Str(key)) => Fault::key_error(rplay_value::str_repr(key)),
            (Val::Dict(_), key) => Fault::key_error(format!("{key:?}")),
            (_, Val::Int(_)) => Fault::index_error(format!("{} index out of range", value.type_name())),
            _ => Fault::type_error(format!(
                "{} indices must be integers or slices, not str",
                value.type_name()
            )),
        })
    }
}

/// The name of an attribute or item in a field, which may not be missing.
fn named(name: &str) -> Res<&str> {
    if name.is_empty() { Err(Fault::value_error("Empty attribute in format string")) } else { Ok(name) }
}

/// A replacement field, without its braces.
struct Field<'a> {
    name: String,
    conversion: Option<char>,
    spec: &'a [char],
}

impl<'a> Field<'a> {
    /// Reads the field whose opening brace is before `at`; `at` comes behind the closing one.
    fn read(chars: &'a [char], at: &mut usize) -> Res<Self> {
        let start = *at;
        if start >= chars.len() {
            return Err(Fault::value_error("Single '{' encountered in format string"));
        }
        let mut next = || {
            let char = chars.get(*at).copied();
            *at += usize::from(char.is_some());
            char
        };
        let mut length = 0;
        let mut in_brackets = false;
        let ended = loop {
            match next() {
                None => return Err(Fault::value_error("expected '}' before end of string")),
                Some(']') if in_brackets => in_brackets = false,
                Some(_) if in_brackets => {}
                Some('[') => in_brackets = true,
                Some('{') => return Err(Fault::value_error("unexpected '{' in field name")),
                Some(end @ ('}' | ':' | '!')) => break end,
                Some(_) => {}
            }
            length += 1;
        };
        let name = chars[start..start + length].iter().collect();
        let mut field = Self { name, conversion: None, spec: &[] };
        if ended == '!' {
            field.conversion =
                Some(next().ok_or_else(|| {
                    Fault::value_error("end of string while looking for conversion specifier")
                })?);
            match next() {
                Some('}') => return Ok(field),
                Some(':') => {}
                None => return Err(Fault::value_error("unmatched '{' in format spec")),
                Some(_) => return Err(Fault::value_error("expected ':' after conversion specifier")),
            }
        } else if ended == '}' {
            return Ok(field);
        }
        field.spec = Self::read_spec(chars, at)?;
        Ok(field)
    }

    /// The specification up to the brace that closes the field.
    fn read_spec(chars: &'a [char], at: &mut usize) -> Res<&'a [char]> {
        let start = *at;
        let mut depth = 1;
        for (index, char) in chars.iter().enumerate().skip(start) {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                *at = index + 1;
                return Ok(&chars[start..index]);
            }
        }
        Err(Fault::value_error("unmatched '{' in format spec"))
    }
}

struct Fields<'a> {
    args: &'a Args,
    next: usize,
    manual: bool,
    /// What is put in is escaped for HTML.
    markup: bool,
}

impl Fields<'_> {
    fn root(&mut self, name: &str) -> Res<Val> {
        let index = if name.is_empty() {
            if self.manual {
                return Err(Fault::value_error(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            self.next += 1;
            self.next - 1
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if self.next > 0 {
                return Err(Fault::value_error(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.manual = true;
            name.parse().map_err(|_| spec::too_many_digits())?
        } else {
            let found = self.args.kw.iter().find(|(key, _)| &**key == name);
            return match found {
                Some((_, value)) => Ok(value.clone()),
                None => Err(Fault::key_error(rplay_value::str_repr(name))),
            };
        };
        self.args.pos.get(index).cloned().ok_or_else(|| {
            Fault::index_error(format!("Replacement index {index} out of range for positional args tuple"))
        })
    }
}

//! `str()` and `repr()`.

use crate::{Ctx, Delta, Func, PyDict, Res, Val};
use rplay_value::{Value, float_repr, str_repr};
use std::{fmt::Write, rc::Rc};

/// How containers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As Python's `repr()`.
    Repr,
    /// As a template's output: tuples become lists, `omit` is left out.
    Output,
}

impl Ctx<'_> {
    /// Python's `str()`.
    pub fn str(&mut self, value: &Val) -> Res<String> {
        let mut out = String::new();
        self.write_str(&mut out, value, Mode::Repr)?;
        Ok(out)
    }

    /// Python's `repr()`.
    pub fn repr(&mut self, value: &Val) -> Res<String> {
        let mut out = String::new();
        self.write_repr(&mut out, value, Mode::Repr)?;
        Ok(out)
    }

    /// Appends what a template's output shows for a value among others.
    pub(crate) fn write_output(&mut self, out: &mut String, value: &Val) -> Res<()> {
        self.write_str(out, value, Mode::Output)
    }

    fn write_str(&mut self, out: &mut String, value: &Val, mode: Mode) -> Res<()> {
        match value {
            Val::Str(text) => out.push_str(text),
            Val::Date(date) => {
                let _ = write!(out, "{date}");
            }
            Val::DateTime(time) => out.push_str(&Value::DateTime(*time).to_text()),
            Val::Delta(delta) => out.push_str(&delta_text(*delta)),
            Val::Omit if mode == Mode::Output => {}
            Val::Obj(obj) => {
                if let Some(plain) = obj.plain() {
                    return self.write_repr(out, &plain, mode);
                }
                let text = obj.text(self)?;
                out.push_str(&text);
            }
            other => self.write_repr(out, other, mode)?,
        }
        self.budget().text(out.len())
    }

    fn write_repr(&mut self, out: &mut String, value: &Val, mode: Mode) -> Res<()> {
        match value {
            Val::None => out.push_str("None"),
            Val::Bool(true) => out.push_str("True"),
            Val::Bool(false) => out.push_str("False"),
            Val::Int(int) => {
                let _ = write!(out, "{int}");
            }
            Val::Big(int) => {
                let _ = write!(out, "{int}");
            }
            Val::Float(float) => out.push_str(&float_repr(*float)),
            Val::Str(text) if text.is_markup() => {
                let _ = write!(out, "Markup({})", str_repr(text));
            }
            Val::Str(text) => out.push_str(&str_repr(text)),
            Val::Bytes(bytes) => out.push_str(&Value::Bytes(bytes.clone()).repr()),
            Val::Date(date) => out.push_str(&Value::Date(*date).repr()),
            Val::DateTime(time) => out.push_str(&Value::DateTime(*time).repr()),
            Val::Delta(delta) => out.push_str(&delta_repr(*delta)),
            Val::Range(range) => out.push_str(&range.text()),
            Val::List(list) => {
                let items = list.items(self)?;
                return self.deeper(|ctx| ctx.write_items(out, &items, mode, ['[', ']']));
            }
            Val::Tuple(items) if mode == Mode::Output => {
                return self.deeper(|ctx| ctx.write_items(out, items, mode, ['[', ']']));
            }
            Val::Tuple(items) => {
                return self.deeper(|ctx| ctx.write_items(out, items, mode, ['(', ')']));
            }
            Val::Dict(dict) => return self.deeper(|ctx| ctx.write_dict(out, dict, mode)),
            Val::Undef(marker) if marker.blank => {}
            Val::Undef(marker) => return Err(marker.trip()),
            Val::Omit => out.push_str("<<Omit>>"),
            Val::Func(func) => out.push_str(&func_repr(self, func)?),
            Val::Obj(obj) => {
                if let Some(plain) = obj.plain() {
                    return self.write_repr(out, &plain, mode);
                }
                let text = obj.text(self)?;
                out.push_str(&text);
            }
        }
        self.budget().text(out.len())
    }

    fn write_items(&mut self, out: &mut String, items: &[Val], mode: Mode, brackets: [char; 2]) -> Res<()> {
        out.push(brackets[0]);
        let mut first = true;
        for item in items {
            if mode == Mode::Output && matches!(item, Val::Omit) {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push_str(", ");
            }
            self.write_repr(out, item, mode)?;
        }
        if brackets[0] == '(' && items.len() == 1 {
            out.push(',');
        }
        out.push(brackets[1]);
        Ok(())
    }

    fn write_dict(&mut self, out: &mut String, dict: &PyDict, mode: Mode) -> Res<()> {
        out.push('{');
        let mut first = true;
        for (key, value) in dict.entries(self)? {
            if mode == Mode::Output && matches!(value, Val::Omit) {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push_str(", ");
            }
            self.write_repr(out, key.value(), Mode::Repr)?;
            out.push_str(": ");
            self.write_repr(out, &value, mode)?;
        }
        out.push('}');
        Ok(())
    }
}

fn func_repr(ctx: &mut Ctx<'_>, func: &Func) -> Res<String> {
    Ok(match func {
        Func::Global { name, .. } => format!("<function {name}>"),
        Func::Method { receiver: Val::Obj(obj), name } => {
            let owner = Rc::clone(obj).text(ctx)?;
            format!("<bound method {}.{name} of {owner}>", obj.type_name())
        }
        Func::Method { receiver, name } => {
            format!("<built-in method {name} of {} object>", receiver.type_name())
        }
        Func::Closure { name, type_name: "Macro", .. } if name.is_empty() => "<Macro anonymous>".into(),
        Func::Closure { name, type_name: "Macro", .. } => format!("<Macro {}>", str_repr(name)),
        Func::Closure { name, .. } => format!("<function {name}>"),
    })
}

/// Days, seconds of the day and microseconds, as Python normalises a `timedelta`.
fn delta_parts(delta: Delta) -> (i64, i64, i64) {
    let seconds = delta.micros.div_euclid(1_000_000);
    (seconds.div_euclid(86_400), seconds.rem_euclid(86_400), delta.micros.rem_euclid(1_000_000))
}

/// `str()` of a time difference.
pub(crate) fn delta_text(delta: Delta) -> String {
    let (days, seconds, micros) = delta_parts(delta);
    let mut out = String::new();
    if days != 0 {
        let plural = if days.abs() == 1 { "" } else { "s" };
        let _ = write!(out, "{days} day{plural}, ");
    }
    let _ = write!(out, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros != 0 {
        let _ = write!(out, ".{micros:06}");
    }
    out
}

fn delta_repr(delta: Delta) -> String {
    let (days, seconds, micros) = delta_parts(delta);
    let parts: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", micros)]
        .iter()
        .filter(|(_, amount)| *amount != 0)
        .map(|(name, amount)| format!("{name}={amount}"))
        .collect();
    if parts.is_empty() {
        "datetime.timedelta(0)".into()
    } else {
        format!("datetime.timedelta({})", parts.join(", "))
    }
}

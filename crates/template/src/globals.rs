//! Functions and constants every template sees.

use crate::{Args, Ctx, Fault, Func, Marker, Obj, PyDict, Range, Res, Val, call, methods};
use rplay_value::{DateTime, Str};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

type Function = fn(&mut Ctx<'_>, Args) -> Res<Val>;

/// The global of that name.
pub(crate) fn find(name: &str) -> Option<Val> {
    let (name, function, accepts_markers): (&'static str, Function, bool) = match name {
        "omit" => return Some(Val::Omit),
        "range" => ("range", range, false),
        "dict" => ("dict", dict, false),
        "lookup" => ("lookup", lookup, true),
        "query" => ("query", query, true),
        "q" => ("q", query, true),
        "now" => ("now", now, false),
        "undef" => ("undef", undef, true),
        "namespace" => ("namespace", namespace, false),
        "cycler" => ("cycler", cycler, false),
        "joiner" => ("joiner", joiner, false),
        "lipsum" => ("lipsum", lipsum, false),
        _ => return None,
    };
    Some(Val::Func(Rc::new(Func::Global { name, call: function, accepts_markers })))
}

fn range(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let mut numbers = Vec::with_capacity(3);
    for value in &args.pos {
        numbers.push(value.as_int().ok_or_else(|| {
            Fault::type_error(format!("'{}' object cannot be interpreted as an integer", value.type_name()))
        })?);
    }
    if !args.kw.is_empty() {
        return Err(Fault::type_error("range() takes no keyword arguments"));
    }
    let range = match numbers.as_slice() {
        [stop] => Range { start: 0, stop: *stop, step: 1 },
        [start, stop] => Range { start: *start, stop: *stop, step: 1 },
        [_, _, 0] => return Err(Fault::value_error("range() arg 3 must not be zero")),
        [start, stop, step] => Range { start: *start, stop: *stop, step: *step },
        [] => return Err(Fault::type_error("range expected at least 1 argument, got 0")),
        many => {
            return Err(Fault::type_error(format!("range expected at most 3 arguments, got {}", many.len())));
        }
    };
    Ok(Val::Range(range))
}

fn dict(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let out = PyDict::new();
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!("dict expected at most 1 argument, got {}", args.pos.len())));
    }
    if let Some(source) = args.pos.first() {
        for (key, value) in methods::pairs(ctx, source)? {
            out.insert(key, value)?;
        }
    }
    for (key, value) in args.kw {
        out.insert(key.into(), value)?;
    }
    Ok(Val::Dict(out))
}

fn run_lookup(ctx: &mut Ctx<'_>, mut args: Args, wantlist: bool) -> Res<Val> {
    if args.pos.is_empty() {
        return Err(Fault::type_error("_lookup() missing 1 required positional argument: 'plugin_name'"));
    }
    let name = args.pos.remove(0).defined()?;
    let name = ctx.str(&name)?;
    call::lookup(ctx, &name, args, wantlist)
}

fn lookup(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    run_lookup(ctx, args, false)
}

fn query(ctx: &mut Ctx<'_>, mut args: Args) -> Res<Val> {
    args.take_kw("wantlist");
    run_lookup(ctx, args, true)
}

fn now(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    ctx.looks_outside();
    let [utc, format] = args.bind("_now", ["utc", "fmt"], 0)?;
    let utc = utc.map(|utc| ctx.truth(&utc)).transpose()?.unwrap_or(false);
    let zone = if utc { jiff::tz::TimeZone::UTC } else { jiff::tz::TimeZone::system() };
    let now = jiff::Timestamp::now().to_zoned(zone).datetime();
    let micros = now.subsec_nanosecond() / 1000 * 1000;
    let civil = now.with().subsec_nanosecond(micros).build().unwrap_or(now);
    let time = Val::DateTime(DateTime { civil, offset: None });
    match format {
        Some(Val::Str(format)) if !format.is_empty() => methods::strftime(&time, &format).map(Val::from),
        _ => Ok(time),
    }
}

fn undef(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [hint] = args.bind("_undef", ["hint"], 0)?;
    let message = match hint {
        None | Some(Val::None) => "Mandatory variable has not been overridden".to_owned(),
        Some(Val::Str(hint)) if hint.is_empty() => "Mandatory variable has not been overridden".to_owned(),
        Some(Val::Str(hint)) => hint.to_string(),
        Some(other) => {
            let kind =
                if other.is_undefined() { String::new() } else { format!(", not '{}'", other.type_name()) };
            let message = format!("The 'hint' argument must be of type 'str' or 'NoneType'{kind}.");
            return Err(Fault::raised("AnsibleTypeError", message));
        }
    };
    Ok(Val::Undef(Rc::new(Marker { origin: ctx.origin(), ..Marker::hint(message) })))
}

/// `namespace()`: names that inner scopes may set.
struct Namespace(PyDict);

impl Obj for Namespace {
    fn type_name(&self) -> &'static str {
        "Namespace"
    }
    fn attribute(&self, ctx: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        self.0.get_str(ctx, name)
    }
    fn item(&self, ctx: &mut Ctx<'_>, key: &Val) -> Res<Option<Val>> {
        match key {
            Val::Str(key) => self.0.get_str(ctx, key),
            _ => Ok(None),
        }
    }
    fn set_attribute(&self, name: &str, value: Val) -> bool {
        self.0.insert(name.into(), value).is_ok()
    }
    fn text(&self, ctx: &mut Ctx<'_>) -> Res<String> {
        Ok(format!("<Namespace {}>", ctx.repr(&Val::Dict(self.0.clone()))?))
    }
}

fn namespace(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    match dict(ctx, args)? {
        Val::Dict(dict) => Ok(Val::Obj(Rc::new(Namespace(dict)))),
        other => Ok(other),
    }
}

/// `cycler()`.
struct Cycler {
    items: Vec<Val>,
    at: Cell<usize>,
}

impl Obj for Cycler {
    fn type_name(&self) -> &'static str {
        "Cycler"
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(match name {
            "current" => Some(self.items[self.at.get()].clone()),
            "items" => Some(Val::tuple(self.items.iter().cloned())),
            "pos" => Some(Val::from(self.at.get())),
            _ => None,
        })
    }
    fn methods(&self) -> &'static [&'static str] {
        &["next", "reset"]
    }
    fn method(&self, _: &mut Ctx<'_>, name: &str, _: Args) -> Res<Option<Val>> {
        let now = self.items[self.at.get()].clone();
        match name {
            "next" => {
                self.at.set((self.at.get() + 1) % self.items.len());
                Ok(Some(now))
            }
            _ => {
                self.at.set(0);
                Ok(Some(Val::None))
            }
        }
    }
}

fn cycler(_: &mut Ctx<'_>, args: Args) -> Res<Val> {
    if args.pos.is_empty() {
        return Err(Fault::raised("RuntimeError", "at least one item has to be provided"));
    }
    Ok(Val::Obj(Rc::new(Cycler { items: args.pos, at: Cell::new(0) })))
}

/// `joiner()`: nothing at first, the separator from then on.
struct Joiner {
    separator: Str,
    used: RefCell<bool>,
}

impl Obj for Joiner {
    fn type_name(&self) -> &'static str {
        "Joiner"
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(match name {
            "sep" => Some(Val::Str(self.separator.clone())),
            "used" => Some(Val::Bool(*self.used.borrow())),
            _ => None,
        })
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, _: &mut Ctx<'_>, _: Args) -> Res<Option<Val>> {
        let used = self.used.replace(true);
        Ok(Some(if used { Val::Str(self.separator.clone()) } else { Val::from("") }))
    }
}

fn joiner(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [separator] = args.bind("joiner", ["sep"], 0)?;
    let separator = match separator {
        Some(separator) => Str::from(ctx.str(&separator)?),
        None => Str::from(", "),
    };
    Ok(Val::Obj(Rc::new(Joiner { separator, used: RefCell::new(false) })))
}

/// The words `lipsum()` makes its paragraphs of.
const WORDS: [&str; 40] = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "non",
    "risus",
    "suspendisse",
    "lectus",
    "tortor",
    "dignissim",
    "nec",
    "ultricies",
    "cras",
    "elementum",
    "ultrices",
    "diam",
    "maecenas",
    "ligula",
    "massa",
    "varius",
    "a",
    "semper",
    "congue",
    "euismod",
    "mi",
    "proin",
    "porttitor",
    "orci",
    "nonummy",
    "molestie",
    "enim",
    "est",
    "eleifend",
    "fermentum",
    "magna",
];

fn lipsum(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [count, html, least, most] = args.bind("generate_lorem_ipsum", ["n", "html", "min", "max"], 0)?;
    let number = |value: Option<Val>, default: i64| {
        usize::try_from(value.and_then(|value| value.as_int()).unwrap_or(default)).unwrap_or(0)
    };
    let html = html.map(|html| ctx.truth(&html)).transpose()?.unwrap_or(true);
    let (count, least, most) = (number(count, 5), number(least, 20), number(most, 100));
    ctx.budget().text(count.saturating_mul(most.max(least)).saturating_mul(12))?;
    let mut paragraphs = Vec::new();
    for paragraph in 0..count {
        let length = if most > least { least + (paragraph * 17) % (most - least) } else { least };
        let words: Vec<&str> = (0..length).map(|at| WORDS[(paragraph * 7 + at * 3) % WORDS.len()]).collect();
        let mut text = words.join(" ");
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        text.push('.');
        paragraphs.push(if html { format!("<p>{text}</p>") } else { text });
    }
    Ok(Val::from(paragraphs.join(if html { "\n" } else { "\n\n" })))
}

//! How CPython's own methods take their arguments, and its words for calls that do not fit. (Python's words
//! for functions written in Python are those of [`Args::bind`].)

use crate::{Args, Fault, Res, Val};

/// A way of taking arguments.
#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    One,
    /// From so many to so many, by position.
    Positional(usize, usize),
    /// The same, parsed by the method itself, with words of its own.
    Parsed(usize, usize),
    /// So many by position, and these by name.
    Named(usize, &'static [&'static str]),
}

/// How a method takes its arguments; none where that is left to the method.
fn takes(value: &Val, name: &str) -> Option<Takes> {
    use Takes::{Named, Nothing, One, Parsed, Positional};
    Some(match value {
        Val::Str(_) => match name {
            "join" | "partition" | "rpartition" | "removeprefix" | "removesuffix" | "translate" | "zfill"
            | "format_map" => One,
            "replace" => Positional(2, 3),
            "center" | "ljust" | "rjust" => Positional(1, 2),
            "strip" | "lstrip" | "rstrip" => Positional(0, 1),
            "maketrans" => Positional(1, 3),
            "find" | "rfind" | "index" | "rindex" | "count" | "startswith" | "endswith" => Parsed(1, 3),
            "split" | "rsplit" => Named(2, &["sep", "maxsplit"]),
            "splitlines" => Named(1, &["keepends"]),
            "expandtabs" => Named(1, &["tabsize"]),
            "encode" => Named(2, &["encoding", "errors"]),
            "format" => return None,
            _ => Nothing,
        },
        Val::Bytes(_) => match name {
            "decode" => Named(2, &["encoding", "errors"]),
            "hex" => Named(2, &["sep", "bytes_per_sep"]),
            _ => return None,
        },
        Val::List(_) => match name {
            "append" | "extend" | "remove" | "count" => One,
            "insert" => Positional(2, 2),
            "pop" => Positional(0, 1),
            "index" => Positional(1, 3),
            "sort" => Named(0, &["key", "reverse"]),
            _ => Nothing,
        },
        Val::Tuple(_) => match name {
            "count" => One,
            _ => Positional(1, 3),
        },
        Val::Dict(_) => match name {
            "get" | "setdefault" | "pop" | "fromkeys" => Positional(1, 2),
            "update" => return None,
            _ => Nothing,
        },
        Val::Bool(_) | Val::Int(_) | Val::Big(_) => match name {
            "to_bytes" => Named(2, &["length", "byteorder", "signed"]),
            "bit_count" | "bit_length" | "conjugate" | "as_integer_ratio" => Nothing,
            _ => return None,
        },
        Val::Float(_) => Nothing,
        _ => return None,
    })
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Refuses arguments that the method `name` of `receiver` does not take.
pub(super) fn check(receiver: &Val, name: &str, args: &Args) -> Res<()> {
    let Some(takes) = takes(receiver, name) else { return Ok(()) };
    let given = args.pos.len();
    let full = format!("{}.{name}()", receiver.type_name());
    if let Takes::Named(most, names) = takes {
        return named(name, most, names, args);
    }
    if !args.kw.is_empty() {
        let function = if matches!(takes, Takes::Parsed(..)) { format!("{name}()") } else { full };
        return Err(Fault::type_error(format!("{function} takes no keyword arguments")));
    }
    let message = match takes {
        Takes::Nothing if given > 0 => format!("{full} takes no arguments ({given} given)"),
        Takes::One if given != 1 => format!("{full} takes exactly one argument ({given} given)"),
        Takes::Positional(least, most) if given < least || given > most => {
            let (bound, count) = match (least == most, given < least) {
                (true, _) => ("", least),
                (_, true) => ("at least ", least),
                _ => ("at most ", most),
            };
            format!("{name} expected {bound}{count} argument{}, got {given}", plural(count))
        }
        Takes::Parsed(least, _) if given < least => {
            format!("{name}() takes at least {least} argument{} ({given} given)", plural(least))
        }
        Takes::Parsed(_, most) if given > most => {
            format!("{name}() takes at most {most} argument{} ({given} given)", plural(most))
        }
        _ => return Ok(()),
    };
    Err(Fault::type_error(message))
}

fn named(name: &str, most: usize, names: &[&str], args: &Args) -> Res<()> {
    let (given, all) = (args.pos.len(), args.pos.len() + args.kw.len());
    let message = if all > names.len() {
        let kind = if args.kw.len() == all { "keyword argument" } else { "argument" };
        format!("{name}() takes at most {} {kind}{} ({all} given)", names.len(), plural(names.len()))
    } else if given > most && most == 0 {
        format!("{name}() takes no positional arguments")
    } else if given > most {
        format!("{name}() takes at most {most} positional argument{} ({given} given)", plural(most))
    } else if let Some(at) =
        names[..given].iter().position(|name| args.kw.iter().any(|(key, _)| **key == **name))
    {
        format!("argument for {name}() given by name ('{}') and position ({})", names[at], at + 1)
    } else if let Some((key, _)) = args.kw.iter().find(|(key, _)| !names.contains(&&**key)) {
        format!("'{key}' is an invalid keyword argument for {name}()")
    } else {
        return Ok(());
    };
    Err(Fault::type_error(message))
}

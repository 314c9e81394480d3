//! Arguments of filters, tests, functions and methods, bound as Python binds them.

use crate::{Fault, Res, Val};
use rplay_value::Str;

/// Positional and keyword arguments. For a filter or test the first positional one is the value before it.
#[derive(Clone, Debug, Default)]
pub struct Args {
    /// Positional arguments.
    pub pos: Vec<Val>,
    /// Keyword arguments in order.
    pub kw: Vec<(Str, Val)>,
}

impl Args {
    /// Positional arguments only.
    pub fn new(pos: Vec<Val>) -> Self {
        Self { pos, kw: Vec::new() }
    }

    /// Removes and returns a keyword argument.
    pub fn take_kw(&mut self, name: &str) -> Option<Val> {
        let index = self.kw.iter().position(|(key, _)| &**key == name)?;
        Some(self.kw.remove(index).1)
    }

    /// All arguments, positional first.
    pub fn values(&self) -> impl Iterator<Item = &Val> {
        self.pos.iter().chain(self.kw.iter().map(|(_, value)| value))
    }

    /// Binds to the parameters `names` of `function`; the first `required` ones must be given. A parameter
    /// that was not given is `None`. Errors are Python's `TypeError`s.
    pub fn bind<const N: usize>(
        self,
        function: &str,
        names: [&str; N],
        required: usize,
    ) -> Res<[Option<Val>; N]> {
        let given = self.pos.len();
        if given > N {
            return Err(too_many(function, N, required, given));
        }
        let mut bound: [Option<Val>; N] = [const { None }; N];
        for (slot, value) in bound.iter_mut().zip(self.pos) {
            *slot = Some(value);
        }
        for (key, value) in self.kw {
            let Some(index) = names.iter().position(|name| **name == *key) else {
                return Err(Fault::type_error(format!(
                    "{function}() got an unexpected keyword argument '{key}'"
                )));
            };
            if bound[index].is_some() {
                return Err(Fault::type_error(format!(
                    "{function}() got multiple values for argument '{key}'"
                )));
            }
            bound[index] = Some(value);
        }
        let missing: Vec<&str> = (0..required).filter(|i| bound[*i].is_none()).map(|i| names[i]).collect();
        if missing.is_empty() { Ok(bound) } else { Err(missing_arguments(function, &missing)) }
    }
}

fn too_many(function: &str, most: usize, required: usize, given: usize) -> Fault {
    let takes = if required == most { format!("{most}") } else { format!("from {required} to {most}") };
    let plural = if most == 1 && required == most { "" } else { "s" };
    let verb = if given == 1 { "was" } else { "were" };
    Fault::type_error(format!(
        "{function}() takes {takes} positional argument{plural} but {given} {verb} given"
    ))
}

fn missing_arguments(function: &str, names: &[&str]) -> Fault {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = match quoted.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        [] => String::new(),
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    Fault::type_error(format!(
        "{function}() missing {} required positional argument{plural}: {list}",
        names.len()
    ))
}

//! The tables that filters, tests and lookups register into.

use crate::{Args, Ctx, Res, Val};
use rplay_value::Str;

/// A filter or test. `args.pos[0]` is the value before the `|` or `is`; a test returns a boolean.
pub type PluginFn = fn(&mut Ctx<'_>, Args) -> Res<Val>;

/// A lookup: its terms and options in, a list out.
pub type LookupFn = fn(&mut Ctx<'_>, LookupArgs) -> Res<Vec<Val>>;

/// What a lookup was called with (`wantlist` and `errors` are taken out before).
#[derive(Clone, Debug, Default)]
pub struct LookupArgs {
    /// Positional arguments after the lookup's name, or the value of `with_X` as a list.
    pub terms: Vec<Val>,
    /// Keyword arguments.
    pub options: Vec<(Str, Val)>,
    /// Whether `with_X` invoked it rather than `lookup()` or `query()`.
    pub as_with: bool,
}

/// What happens to undefined values that reach a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markers {
    /// An undefined argument becomes the result without a call; one read from a container inside an
    /// argument ends the call the same way.
    Trip,
    /// An undefined argument becomes the result; those inside containers may be read.
    AcceptLazy,
    /// Undefined arguments and those inside containers reach the plugin.
    Accept,
}

/// An entry of a table.
#[derive(Clone, Copy)]
pub struct Plugin<F> {
    /// The short name.
    pub name: &'static str,
    /// The collection it belongs to.
    pub collection: &'static str,
    /// The function.
    pub call: F,
    /// How it deals with undefined values.
    pub markers: Markers,
    /// Whether its result may be another the next time: it hangs on files, the clock or chance. Lookups
    /// always do.
    pub looks_outside: bool,
}

impl<F: Copy> Plugin<F> {
    /// A plugin of `ansible.builtin` that does not expect undefined values.
    pub const fn builtin(name: &'static str, call: F) -> Self {
        Self { name, collection: "ansible.builtin", call, markers: Markers::Trip, looks_outside: false }
    }

    /// The same with a result that may be another the next time.
    pub const fn outside(mut self) -> Self {
        self.looks_outside = true;
        self
    }

    /// The same of another collection, such as `community.general`.
    pub const fn of(mut self, collection: &'static str) -> Self {
        self.collection = collection;
        self
    }

    /// The same with another treatment of undefined values.
    pub const fn markers(mut self, markers: Markers) -> Self {
        self.markers = markers;
        self
    }

    /// The full name messages show.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.collection, self.name)
    }
}

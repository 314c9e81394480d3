//! One templating operation.

use crate::{
    Args, Binding, Fault, Marker, Res, Scope, Templar, Val,
    eval::Captured,
    meter::Meter,
    val::{PyDict, from_shared},
    watch::Watch,
};
use rplay_value::{Hashing, Origin, Str, Value};
use std::{collections::HashMap, rc::Rc, sync::Arc};

/// Items a list, range or repetition may have.
pub(crate) const MAX_ITEMS: usize = 10_000_000;
/// Bytes a text may have.
pub(crate) const MAX_TEXT: usize = 512 << 20;
/// How deep values, expressions and macros may nest.
const MAX_DEPTH: usize = 1000;
/// How deep variables may refer to each other (Ansible's own recursion gives out at 86).
pub(crate) const MAX_NESTING: usize = 86;

/// Guards against templates that would fill memory or take all time.
#[derive(Clone, Copy)]
pub struct Budget<'c>(&'c Meter);

impl Budget<'_> {
    /// Fails when a list of that many items is too long, or the time is used up.
    pub fn items(self, count: usize) -> Res<()> {
        if count <= MAX_ITEMS {
            return self.0.items(count);
        }
        Err(Fault::limit(format!("{count} items are more than the {MAX_ITEMS} a template may make")))
    }

    /// Fails when a text of that many bytes is too long, or the time is used up.
    pub fn text(self, bytes: usize) -> Res<()> {
        text_fits(bytes)?;
        self.0.bytes(bytes)
    }
}

/// Fails when a text of that many bytes is too long.
pub(crate) fn text_fits(bytes: usize) -> Res<()> {
    if bytes <= MAX_TEXT {
        return Ok(());
    }
    Err(Fault::limit(format!("a text of {bytes} bytes is longer than the {MAX_TEXT} a template may make")))
}

/// What an operation shares with those of the variables it reads.
struct Shared {
    meter: Meter,
    captured: Captured,
}

/// One templating operation: what its template sees, and the operations of Python on its values.
pub struct Ctx<'t> {
    templar: &'t Templar,
    scope: Arc<dyn Scope>,
    shared: Rc<Shared>,
    /// Variables read so far: every reference of one operation sees the same containers.
    vars: HashMap<Str, Val, Hashing>,
    /// Whether reading an undefined item of a container faults.
    trip: bool,
    depth: usize,
    nesting: usize,
    /// What this operation looked at.
    pub(crate) watch: Watch,
    /// Whether constants that look like templates are rendered (in conditionals).
    pub(crate) render_constants: bool,
    /// Whether this is about an expression, not a template.
    pub(crate) expression: bool,
    /// The template being rendered.
    pub(crate) source: Option<Str>,
    /// The line of the template that is being run, from 1.
    pub(crate) line: u32,
    /// Where included templates are looked for, when the caller says so.
    pub(crate) search: Option<Rc<[std::path::PathBuf]>>,
}

impl<'t> Ctx<'t> {
    pub(crate) fn new(templar: &'t Templar, scope: Arc<dyn Scope>) -> Self {
        let meter = Meter::new(templar.settings().time_limit);
        Self::sharing(templar, scope, Rc::new(Shared { meter, captured: Captured::default() }))
    }

    fn sharing(templar: &'t Templar, scope: Arc<dyn Scope>, shared: Rc<Shared>) -> Self {
        Self {
            templar,
            scope,
            shared,
            vars: HashMap::default(),
            trip: false,
            depth: 0,
            nesting: 0,
            watch: Watch::default(),
            render_constants: false,
            expression: false,
            source: None,
            line: 0,
            search: None,
        }
    }

    /// The operation of a template that a variable of this one holds.
    pub(crate) fn nested(&self, scope: Arc<dyn Scope>) -> Ctx<'t> {
        let shared = Rc::clone(&self.shared);
        Ctx { depth: self.depth, nesting: self.nesting + 1, ..Ctx::sharing(self.templar, scope, shared) }
    }

    /// The time of this operation.
    pub(crate) fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    /// The frames that values of this operation hold.
    pub(crate) fn captured(&self) -> &Captured {
        &self.shared.captured
    }

    /// How many templates this one is inside of.
    pub(crate) fn nesting(&self) -> usize {
        self.nesting
    }

    /// The settings, tables and hooks.
    pub fn templar(&self) -> &'t Templar {
        self.templar
    }

    /// What the template sees.
    pub fn scope(&self) -> &Arc<dyn Scope> {
        &self.scope
    }

    /// Guards against templates that would fill memory or take all time.
    pub fn budget(&self) -> Budget<'_> {
        Budget(self.meter())
    }

    /// Where the template being rendered stands.
    pub fn origin(&self) -> Option<Origin> {
        self.source.as_ref().and_then(|source| source.origin().cloned())
    }

    /// Ansible's message for a failure here, whose cause tells more.
    pub(crate) fn outer_message(&self) -> &'static str {
        if self.expression { "Error rendering expression." } else { "Error rendering template." }
    }

    /// A warning, handed to the sink.
    pub fn warn(&self, message: &str) {
        self.templar.warn(message, self.origin().as_ref());
    }

    /// A deprecation warning, handed to the sink.
    pub fn deprecated(&self, message: &str) {
        self.templar.deprecated(message, self.origin().as_ref());
    }

    /// The variable of that name; none when it does not exist.
    pub fn variable(&mut self, name: &str) -> Option<Val> {
        if let Some(value) = self.vars.get(name) {
            return Some(value.clone());
        }
        self.reads(name);
        let binding = self.scope.lookup(name)?;
        let value = named(name, self.bound(binding));
        self.vars.insert(Str::from(name), value.clone());
        Some(value)
    }

    /// What a binding stands for, rendered.
    pub(crate) fn bound(&mut self, binding: Binding) -> Val {
        match binding {
            Binding::Value(value) => {
                let scope = Arc::clone(&self.scope);
                self.value_in(&value, &scope)
            }
            Binding::In(value, scope) => self.value_in(&value, &scope),
            Binding::Object(object) => {
                if !object.is_steady() {
                    self.looks_outside();
                }
                Val::Dict(PyDict::computed(object))
            }
        }
    }

    /// Data of a scope: a string is rendered there, containers are when their items are read. Failures
    /// become undefined values.
    pub fn value_in(&mut self, value: &Value, scope: &Arc<dyn Scope>) -> Val {
        match value {
            Value::Str(text) if crate::val::is_template(text) => crate::render::variable(self, text, scope),
            Value::Vaulted(vaulted) => match self.templar.decrypt(vaulted) {
                Ok(text) => Val::Str(text),
                Err(error) => Val::Undef(Rc::new(Marker::undecryptable(vaulted, error))),
            },
            value => from_shared(value, Some(Arc::clone(scope))),
        }
    }

    /// Renders data in this operation's scope, for lookups such as `vars` and `template`.
    pub fn render(&mut self, value: &Value) -> Val {
        let scope = Arc::clone(&self.scope);
        self.value_in(value, &scope)
    }

    /// An item read from a container: undefined ones fault inside plugins that do not accept them.
    pub fn read(&self, value: Val) -> Res<Val> {
        match value {
            Val::Undef(marker) if self.trip => Err(marker.trip()),
            value => Ok(value),
        }
    }

    /// Runs something that may read undefined items of containers.
    pub fn accepting_markers<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.with_trip(false, run)
    }

    pub(crate) fn with_trip<T>(&mut self, trip: bool, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.trip, trip);
        let result = run(self);
        self.trip = before;
        result
    }

    /// Runs something one level deeper, on more stack if need be; too deep is Python's `RecursionError`.
    pub fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Res<T>) -> Res<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::raised("RecursionError", "maximum recursion depth exceeded"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(256 << 10, 2 << 20, || run(self));
        self.depth -= 1;
        result
    }

    /// Calls something callable. Undefined arguments become the result; exceptions become undefined values.
    pub fn call(&mut self, callee: &Val, args: Args) -> Res<Val> {
        crate::call::call(self, callee, args)
    }

    /// Applies the filter `name`; `args.pos[0]` is the value. Faults of the filter are captured in the
    /// (undefined) result; the fault returned is an unknown name.
    pub fn filter(&mut self, name: &str, args: Args) -> Res<Val> {
        crate::call::filter(self, name, args)
    }

    /// Applies the test `name`; `args.pos[0]` is the value. The result is a boolean or undefined.
    pub fn test(&mut self, name: &str, args: Args) -> Res<Val> {
        crate::call::test(self, name, args)
    }

    /// Runs the lookup `name` and returns its list.
    pub fn lookup(&mut self, name: &str, args: crate::LookupArgs) -> Res<Vec<Val>> {
        crate::call::lookup_list(self, name, args)
    }
}

/// A failed variable's error with the variable's name in its chain.
fn named(name: &str, value: Val) -> Val {
    match &value {
        Val::Undef(marker) if let Some(error) = marker.error() => {
            let mut error = error.clone();
            error.chain.insert(0, name.to_owned());
            Val::Undef(Rc::new(Marker { vaulted: marker.vaulted.clone(), ..Marker::failed(error) }))
        }
        Val::Undef(marker) if !marker.is_blank() => {
            let mut marker = Marker::clone(marker);
            marker.through.insert(0, name.to_owned());
            Val::Undef(Rc::new(marker))
        }
        _ => value,
    }
}

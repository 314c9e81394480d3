//! Calls of functions, methods, filters, tests and lookups, with Ansible's treatment of undefined values.

use crate::{
    Args, Cause, Ctx, ErrorKind, Fault, Func, LookupArgs, LookupFn, Marker, Markers, Plugin, PluginFn, Res,
    TemplateError, Val, methods,
};
use std::rc::Rc;

/// The first undefined argument.
fn first_marker(args: &Args) -> Option<Val> {
    args.values().find(|value| matches!(value, Val::Undef(marker) if !marker.blank)).cloned()
}

/// A fault as the undefined value that takes the call's place.
fn captured(fault: Fault, ctx: &Ctx<'_>) -> Val {
    match fault {
        Fault::Marker(marker) => Val::Undef(marker),
        Fault::Template(error) => Val::Undef(Rc::new(Marker::failed(*error))),
        Fault::Raised(raised) => {
            let mut error = TemplateError::new(ErrorKind::Template, ctx.outer_message())
                .caused_by(raised.kind, raised.message);
            error.origin = ctx.origin();
            Val::Undef(Rc::new(Marker::failed(error)))
        }
    }
}

/// A failed plugin: Ansible's outer message with the plugin's own exception as the cause.
fn plugin_failed(kind: &str, full_name: &str, fault: Fault, ctx: &Ctx<'_>) -> Fault {
    if let Fault::Marker(_) = fault {
        return fault;
    }
    let Cause { kind: cause, message } = fault.cause();
    let outer = format!("The {kind} plugin '{full_name}' failed.");
    let mut error = TemplateError::new(ErrorKind::Plugin, outer).caused_by(cause, message);
    error.origin = ctx.origin();
    Fault::Template(Box::new(error))
}

/// Calls something callable.
pub(crate) fn call(ctx: &mut Ctx<'_>, callee: &Val, args: Args) -> Res<Val> {
    counted(ctx, &args)?;
    let accepts = match callee {
        Val::Undef(_) => return Ok(callee.clone()),
        Val::Func(func) => func.accepts_markers(),
        _ => false,
    };
    if !accepts && let Some(marker) = first_marker(&args) {
        return Ok(marker);
    }
    match callee {
        Val::Func(func) => {
            let func = Rc::clone(func);
            let result = ctx.with_trip(!accepts, |ctx| ctx.deeper(|ctx| invoke(ctx, &func, args)));
            Ok(result.map_or_else(|fault| captured(fault, ctx), noted))
        }
        Val::Obj(obj) => {
            let obj = Rc::clone(obj);
            match ctx.deeper(|ctx| obj.call(ctx, args)) {
                Ok(Some(result)) => Ok(result),
                Ok(None) => Ok(captured(not_callable(callee), ctx)),
                Err(fault) => Ok(captured(fault, ctx)),
            }
        }
        other => Ok(captured(not_callable(other), ctx)),
    }
}

/// Counts a call, and what it works on, against the operation's time.
fn counted(ctx: &Ctx<'_>, args: &Args) -> Res<()> {
    ctx.meter().steps(1)?;
    args.values().try_for_each(|value| ctx.meter().value(value))
}

/// A result, with a note in a list that it is one.
fn noted(value: Val) -> Val {
    if let Val::List(list) = &value {
        list.called();
    }
    value
}

fn not_callable(value: &Val) -> Fault {
    Fault::type_error(format!("'{}' object is not callable", value.type_name()))
}

fn invoke(ctx: &mut Ctx<'_>, func: &Func, args: Args) -> Res<Val> {
    match func {
        Func::Global { call, .. } => call(ctx, args),
        Func::Closure { call, .. } => call(ctx, args),
        Func::Method { receiver, name } => {
            ctx.meter().value(receiver)?;
            methods::call(ctx, receiver, name, args)
        }
    }
}

fn invoke_plugin(ctx: &mut Ctx<'_>, kind: &str, plugin: &Plugin<PluginFn>, args: Args) -> Val {
    if plugin.markers != Markers::Accept
        && let Some(marker) = first_marker(&args)
    {
        return marker;
    }
    if plugin.looks_outside {
        ctx.looks_outside();
    }
    let trip = plugin.markers == Markers::Trip;
    let result = ctx.with_trip(trip, |ctx| ctx.deeper(|ctx| (plugin.call)(ctx, args)));
    match result {
        // An iterator that a plugin returns is consumed at once.
        Ok(Val::Range(range)) => {
            ctx.iterate(&Val::Range(range)).map_or_else(|fault| captured(fault, ctx), Val::from)
        }
        Ok(value) => noted(value),
        Err(fault) => {
            let fault = plugin_failed(kind, &plugin.full_name(), fault, ctx);
            captured(fault, ctx)
        }
    }
}

/// Applies a filter.
pub(crate) fn filter(ctx: &mut Ctx<'_>, name: &str, args: Args) -> Res<Val> {
    counted(ctx, &args)?;
    match ctx.templar().filter(name) {
        Some(plugin) => {
            if ctx.templar().is_test_as_filter(name) {
                ctx.deprecated(&format!(
                    "Using the test '{name}' as a filter is deprecated; write `is {name}`."
                ));
            }
            Ok(invoke_plugin(ctx, "filter", &plugin, args))
        }
        None => Err(Fault::raised("TemplateRuntimeError", format!("No filter named '{name}'."))),
    }
}

/// Applies a test.
pub(crate) fn test(ctx: &mut Ctx<'_>, name: &str, args: Args) -> Res<Val> {
    counted(ctx, &args)?;
    let Some(plugin) = ctx.templar().test(name) else {
        return Err(Fault::raised("TemplateRuntimeError", format!("No test named '{name}'.")));
    };
    match invoke_plugin(ctx, "test", &plugin, args) {
        value @ (Val::Undef(_) | Val::Bool(_)) => Ok(value),
        other => ctx.truth(&other).map(Val::Bool),
    }
}

fn find_lookup(ctx: &Ctx<'_>, name: &str) -> Res<Plugin<LookupFn>> {
    ctx.templar().lookup(name).ok_or_else(|| {
        let message = format!("The lookup plugin '{name}' was not found.");
        Fault::Template(Box::new(TemplateError::new(ErrorKind::PluginNotFound, message)))
    })
}

/// Runs a lookup and returns its list as it is.
pub(crate) fn lookup_list(ctx: &mut Ctx<'_>, name: &str, args: LookupArgs) -> Res<Vec<Val>> {
    ctx.meter().steps(1)?;
    let plugin = find_lookup(ctx, name)?;
    ctx.looks_outside();
    if plugin.markers != Markers::Accept {
        let given = args.terms.iter().chain(args.options.iter().map(|(_, value)| value));
        if let Some(Val::Undef(marker)) = given.into_iter().find(|value| value.is_undefined()) {
            return Err(marker.trip());
        }
    }
    let trip = plugin.markers == Markers::Trip;
    ctx.with_trip(trip, |ctx| ctx.deeper(|ctx| (plugin.call)(ctx, args)))
}

/// `lookup()` and `query()`: with `wantlist`, `errors` and the joining of several strings.
pub(crate) fn lookup(ctx: &mut Ctx<'_>, name: &str, mut args: Args, wantlist: bool) -> Res<Val> {
    let wantlist = match args.take_kw("wantlist") {
        Some(value) => ctx.truth(&value)?,
        None => wantlist,
    };
    let errors = match args.take_kw("errors") {
        Some(value) => ctx.str(&value)?,
        None => "strict".to_owned(),
    };
    find_lookup(ctx, name)?;
    let mut terms = Vec::with_capacity(args.pos.len());
    for term in args.pos {
        terms.push(trusted_constants(ctx, term));
    }
    let list = lookup_list(ctx, name, LookupArgs { terms, options: args.kw, as_with: false });
    let list = match list {
        Ok(list) => list,
        Err(fault @ Fault::Marker(_)) => return Err(fault),
        Err(fault) if errors == "warn" || errors == "ignore" => {
            if errors == "warn" {
                let message = fault.cause().message;
                ctx.warn(&format!("An error occurred while running the lookup plugin '{name}': {message}"));
            }
            return Ok(if wantlist { Val::from(Vec::new()) } else { Val::None });
        }
        Err(fault) => return Err(plugin_failed("lookup", name, fault, ctx)),
    };
    if wantlist {
        return Ok(Val::from(list));
    }
    Ok(match list.as_slice() {
        [one] => one.clone(),
        [] => Val::from(list),
        many => match many.iter().map(Val::as_str).collect::<Option<Vec<&str>>>() {
            Some(texts) => Val::from(texts.join(",")),
            None => Val::from(list),
        },
    })
}

/// Constants with embedded templates among a lookup's terms, rendered as older content expects.
fn trusted_constants(ctx: &mut Ctx<'_>, term: Val) -> Val {
    match &term {
        Val::Str(text) if crate::val::is_template(text) => {
            ctx.warn(
                "Jinja constant strings should not contain embedded templates. This feature will be disabled by \
                 default in ansible-core 2.23.",
            );
            ctx.render(&rplay_value::Value::Str(text.clone()))
        }
        _ => term,
    }
}

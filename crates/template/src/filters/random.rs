//! `random` and `shuffle`, with Python's numbers for a seed.

use crate::{
    Args, Ctx, Fault, Res, Val,
    python::random::{self, Bits, Os, Twister},
    val::{float_of, integer_of},
};

/// `random.Random(seed)`; without a seed, the system's randomness.
pub(crate) fn source(seed: Option<&Val>) -> Res<Box<dyn Bits>> {
    Ok(match seed {
        None | Some(Val::None) => Box::new(Os),
        Some(Val::Str(text)) => Box::new(Twister::from_text(text.as_bytes())),
        Some(Val::Bytes(bytes)) => Box::new(Twister::from_text(bytes)),
        Some(value) => match (integer_of(value), float_of(value)) {
            (Some(int), _) => Box::new(Twister::from_int(&int)),
            (None, Some(float)) => Box::new(Twister::from_int(&float_hash(float).into())),
            _ => {
                return Err(Fault::type_error(
                    "The only supported seed types are: None,\nint, float, str, bytes, and bytearray.",
                ));
            }
        },
    })
}

/// CPython's hash of a float: its value modulo 2⁶¹ − 1.
fn float_hash(float: f64) -> i64 {
    const MODULUS: i128 = (1 << 61) - 1;
    if !float.is_finite() {
        return if float.is_nan() { 0 } else { 314_159 * float.signum() as i64 };
    }
    let bits = float.abs().to_bits();
    let (exponent, mantissa) = ((bits >> 52) as i32, bits & ((1 << 52) - 1));
    let (mantissa, exponent) =
        if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) };
    let shift = exponent.rem_euclid(61);
    let mut hash = i128::from(mantissa);
    for _ in 0..shift {
        hash = hash * 2 % MODULUS;
    }
    let hash = (hash % MODULUS) as i64;
    if float < 0.0 { -hash } else { hash }
}

pub(super) fn random(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [end, start, step, seed] = args.bind_in_context("rand", ["end", "start", "step", "seed"], 1)?;
    let mut source = source(seed.as_ref())?;
    let end = end.unwrap_or(Val::None);
    let mut given = |value: Option<Val>| -> Res<Option<Val>> {
        match value {
            Some(value) if ctx.truth(&value)? => Ok(Some(value)),
            _ => Ok(None),
        }
    };
    let (start, step) = (given(start)?, given(step)?);
    if let Some(stop) = end.as_int() {
        let start = super::util::integer(start, 0)?;
        let step = super::util::integer(step, 1)?;
        return source.range(start, stop, step).map(Val::Int);
    }
    if let Val::Big(_) = end {
        return Err(Fault::plugin("random cannot draw from integers beyond 64 bits"));
    }
    if !matches!(end, Val::Str(_) | Val::List(_) | Val::Tuple(_) | Val::Range(_) | Val::Dict(_)) {
        return Err(Fault::plugin("random can only be used on sequences and integers"));
    }
    if start.is_some() || step.is_some() {
        return Err(Fault::plugin("start and step can only be used with integer values"));
    }
    if let Val::Dict(_) = end {
        let index = source.index(ctx.length(&end)?.max(1))?;
        return Err(Fault::key_error(index.to_string()));
    }
    let items = ctx.iterate(&end)?;
    if items.is_empty() {
        return Err(Fault::index_error("Cannot choose from an empty sequence"));
    }
    Ok(items[source.index(items.len())?].clone())
}

pub(super) fn shuffle(ctx: &mut Ctx<'_>, args: Args) -> Res<Val> {
    let [list, seed] = args.bind("randomize_list", ["mylist", "seed"], 1)?;
    let list = list.unwrap_or(Val::None);
    let mut items = match ctx.iterate(&list) {
        Ok(items) => items,
        // What is no list comes back as it is.
        Err(Fault::Raised(_)) => return Ok(list),
        Err(fault) => return Err(fault),
    };
    let seed = match seed {
        Some(seed) if ctx.truth(&seed)? => Some(seed),
        _ => None,
    };
    if let Ok(mut source) = source(seed.as_ref()) {
        random::shuffle(source.as_mut(), &mut items)?;
    }
    Ok(Val::from(items))
}

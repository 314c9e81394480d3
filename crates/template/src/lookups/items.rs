//! `items`: the terms, one level of lists flattened.

use crate::{Ctx, LookupArgs, Res, Val};

pub(super) fn items(ctx: &mut Ctx<'_>, args: LookupArgs) -> Res<Vec<Val>> {
    let mut out = Vec::new();
    for term in args.terms {
        match term {
            Val::List(_) | Val::Tuple(_) => out.extend(ctx.iterate(&term)?),
            other => out.push(other),
        }
    }
    Ok(out)
}

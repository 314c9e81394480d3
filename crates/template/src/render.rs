//! Rendering of templates.

use crate::{Ctx, Scope, Val};
use rplay_value::Str;
use std::sync::Arc;

pub(crate) fn variable(ctx: &mut Ctx<'_>, text: &Str, scope: &Arc<dyn Scope>) -> Val {
    let _inner = ctx.nested(Arc::clone(scope));
    Val::Str(text.clone())
}

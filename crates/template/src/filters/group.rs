//! What `groupby` yields: a pair with the names `grouper` and `list`.

use crate::{Ctx, Obj, Res, Val};

pub(super) struct Group {
    pub(super) grouper: Val,
    pub(super) list: Val,
}

impl Group {
    fn tuple(&self) -> Val {
        Val::tuple([self.grouper.clone(), self.list.clone()])
    }
}

impl Obj for Group {
    fn type_name(&self) -> &'static str {
        "tuple"
    }
    fn attribute(&self, _: &mut Ctx<'_>, name: &str) -> Res<Option<Val>> {
        Ok(match name {
            "grouper" => Some(self.grouper.clone()),
            "list" => Some(self.list.clone()),
            _ => None,
        })
    }
    fn item(&self, ctx: &mut Ctx<'_>, key: &Val) -> Res<Option<Val>> {
        ctx.item(&self.tuple(), key)
    }
    fn items(&self, _: &mut Ctx<'_>) -> Res<Option<Vec<Val>>> {
        Ok(Some(vec![self.grouper.clone(), self.list.clone()]))
    }
    fn length(&self, _: &mut Ctx<'_>) -> Res<Option<usize>> {
        Ok(Some(2))
    }
    fn text(&self, ctx: &mut Ctx<'_>) -> Res<String> {
        ctx.repr(&self.tuple())
    }
    fn plain(&self) -> Option<Val> {
        Some(self.tuple())
    }
}

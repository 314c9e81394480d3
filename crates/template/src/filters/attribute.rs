//! Attribute paths of Jinja's filters: `'a.b.0'`, numbers, several after commas.

use crate::{Ctx, Fault, Res, Val};

/// Where to look in an item, and what to do with what is found.
pub(crate) struct Getter {
    /// Paths; a plain getter has one.
    paths: Vec<Vec<Val>>,
    default: Option<Val>,
    ignore_case: bool,
}

fn parts(attribute: &str) -> Vec<Val> {
    let part = |part: &str| match part.parse::<i64>() {
        Ok(int) if part.bytes().all(|byte| byte.is_ascii_digit()) => Val::Int(int),
        _ => Val::from(part),
    };
    attribute.split('.').map(part).collect()
}

impl Getter {
    /// Jinja's `make_attrgetter`.
    pub(crate) fn one(attribute: Option<Val>, default: Option<Val>, ignore_case: bool) -> Self {
        let path = match attribute {
            None | Some(Val::None) => Vec::new(),
            Some(Val::Str(text)) => parts(&text),
            Some(other) => vec![other],
        };
        Self { paths: vec![path], default: default.filter(|default| !default.is_none()), ignore_case }
    }

    /// Jinja's `make_multi_attrgetter`: the key is a list.
    pub(crate) fn many(attribute: Option<Val>, ignore_case: bool) -> Self {
        match attribute {
            Some(Val::Str(text)) => {
                Self { paths: text.split(',').map(parts).collect(), default: None, ignore_case }
            }
            other => Self::one(other, None, ignore_case),
        }
    }

    fn follow(&self, ctx: &mut Ctx<'_>, item: &Val, path: &[Val]) -> Res<Val> {
        let mut item = item.clone();
        for part in path {
            item = ctx.getitem(&item, part)?;
            // Only `map` and its kin get to see what is undefined.
            item = ctx.read(item)?;
            if item.is_undefined() && self.default.is_some() {
                item = self.default.clone().unwrap_or(Val::None);
            }
        }
        if let (true, Val::Str(text)) = (self.ignore_case, &item) {
            item = Val::from(text.to_lowercase());
        }
        Ok(item)
    }

    /// What the (first) path leads to.
    pub(crate) fn get(&self, ctx: &mut Ctx<'_>, item: &Val) -> Res<Val> {
        match self.paths.first() {
            Some(path) => self.follow(ctx, item, path),
            None => Err(Fault::type_error("no attribute")),
        }
    }

    /// What all paths lead to, as one key.
    pub(crate) fn key(&self, ctx: &mut Ctx<'_>, item: &Val) -> Res<Val> {
        if let [path] = self.paths.as_slice() {
            return self.follow(ctx, item, path);
        }
        let mut keys = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            keys.push(self.follow(ctx, item, path)?);
        }
        Ok(Val::from(keys))
    }
}

//! `loop`, `with_NAME`, `loop_control`.

use super::{Reading, Result, typed::items};
use crate::{Level, Loop, LoopControl, LoopKind};
use rplay_yaml::Node;

impl Reading<'_> {
    /// Takes in `loop` or `with_NAME`; a task has one of them.
    pub(super) fn add_loop(
        &self,
        task: &Node,
        (key, at): (&str, &Node),
        node: &Node,
        into: &mut Option<Loop>,
    ) -> Result<()> {
        let lookup = key.strip_prefix("with_");
        if node.is_null() {
            return match lookup {
                Some(_) => {
                    Err(self.fail(task, format!("you must specify a value when using {key}")).general())
                }
                None => Ok(()),
            };
        }
        match (into.as_mut(), lookup) {
            (Some(_), Some(name)) => {
                return Err(self.fail(task, format!("duplicate loop in task: {name}")).general());
            }
            // `loop` after a `with_` takes the place of its terms.
            (Some(known), None) => {
                known.terms = node.to_value();
                return Ok(());
            }
            (None, _) => {}
        }
        *into = Some(match lookup {
            Some(name) => Loop {
                kind: LoopKind::With(name.into()),
                terms: self.bare_variable(name, node),
                span: at.span,
            },
            None => Loop { kind: LoopKind::Loop, terms: node.to_value(), span: at.span },
        });
        Ok(())
    }

    pub(super) fn loop_control(&self, node: &Node) -> Result<LoopControl> {
        if node.as_map().is_none() {
            let message = "the `loop_control` value must be specified as a dictionary and cannot be a variable \
                           itself (though it can contain variables)";
            return Err(self.fail(node, message));
        }
        let mut control = LoopControl::default();
        for (key, at, value) in self.keyed(node, Level::LoopControl)? {
            match key {
                "loop_var" => control.loop_var = self.field(key, value)?,
                "index_var" => control.index_var = self.field(key, value)?,
                "label" => control.label = Some(value.to_value()),
                "pause" => control.pause = self.field(key, value)?,
                "extended" => control.extended = self.field(key, value)?,
                "extended_allitems" => control.extended_allitems = self.field(key, value)?,
                "break_when" => control.break_when = items(value),
                _ => return Err(self.unknown(at, Level::LoopControl)),
            }
        }
        Ok(control)
    }
}

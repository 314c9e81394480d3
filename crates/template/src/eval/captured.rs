//! What may hold itself: a macro holds the frame it is made in, which holds the macro; a list may be appended to
//! itself.

use super::{Env, frames::Frame};
use crate::val::Holder;
use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

/// Frames up to which the dead ones are not looked for.
const FEW: usize = 64;

/// The frames of an operation that its values hold, and the containers it put others into. At the operation's end,
/// when its result is plain data, they are emptied: nothing holds itself any more.
#[derive(Default)]
pub(crate) struct Captured {
    frames: RefCell<Vec<Weak<Frame>>>,
    holders: RefCell<Vec<Holder>>,
}

impl Captured {
    /// Takes note of the frames that a value is about to hold.
    pub(super) fn note(&self, env: &Env) {
        let mut frames = self.frames.borrow_mut();
        // Doubling keeps this cheap in a loop that makes a macro each time.
        if frames.len() >= FEW && frames.len() + 2 > frames.capacity() {
            frames.retain(|frame| frame.strong_count() > 0);
            frames.sort_unstable_by_key(Weak::as_ptr);
            frames.dedup_by_key(|frame| frame.as_ptr());
        }
        for frame in [&env.frame, &env.root] {
            if !frames.last().is_some_and(|last| last.as_ptr() == Rc::as_ptr(frame)) {
                frames.push(Rc::downgrade(frame));
            }
        }
    }
}

impl Captured {
    /// Takes note of a container that others were put into.
    pub(crate) fn note_holder(&self, holder: Holder) {
        let mut holders = self.holders.borrow_mut();
        if holders.last().is_some_and(|last| last.place() == holder.place()) {
            return;
        }
        if holders.len() >= FEW && holders.len() == holders.capacity() {
            holders.retain(Holder::is_alive);
            holders.sort_unstable_by_key(Holder::place);
            holders.dedup_by_key(|holder| holder.place());
        }
        holders.push(holder);
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        self.holders.take().iter().for_each(Holder::empty);
        for frame in self.frames.take() {
            let mut next = frame.upgrade();
            while let Some(frame) = next {
                frame.clear();
                next = frame.parent();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binding, Ctx, Scope, Settings, Templar, front::Form};
    use rplay_value::{Str, Value};
    use std::{path::Path, sync::Arc};

    struct Vars;

    impl Scope for Vars {
        fn lookup(&self, name: &str) -> Option<Binding> {
            (name == "macro_of_variable")
                .then(|| Binding::Value(Value::template("{% macro m() %}{% endmacro %}{{ m }}")))
        }
        fn names(&self) -> Vec<Str> {
            Vec::new()
        }
    }

    struct Files;

    impl crate::FileLoader for Files {
        fn read(&self, _: &Path) -> std::io::Result<Vec<u8>> {
            Ok(b"{% macro m() %}x{% endmacro %}".to_vec())
        }
        fn exists(&self, _: &Path) -> bool {
            true
        }
    }

    /// How many captured frames live before the end of an operation and after it.
    fn lives(text: &str) -> (usize, usize) {
        let templar = Templar::new(Settings { files: Arc::new(Files), ..Settings::default() });
        let mut ctx = Ctx::new(&templar, Arc::new(Vars));
        ctx.search = Some(Rc::from([Path::new("/").to_path_buf()]));
        let options = templar.default_options();
        let template = templar.compiled(&Str::trusted(text), Form::Template, true, options).unwrap();
        let value = crate::eval::template(&mut ctx, &template, Arc::clone(options)).unwrap();
        drop(value);
        let frames = ctx.captured().frames.borrow().clone();
        let living = || frames.iter().filter(|frame| frame.strong_count() > 0).count();
        let before = living();
        drop(ctx);
        (before, living())
    }

    #[test]
    fn no_frame_outlives_its_operation() {
        for text in [
            "{% macro m() %}{% endmacro %}{{ m() }}",
            "{% macro m(x) %}{% macro inner() %}{{ x }}{% endmacro %}{{ inner() }}{% endmacro %}{{ m(1) }}",
            "{% set ns = namespace() %}{% with %}{% for i in [1] %}{% macro m() %}{% endmacro %}{% set ns.m = m %}\
             {% endfor %}{% endwith %}",
            "{% set l = [] %}{% for i in [1] recursive %}{% set _ = l.append(loop) %}{% endfor %}",
            "{% set me = self %}{% block b %}{% set mine = self.b %}{% endblock %}",
            "{% import 'a' as a %}{% from 'a' import m %}{{ m() }}{{ a.m() }}",
            "{% set kept = macro_of_variable %}{{ kept() }}",
        ] {
            let (before, after) = lives(text);
            assert!(before > 0, "{text}: the case holds nothing");
            assert_eq!(after, 0, "{text}");
        }
    }

    #[test]
    fn no_container_outlives_its_operation() {
        for text in [
            "{% set l = [] %}{% set _ = l.append(l) %}",
            "{% set l = [] %}{% set _ = l.insert(0, (l,)) %}",
            "{% set l = [] %}{% set _ = l.extend([{'me': l}]) %}",
            "{% set d = {} %}{% set _ = d.update(me=d) %}",
            "{% set d = {} %}{% set _ = d.setdefault('me', [d]) %}",
            "{% set n = namespace() %}{% set n.me = n %}",
            "{% set l = [] %}{% set _ = l.append(l.append) %}",
        ] {
            let templar = Templar::new(Settings::default());
            let mut ctx = Ctx::new(&templar, Arc::new(Vars));
            let options = templar.default_options();
            let template = templar.compiled(&Str::trusted(text), Form::Template, true, options).unwrap();
            drop(crate::eval::template(&mut ctx, &template, Arc::clone(options)).unwrap());
            let holders = ctx.captured().holders.borrow().clone();
            assert!(holders.iter().any(Holder::is_alive), "{text}: the case holds nothing");
            drop(ctx);
            assert!(!holders.iter().any(Holder::is_alive), "{text}");
        }
    }

    #[test]
    fn dead_frames_are_forgotten() {
        let text = "{% macro m() %}{{ caller() }}{% endmacro %}{% for i in range(5000) %}{% call m() %}{% endcall %}\
                    {% endfor %}";
        let templar = Templar::new(Settings::default());
        let mut ctx = Ctx::new(&templar, Arc::new(Vars));
        let options = templar.default_options();
        let template = templar.compiled(&Str::trusted(text), Form::Template, true, options).unwrap();
        crate::eval::template(&mut ctx, &template, Arc::clone(options)).unwrap();
        assert!(ctx.captured().frames.borrow().len() <= 2 * FEW);
    }
}

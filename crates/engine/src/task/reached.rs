//! How a task reaches its host, as variables: what content reads as `ansible_user`, `ansible_connection` and so
//! on where neither inventory nor play set them.

use crate::settings::ConnectionDefaults;
use rplay_playbook::{Field, Keywords};
use rplay_value::{Dict, Value};
use std::sync::Arc;

/// Variables of keywords over the command line; keywords may be templates still.
pub(super) fn variables(defaults: &ConnectionDefaults, keywords: &Keywords) -> Arc<Dict> {
    let mut known = Dict::with_capacity(8);
    let mut know = |names: &[&str], value: Option<Value>| {
        for name in names {
            if let Some(value) = &value {
                known.insert(*name, value.clone());
            }
        }
    };
    let user = defaults.user.clone().map(Value::from);
    let port = defaults.port.map(|port| i64::from(port).into());
    let key = defaults.private_key.as_ref().map(|path| path.to_string_lossy().into_owned().into());
    let seconds = i64::try_from(defaults.timeout.as_secs()).ok().map(Value::from);
    let connection = written(keywords.connection.as_ref());
    know(&["ansible_connection"], connection.or_else(|| Some(defaults.transport.clone().into())));
    know(&["ansible_user", "ansible_ssh_user"], written(keywords.remote_user.as_ref()).or(user));
    know(&["ansible_port", "ansible_ssh_port"], written(keywords.port.as_ref()).or(port));
    know(&["ansible_password", "ansible_ssh_pass"], defaults.password.clone().map(Value::from));
    know(&["ansible_timeout", "ansible_ssh_timeout"], seconds);
    know(&["ansible_private_key_file", "ansible_ssh_private_key_file"], key);
    know(&["ansible_shell_executable"], Some("/bin/sh".into()));
    Arc::new(known)
}

fn written<T: Clone + Into<Value>>(field: Option<&Field<T>>) -> Option<Value> {
    Some(match field? {
        Field::Literal(value) => value.clone().into(),
        Field::Template(template) | Field::Over(template, _) => template.clone(),
    })
}

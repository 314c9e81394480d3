//! How a host is reached: its connection variables, keywords and the command line.

use super::keywords::{Reader, to_bool, to_int};
use crate::{engine::Engine, error::TaskError};
use rplay_connection::{Become, BecomeMethod, Secret, Target, Transport};
use rplay_playbook::Keywords;
use rplay_template::{Binding, Scope};
use rplay_value::{Str, Value};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// The target of tasks with `keywords` on the host `name` whose variables are `scope`. Variables win over
/// keywords, keywords over the command line, as connection plugins of ansible-core have it.
pub(crate) fn target_of(
    engine: &Engine,
    keywords: &Keywords,
    scope: &Arc<dyn Scope>,
    name: &str,
) -> Result<Target, TaskError> {
    let vars = Vars { engine, scope };
    let read = Reader { engine, scope };
    let defaults = &engine.settings.connection;
    let transport = match vars.text(&["ansible_connection"])? {
        Some(transport) => transport,
        None => read
            .text("connection", keywords.connection.as_ref())?
            .unwrap_or_else(|| defaults.transport.clone()),
    };
    let mut target = Target::new(name, transport_of(&transport)?);
    if let Some(address) = vars.text(&["ansible_host", "ansible_ssh_host"])? {
        target.address = address.to_string();
    }
    target.port = match vars.int(&["ansible_port", "ansible_ssh_port"])? {
        Some(port) => Some(port),
        None => read.int("port", keywords.port.as_ref())?.or(defaults.port.map(i64::from)),
    }
    .map(|port| u16::try_from(port).map_err(|_| TaskError::failed(format!("{port} is not a port"))))
    .transpose()?;
    target.user = match vars.text(&["ansible_user", "ansible_ssh_user"])? {
        Some(user) => Some(user),
        None => read.text("remote_user", keywords.remote_user.as_ref())?.or_else(|| defaults.user.clone()),
    }
    .map(|user| user.to_string());
    let password = vars.text(&["ansible_password", "ansible_ssh_password", "ansible_ssh_pass"])?;
    target.password = password.or_else(|| defaults.password.clone()).map(|text| Secret::new(text.as_str()));
    target.private_key_file = vars
        .text(&["ansible_ssh_private_key_file", "ansible_private_key_file"])?
        .map(|path| PathBuf::from(path.as_str()))
        .or_else(|| defaults.private_key.clone());
    target.timeout = vars
        .int(&["ansible_ssh_timeout", "ansible_timeout"])?
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(defaults.timeout, Duration::from_secs);
    target.host_key_checking = vars
        .bool(&["ansible_ssh_host_key_checking", "ansible_host_key_checking"])?
        .unwrap_or(defaults.host_key_checking);
    target.ssh_args = ssh_args(&vars, defaults)?;
    if let Some(tmp) = vars.text(&["ansible_remote_tmp"])? {
        target.remote_tmp = tmp.to_string();
    } else {
        target.remote_tmp = defaults.remote_tmp.to_string();
    }
    target.r#become = become_of(&vars, &read, keywords)?
        .filter(|how| defaults.become_allow_same_user || !is_same_user(&target, how));
    if target.transport == Transport::Local {
        target.become_timeout = vars
            .int(&["ansible_local_become_success_timeout"])?
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs);
    }
    Ok(target)
}

/// Whether the user to become is the one logged in as: on this machine the one that `getpass.getuser()` of Python
/// finds in the environment.
fn is_same_user(target: &Target, how: &Become) -> bool {
    const WHO: [&str; 4] = ["LOGNAME", "USER", "LNAME", "USERNAME"];
    let here = || WHO.iter().find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    match target.transport {
        Transport::Local => here().is_some_and(|user| user == how.user),
        _ => target.user.as_ref() == Some(&how.user),
    }
}

/// The directory of job files on the host whose variables are `scope`.
pub(crate) fn async_dir(engine: &Engine, scope: &Arc<dyn Scope>) -> Result<Str, TaskError> {
    let own = Vars { engine, scope }.text(&["ansible_async_dir"])?;
    Ok(own.unwrap_or_else(|| engine.settings.connection.async_dir.clone()))
}

/// Limit of open files for modules on the host whose variables are `scope`.
pub(crate) fn file_limit(engine: &Engine, scope: &Arc<dyn Scope>) -> Result<Option<i64>, TaskError> {
    Vars { engine, scope }.int(&["ansible_python_module_rlimit_nofile"])
}

fn transport_of(name: &str) -> Result<Transport, TaskError> {
    let short = name.rsplit('.').next().unwrap_or(name);
    Ok(match short {
        "ssh" | "smart" | "paramiko" | "paramiko_ssh" | "libssh" => Transport::Ssh,
        "openssh" => Transport::OpenSsh,
        "local" => Transport::Local,
        "docker" => Transport::Docker,
        "podman" => Transport::Podman,
        "kubectl" => Transport::Kubectl,
        _ => {
            return Err(TaskError::failed(format!(
                "the connection plugin '{name}' was not found; there are ssh, openssh, local, docker, podman, kubectl"
            )));
        }
    })
}

fn ssh_args(
    vars: &Vars<'_>,
    defaults: &crate::settings::ConnectionDefaults,
) -> Result<Vec<String>, TaskError> {
    let mut args: Vec<String> = defaults.ssh_args.iter().map(ToString::to_string).collect();
    for name in ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"] {
        if let Some(text) = vars.text(&[name])? {
            let words = rplay_playbook::args::split(&text)
                .map_err(|error| TaskError::failed(format!("{name} cannot be split into words: {error}")))?;
            args.extend(words);
        }
    }
    Ok(args)
}

fn become_of(vars: &Vars<'_>, read: &Reader<'_>, keywords: &Keywords) -> Result<Option<Become>, TaskError> {
    let defaults = &read.engine.settings.connection;
    let wanted = match vars.bool(&["ansible_become"])? {
        Some(wanted) => wanted,
        None => read.bool("become", keywords.r#become.as_ref())?.unwrap_or(defaults.r#become),
    };
    if !wanted {
        return Ok(None);
    }
    let text = |names: &[&str], keyword: Option<Str>| Ok::<_, TaskError>(vars.text(names)?.or(keyword));
    let method =
        text(&["ansible_become_method"], read.text("become_method", keywords.become_method.as_ref())?)?
            .unwrap_or_else(|| defaults.become_method.clone());
    let own = |suffix: &str| format!("ansible_{method}_{suffix}");
    let user = text(
        &["ansible_become_user", &own("user")],
        read.text("become_user", keywords.become_user.as_ref())?,
    )?
    .unwrap_or_else(|| defaults.become_user.clone());
    let password =
        vars.text(&["ansible_become_password", "ansible_become_pass", &own("password"), &own("pass")])?;
    let flags = text(
        &["ansible_become_flags", &own("flags")],
        read.text("become_flags", keywords.become_flags.as_ref())?,
    )?;
    let exe =
        text(&["ansible_become_exe", &own("exe")], read.text("become_exe", keywords.become_exe.as_ref())?)?;
    Ok(Some(Become {
        method: method_of(&method)?,
        user: user.to_string(),
        password: password
            .or_else(|| defaults.become_password.clone())
            .map(|text| Secret::new(text.as_str())),
        flags: flags.map(|flags| flags.to_string()),
        exe: exe.map(|exe| exe.to_string()),
        chdir: vars.text(&["ansible_sudo_chdir"])?.map(|dir| dir.to_string()),
        prompts: match vars.value(&["ansible_su_prompt_l10n"])? {
            None => defaults.su_prompts.iter().map(ToString::to_string).collect(),
            Some(Value::List(prompts)) => prompts.iter().map(Value::to_text).collect(),
            Some(other) => other.to_text().split(',').map(|prompt| prompt.trim().to_owned()).collect(),
        },
    }))
}

fn method_of(name: &str) -> Result<BecomeMethod, TaskError> {
    match name.rsplit('.').next().unwrap_or(name) {
        "sudo" => Ok(BecomeMethod::Sudo),
        "su" => Ok(BecomeMethod::Su),
        "doas" => Ok(BecomeMethod::Doas),
        _ => Err(TaskError::failed(format!(
            "Invalid become method specified, could not find matching plugin: '{name}'. There are sudo, su, doas."
        ))),
    }
}

/// Connection variables, templated.
struct Vars<'a> {
    engine: &'a Engine,
    scope: &'a Arc<dyn Scope>,
}

impl Vars<'_> {
    fn value(&self, names: &[&str]) -> Result<Option<Value>, TaskError> {
        for name in names {
            let (value, scope) = match self.scope.lookup(name) {
                Some(Binding::Value(value)) => (value, self.scope.clone()),
                Some(Binding::In(value, scope)) => (value, scope),
                Some(Binding::Object(_)) | None => continue,
            };
            let rendered = self.engine.templar.render(&scope, &value);
            match rendered
                .map_err(|error| TaskError::from(error).within(format!("the variable '{name}'"), None))?
            {
                None | Some(Value::None) => {}
                Some(value) => return Ok(Some(value)),
            }
        }
        Ok(None)
    }

    fn text(&self, names: &[&str]) -> Result<Option<Str>, TaskError> {
        Ok(self.value(names)?.map(|value| match value {
            Value::Str(text) => text,
            other => other.to_text().into(),
        }))
    }

    fn bool(&self, names: &[&str]) -> Result<Option<bool>, TaskError> {
        let Some(value) = self.value(names)? else { return Ok(None) };
        to_bool(&value).map(Some).ok_or_else(|| {
            TaskError::failed(format!("'{}' of {} is not a boolean", value.to_text(), names[0]))
        })
    }

    fn int(&self, names: &[&str]) -> Result<Option<i64>, TaskError> {
        let Some(value) = self.value(names)? else { return Ok(None) };
        to_int(&value).map(Some).ok_or_else(|| {
            TaskError::failed(format!("'{}' of {} is not a number", value.to_text(), names[0]))
        })
    }
}

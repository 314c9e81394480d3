//! Containers and pods, through the `exec` of their tools.

use std::process::Command;
use std::sync::Arc;

use crate::error::ConnectErrorKind as Kind;
use crate::process::ProcessStream;
use crate::stream::{ByteStream, Wire};
use crate::target::{Target, Transport};

/// A container: the tool and its arguments up to the command.
struct Container {
    tool: &'static str,
    args: Vec<String>,
}

/// The container that `target` names. It is not asked for before the first command.
pub(crate) fn connect(target: &Target) -> Result<Arc<dyn Wire>, Kind> {
    let (tool, args) = match target.transport {
        Transport::Kubectl => ("kubectl", kubectl_args(target)?),
        Transport::Podman => ("podman", exec_args(target)),
        _ => ("docker", exec_args(target)),
    };
    Ok(Arc::new(Container { tool, args }))
}

fn exec_args(target: &Target) -> Vec<String> {
    let mut args = vec!["exec".to_owned(), "-i".to_owned()];
    if let Some(user) = &target.user {
        args.extend(["-u".to_owned(), user.clone()]);
    }
    args.push(target.address.clone());
    args
}

fn kubectl_args(target: &Target) -> Result<Vec<String>, Kind> {
    if target.user.is_some() {
        return Err(Kind::Config("kubectl exec cannot log in as a user; use become".to_owned()));
    }
    let parts: Vec<&str> = target.address.split('/').collect();
    let (namespace, pod, container) = match parts.as_slice() {
        [pod] => (None, *pod, None),
        [namespace, pod] => (Some(*namespace), *pod, None),
        [namespace, pod, container] => (Some(*namespace), *pod, Some(*container)),
        _ => {
            return Err(Kind::Config(format!(
                "{} is no pod, namespace/pod or namespace/pod/container",
                target.address
            )));
        }
    };
    let mut args = vec!["exec".to_owned(), "-i".to_owned()];
    args.extend(namespace.into_iter().flat_map(|name| ["-n".to_owned(), name.to_owned()]));
    args.push(pod.to_owned());
    args.extend(container.into_iter().flat_map(|name| ["-c".to_owned(), name.to_owned()]));
    args.push("--".to_owned());
    Ok(args)
}

impl Wire for Container {
    fn start(&self, command: &str, pty: bool) -> Result<Box<dyn ByteStream>, Kind> {
        if pty {
            let text = "this become method asks for its password on a terminal, which exec does not give";
            return Err(Kind::Config(text.to_owned()));
        }
        let mut exec = Command::new(self.tool);
        exec.args(&self.args).args(["/bin/sh", "-c", command]);
        match ProcessStream::spawn(&mut exec, None) {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(Kind::Start(format!("{}: {error}", self.tool))),
        }
    }

    fn alive(&self) -> bool {
        true
    }

    fn close(&self) {}
}

//! This machine.

use std::process::Command;

use crate::error::ConnectErrorKind as Kind;
use crate::process::ProcessStream;
use crate::stream::{ByteStream, Wire};

/// Commands run as children of the controller.
pub(crate) struct Local;

impl Wire for Local {
    fn start(&self, command: &str, pty: bool) -> Result<Box<dyn ByteStream>, Kind> {
        if pty {
            return Err(Kind::Config(
                "this become method asks for its password on a terminal, which the local connection has not"
                    .to_owned(),
            ));
        }
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command);
        match ProcessStream::spawn(&mut shell, None) {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(Kind::Start(format!("/bin/sh: {error}"))),
        }
    }

    fn alive(&self) -> bool {
        true
    }

    fn close(&self) {}
}

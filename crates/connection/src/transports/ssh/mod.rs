//! SSH inside this process, through libssh2.

mod args;
mod auth;
pub(crate) mod config;
mod hostkey;
mod known_hosts;
mod mux;
mod tcp;

use std::sync::Arc;
use std::time::{Duration, Instant};

use ssh2::Session;

use self::config::Effective;
use self::hostkey::Doubt;
use crate::error::ConnectErrorKind as Kind;
use crate::options::Options;
use crate::pace::Pace;
use crate::stream::Wire;
use crate::target::Target;
use crate::transports::openssh;

/// Connects and logs in; hands over to the OpenSSH client where only it can do what is configured.
pub(crate) fn connect(target: &Target, options: &Options, pace: &Pace) -> Result<Arc<dyn Wire>, Kind> {
    if target.ssh_executable.is_some() || args::only_openssh(&target.ssh_args) {
        return openssh::connect(target, options);
    }
    let effective = config::effective(target, options)?;
    if effective.needs_openssh {
        return openssh::connect(target, options);
    }
    let login = Login { target, options, effective: &effective };
    Ok(Arc::new(login.run(pace)?))
}

/// One login.
pub(crate) struct Login<'a> {
    pub(crate) target: &'a Target,
    pub(crate) options: &'a Options,
    pub(crate) effective: &'a Effective,
}

impl Login<'_> {
    fn run(&self, pace: &Pace) -> Result<mux::SshWire, Kind> {
        let mut deadline = Instant::now() + self.limit();
        let mut accepted = None;
        let mut pause = Duration::from_millis(100);
        loop {
            let socket = tcp::connect(&self.effective.hostname, self.effective.port, self.limit(), deadline)?;
            let permit = pace.enter(&self.address());
            let shaken = self.handshake(&socket, accepted.as_deref());
            match shaken {
                Ok(session) => {
                    auth::log_in(self, &session)?;
                    drop(permit);
                    return mux::SshWire::new(session, socket)
                        .map_err(|error| self.failed(&error.to_string()));
                }
                // Closed before it said who it is: a server with too many log-ins under way.
                Err(Shake::Dropped(_)) if Instant::now() + pause < deadline => {
                    drop(permit);
                    std::thread::sleep(pause + jitter(pause));
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Err(Shake::Dropped(reason)) => return Err(self.failed(&reason)),
                // A person takes their time: the connection does not wait for them, nor do other hosts.
                Err(Shake::Unknown(unknown)) => {
                    drop(permit);
                    drop(socket);
                    accepted = Some(unknown.ask(self.options, self.effective)?);
                    deadline = Instant::now() + self.limit();
                }
                Err(Shake::Failed(kind)) => return Err(kind),
            }
        }
    }

    fn limit(&self) -> Duration {
        let usual = || self.effective.connect_timeout.unwrap_or(self.target.timeout);
        self.target.connect_limit.unwrap_or_else(usual)
    }

    pub(crate) fn address(&self) -> String {
        tcp::display(&self.effective.hostname, self.effective.port)
    }

    fn handshake(&self, socket: &std::net::TcpStream, accepted: Option<&[u8]>) -> Result<Session, Shake> {
        let failed = |error: &dyn std::fmt::Display| Shake::Failed(self.failed(&error.to_string()));
        let mut session = Session::new().map_err(|error| failed(&error))?;
        let known = hostkey::KnownKeys::read(self.effective);
        hostkey::ask_for_known_types(&session, &known).map_err(|error| failed(&error))?;
        session.set_tcp_stream(socket.try_clone().map_err(|error| failed(&error))?);
        session.set_timeout(u32::try_from(self.limit().as_millis()).unwrap_or(u32::MAX));
        session.handshake().map_err(|error| self.judge_handshake(&error))?;
        match hostkey::check(&session, &known, self.effective) {
            Ok(()) => Ok(session),
            Err(Doubt::Unknown(unknown)) if unknown.is(accepted) => Ok(session),
            Err(Doubt::Unknown(unknown)) => Err(Shake::Unknown(unknown)),
            Err(Doubt::Refused(kind)) => Err(Shake::Failed(kind)),
        }
    }

    fn judge_handshake(&self, error: &ssh2::Error) -> Shake {
        const SOCKET_DISCONNECT: i32 = -13;
        const BANNER_RECV: i32 = -2;
        const SOCKET_RECV: i32 = -43;
        const TIMEOUT: i32 = -9;
        match error.code() {
            ssh2::ErrorCode::Session(SOCKET_DISCONNECT | BANNER_RECV | SOCKET_RECV) => {
                Shake::Dropped(error.message().to_owned())
            }
            ssh2::ErrorCode::Session(TIMEOUT) => {
                Shake::Failed(Kind::Timeout { address: self.address(), after: self.limit() })
            }
            _ => Shake::Failed(self.failed(error.message())),
        }
    }

    fn failed(&self, reason: &str) -> Kind {
        Kind::Handshake { address: self.address(), reason: reason.to_owned() }
    }
}

enum Shake {
    Dropped(String),
    Failed(Kind),
    Unknown(hostkey::Unknown),
}

/// Up to `limit`, different for each caller.
fn jitter(limit: Duration) -> Duration {
    let mut byte = [0_u8; 1];
    // Without randomness there is only no jitter.
    let _ = rustix::rand::getrandom(&mut byte, rustix::rand::GetRandomFlags::empty());
    limit.mul_f32(f32::from(byte[0]) / 255.0)
}

//! The TCP connection: every address of the name, within one limit.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::error::ConnectErrorKind as Kind;

/// Idle seconds after which the kernel asks the other side for a sign of life; keeps NAT entries.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Connects to the first address that answers.
pub(crate) fn connect(host: &str, port: u16, limit: Duration, deadline: Instant) -> Result<TcpStream, Kind> {
    let addresses = resolve(host, port)?;
    let mut last = None;
    for (index, address) in addresses.iter().enumerate() {
        let waiting = u32::try_from(addresses.len() - index).unwrap_or(1);
        // A dead first address must leave time for the others.
        let share = deadline.saturating_duration_since(Instant::now()) / waiting;
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(socket) => return tune(socket).map_err(|error| tcp_error(host, port, &error, limit)),
            Err(error) => last = Some(error),
        }
    }
    let error = last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
    Err(tcp_error(host, port, &error, limit))
}

fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Kind> {
    let failed = |reason: String| Kind::Resolve { name: host.to_owned(), reason };
    let found: Vec<_> = (host, port).to_socket_addrs().map_err(|error| failed(plain(&error)))?.collect();
    if found.is_empty() {
        return Err(failed("it has no address".to_owned()));
    }
    Ok(found)
}

fn tune(socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(&socket, true)?;
    rustix::net::sockopt::set_tcp_keepidle(&socket, KEEPALIVE)?;
    rustix::net::sockopt::set_tcp_keepintvl(&socket, KEEPALIVE)?;
    Ok(socket)
}

fn tcp_error(host: &str, port: u16, error: &io::Error, limit: Duration) -> Kind {
    let address = display(host, port);
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Kind::Timeout { address, after: limit },
        _ => Kind::Tcp { address, reason: plain(error) },
    }
}

/// The system's words without the error number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Host and port as one word.
pub(crate) fn display(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

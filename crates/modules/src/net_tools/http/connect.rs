//! Getting to the server: socket, proxy, TLS.

use super::proxy;
use super::url::Url;
use super::wire::{Head, read_head};
use super::{HttpError, UrlArgs, auth, tls};
use crate::System;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A way to talk to a server.
pub(super) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A connection, and how requests are written on it.
pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    /// The request line names the whole URL: a proxy reads it.
    pub(super) through_proxy: bool,
    /// What the proxy wants to know.
    pub(super) proxy_authorization: Option<String>,
}

/// What connecting needs to know besides the URL.
pub(super) struct Way<'a> {
    pub(super) args: &'a UrlArgs,
    pub(super) timeout: Duration,
    pub(super) unix_socket: Option<&'a Path>,
    pub(super) ca_path: Option<&'a Path>,
    pub(super) sys: &'a System,
}

impl Way<'_> {
    pub(super) fn connect(&self, url: &Url) -> Result<Connection, HttpError> {
        if let Some(path) = self.unix_socket {
            let stream =
                UnixStream::connect(self.sys.resolve(path)).map_err(|error| HttpError::unreached(&error))?;
            let limit = Some(self.timeout);
            stream
                .set_read_timeout(limit)
                .and_then(|()| stream.set_write_timeout(limit))
                .map_err(|error| HttpError::unreached(&error))?;
            return self.direct(url, stream);
        }
        let proxy = if self.args.use_proxy { proxy::of(url, self.sys).transpose() } else { Ok(None) };
        let Some(proxy) = proxy.map_err(HttpError::Unreached)? else {
            return self.direct(url, self.tcp(&url.host, url.port())?);
        };
        let stream = self.tcp(&proxy.host, proxy.port())?;
        let authorization = proxy.user.as_ref().map(|(user, password)| auth::basic(user, password));
        if url.scheme == "https" {
            let stream = tunnel(stream, url, authorization.as_deref())?;
            return self.direct(url, stream);
        }
        Ok(Connection { stream: Box::new(stream), through_proxy: true, proxy_authorization: authorization })
    }

    fn direct<S: Stream + 'static>(&self, url: &Url, stream: S) -> Result<Connection, HttpError> {
        let stream: Box<dyn Stream> =
            if url.scheme == "https" { Box::new(self.secure(url, stream)?) } else { Box::new(stream) };
        Ok(Connection { stream, through_proxy: false, proxy_authorization: None })
    }

    fn secure<S: Stream>(
        &self,
        url: &Url,
        mut stream: S,
    ) -> Result<StreamOwned<ClientConnection, S>, HttpError> {
        let config = tls::config(self.args, self.ca_path, self.sys)?;
        let name = ServerName::try_from(url.host.clone())
            .map_err(|_| HttpError::Unreached(format!("{} is no name of a host", url.host)))?;
        let mut session =
            ClientConnection::new(config, name).map_err(|error| HttpError::Unreached(error.to_string()))?;
        while session.is_handshaking() {
            session
                .complete_io(&mut stream)
                .map_err(|error| HttpError::Unreached(tls::handshake_text(&error)))?;
        }
        Ok(StreamOwned::new(session, stream))
    }

    fn tcp(&self, host: &str, port: u16) -> Result<TcpStream, HttpError> {
        let unknown = |_| HttpError::Unreached(format!("[Errno -2] Name or service not known: {host}"));
        let addresses = (host, port).to_socket_addrs().map_err(unknown)?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
        for address in addresses {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(stream) => {
                    let limit = Some(self.timeout);
                    let set = stream.set_read_timeout(limit).and_then(|()| stream.set_write_timeout(limit));
                    return set.map(|()| stream).map_err(|error| HttpError::unreached(&error));
                }
                Err(error) => last = error,
            }
        }
        Err(HttpError::unreached(&last))
    }
}

/// Asks a proxy for a way through to the server.
fn tunnel(mut stream: TcpStream, url: &Url, authorization: Option<&str>) -> Result<TcpStream, HttpError> {
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    let place = format!("{host}:{}", url.port());
    let mut ask = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if let Some(authorization) = authorization {
        ask.push_str(&format!("Proxy-Authorization: {authorization}\r\n"));
    }
    ask.push_str("\r\n");
    stream.write_all(ask.as_bytes()).map_err(|error| HttpError::broken(&error))?;
    // Byte by byte: what follows the answer belongs to TLS.
    let Head { status, reason, .. } = read_head(&mut BufReader::with_capacity(1, &mut stream))?;
    if status != 200 {
        return Err(HttpError::Unreached(format!("Tunnel connection failed: {status} {reason}")));
    }
    Ok(stream)
}

//! HTTP/1.1 on the wire.

use super::connect::Connection;
use super::headers::Headers;
use super::url::Url;
use super::{Body, HttpError, Request};
use crate::System;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write as _};

/// The first line and the fields of an answer.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Headers,
}

/// An answer's line and all its fields together may be this long.
const MOST_HEAD: u64 = 256 * 1024;

/// Sends a request; gives the answer's head and its content as it comes.
pub(super) fn exchange(
    mut connection: Connection,
    url: &Url,
    request: &Request,
    sys: &System,
) -> Result<(Head, Box<dyn Read>), HttpError> {
    let head = request_head(&connection, url, request)?;
    let sent = connection.stream.write_all(head.as_bytes()).and_then(|()| match &request.body {
        None => Ok(()),
        Some(Body::Bytes(bytes)) => connection.stream.write_all(bytes),
        Some(Body::File(path, _)) => {
            let mut file = sys.open(path).map_err(|error| io::Error::other(error.to_string()))?;
            io::copy(&mut file, &mut connection.stream).map(drop)
        }
    });
    sent.and_then(|()| connection.stream.flush()).map_err(|error| HttpError::broken(&error))?;
    let mut reader = BufReader::new(connection.stream);
    let mut head = read_head(&mut reader)?;
    while (100..200).contains(&head.status) {
        head = read_head(&mut reader)?;
    }
    let content = content(reader, &head, &request.method)?;
    Ok((head, content))
}

fn request_head(connection: &Connection, url: &Url, request: &Request) -> Result<String, HttpError> {
    let target = if connection.through_proxy { url.text() } else { url.path.clone() };
    let mut headers = request.headers.clone();
    headers.set_default("Accept-Encoding", "identity");
    headers.set_default("Host", url.host_field());
    headers.set("Connection", "close");
    match &request.body {
        Some(Body::Bytes(bytes)) => headers.set("Content-Length", bytes.len().to_string()),
        Some(Body::File(_, length)) => headers.set("Content-Length", length.to_string()),
        None if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") => {
            headers.set("Content-Length", "0")
        }
        None => {}
    }
    if request.body.is_some() {
        headers.set_default("Content-Type", "application/x-www-form-urlencoded");
    }
    if let Some(authorization) = &connection.proxy_authorization {
        headers.set("Proxy-Authorization", authorization.as_str());
    }
    let mut head = format!("{} {target} HTTP/1.1\r\n", request.method);
    for (name, value) in headers.iter() {
        if name.contains(['\r', '\n', ':']) || value.contains(['\r', '\n']) {
            return Err(HttpError::Refused(format!("Invalid header value {value:?} of {name}")));
        }
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    Ok(head)
}

pub(super) fn read_head(reader: &mut impl BufRead) -> Result<Head, HttpError> {
    let mut reader = reader.take(MOST_HEAD);
    let first = line(&mut reader)?;
    let mut words = first.splitn(3, ' ');
    let (version, status) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let reason = words.next().unwrap_or_default().trim().to_owned();
    let status = status.parse().ok().filter(|_| version.starts_with("HTTP/"));
    let Some(status) = status else {
        let why = if first.is_empty() { "Remote end closed connection without response" } else { &first };
        return Err(HttpError::Broken(format!(
            "connection was closed before a valid response was received: {why}"
        )));
    };
    let mut headers = Headers::default();
    loop {
        let field = line(&mut reader)?;
        if field.is_empty() {
            return Ok(Head { status, reason, headers });
        }
        if let Some((name, value)) = field.split_once(':') {
            headers.add(name.trim(), value.trim());
        }
    }
}

fn line(reader: &mut impl BufRead) -> Result<String, HttpError> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes).map_err(|error| HttpError::broken(&error))?;
    // Fields are read as ISO 8859-1, as Python reads them.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn content(
    reader: BufReader<Box<dyn super::connect::Stream>>,
    head: &Head,
    method: &str,
) -> Result<Box<dyn Read>, HttpError> {
    let empty = method == "HEAD" || matches!(head.status, 204 | 304);
    let chunked =
        head.headers.all("Transfer-Encoding").any(|value| value.to_ascii_lowercase().contains("chunked"));
    let length = head.headers.get("Content-Length").and_then(|text| text.trim().parse::<u64>().ok());
    Ok(match length {
        _ if empty => Box::new(io::empty()),
        _ if chunked => Box::new(Chunked { reader, left: 0, state: ChunkState::Size }),
        Some(length) => Box::new(Counted { reader, left: length, length }),
        None => Box::new(reader),
    })
}

/// Content of a known length; an end before it is an error.
struct Counted<R> {
    reader: R,
    left: u64,
    length: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let size = self.reader.read(&mut buffer[..most])?;
        if size == 0 {
            let got = self.length - self.left;
            return Err(io::Error::other(format!("Incomplete read, {got} of {} bytes came", self.length)));
        }
        self.left -= size as u64;
        Ok(size)
    }
}

#[derive(PartialEq, Eq)]
enum ChunkState {
    Size,
    Data,
    Done,
}

/// Content in pieces, each with its size before it.
struct Chunked<R> {
    reader: R,
    left: u64,
    state: ChunkState,
}

impl<R: BufRead> Chunked<R> {
    fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(8192).read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') {
            return Err(io::Error::other("Incomplete read, the connection ended between pieces"));
        }
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

impl<R: BufRead> Read for Chunked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state == ChunkState::Size {
            let line = self.line()?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            self.left = u64::from_str_radix(digits, 16)
                .map_err(|_| io::Error::other(format!("bad size of a piece: {digits}")))?;
            self.state = if self.left == 0 { ChunkState::Done } else { ChunkState::Data };
            if self.left == 0 {
                while !self.line()?.is_empty() {}
            }
        }
        if self.state == ChunkState::Done || buffer.is_empty() {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let size = self.reader.read(&mut buffer[..most])?;
        if size == 0 {
            return Err(io::Error::other("Incomplete read, the connection ended within a piece"));
        }
        self.left -= size as u64;
        if self.left == 0 {
            self.line()?;
            self.state = ChunkState::Size;
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChunkState, Chunked, Counted};
    use std::io::Read as _;

    #[test]
    fn pieces_are_joined_and_lost_ends_noticed() {
        let read = |text: &'static [u8]| {
            let mut out = String::new();
            Chunked { reader: text, left: 0, state: ChunkState::Size }
                .read_to_string(&mut out)
                .map(|_| out)
                .ok()
        };
        assert_eq!(read(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").as_deref(), Some("abcde"));
        assert_eq!(read(b"3\r\nab"), None);
        assert_eq!(read(b"3\r\nabc\r\n"), None);
        let mut out = Vec::new();
        assert!(Counted { reader: &b"abc"[..], left: 5, length: 5 }.read_to_end(&mut out).is_err());
    }
}

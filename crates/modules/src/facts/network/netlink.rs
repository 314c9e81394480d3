//! Questions to the kernel's routing tables (netlink, `rtnetlink(7)`).

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};
use std::io;
use std::net::IpAddr;

pub(super) const GET_ADDRESS: u16 = 22;
pub(super) const GET_ROUTE: u16 = 26;
pub(super) const REQUEST: u16 = 1;
/// A request for everything there is.
pub(super) const DUMP: u16 = 0x301;
pub(super) const INET: u8 = 2;
pub(super) const INET6: u8 = 10;

const ERROR: u16 = 2;
const DONE: u16 = 3;
const HEADER: usize = 16;
/// Larger than any answer the kernel packs.
const BUFFER: usize = 64 * 1024;

/// Asks, and gives the bodies of all answers.
///
/// # Errors
/// The kernel's, such as an unreachable network.
pub(super) fn ask(kind: u16, flags: u16, body: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    // No protocol is the first one, NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    send(&socket, &message(kind, flags, body), SendFlags::empty())?;
    let mut answers = Vec::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let (size, _) = match recv(&socket, &mut buffer[..], RecvFlags::empty()) {
            Err(Errno::INTR) => continue,
            other => other?,
        };
        let mut rest = buffer.get(..size).unwrap_or_default();
        while let Some((kind, body, after)) = next_message(rest) {
            match kind {
                DONE => return Ok(answers),
                ERROR => return error(body).map_or(Ok(answers), Err),
                _ => answers.push(body.to_vec()),
            }
            rest = after;
        }
        if flags != DUMP || size == 0 {
            return Ok(answers);
        }
    }
}

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(HEADER + body.len()).unwrap_or(0);
    let mut message = Vec::new();
    message.extend(size.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(body);
    message
}

fn next_message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let size = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let kind = u16_at(bytes, 4)?;
    let body = bytes.get(HEADER..size)?;
    Some((kind, body, bytes.get(aligned(size)..).unwrap_or_default()))
}

fn error(body: &[u8]) -> Option<io::Error> {
    let number = i32::from_ne_bytes(body.get(..4)?.try_into().ok()?);
    (number != 0).then(|| io::Error::from_raw_os_error(-number))
}

fn aligned(size: usize) -> usize {
    size.next_multiple_of(4)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// An attribute of an answer whose fixed part has this size.
pub(super) fn attribute(body: &[u8], fixed: usize, wanted: u16) -> Option<&[u8]> {
    let mut rest = body.get(fixed..)?;
    loop {
        let size = usize::from(u16_at(rest, 0)?);
        let kind = u16_at(rest, 2)?;
        let value = rest.get(4..size)?;
        if kind == wanted {
            return Some(value);
        }
        rest = rest.get(aligned(size)..)?;
    }
}

/// An attribute as bytes to send.
pub(super) fn attribute_bytes(kind: u16, value: &[u8]) -> Vec<u8> {
    let size = 4 + value.len();
    let mut bytes = Vec::new();
    bytes.extend(u16::try_from(size).unwrap_or(0).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(aligned(size), 0);
    bytes
}

/// An address of four or sixteen bytes.
pub(super) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

/// A text that ends at its zero byte.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{attribute, attribute_bytes, error, message, next_message};

    #[test]
    fn messages_and_attributes_come_apart_as_they_were_put_together() {
        let body = [vec![7; 8], attribute_bytes(1, &[1, 2, 3]), attribute_bytes(2, &[4])].concat();
        let bytes = [message(20, 1, &body), message(3, 1, &[])].concat();
        let (kind, found, rest) = next_message(&bytes).unwrap();
        assert_eq!((kind, found), (20, body.as_slice()));
        assert_eq!(attribute(found, 8, 2), Some([4].as_slice()));
        assert_eq!(attribute(found, 8, 3), None);
        assert_eq!(next_message(rest).unwrap().0, 3);
        assert!(next_message(&bytes[..10]).is_none());
        assert_eq!(error(&(-101_i32).to_ne_bytes()).unwrap().raw_os_error(), Some(101));
    }
}

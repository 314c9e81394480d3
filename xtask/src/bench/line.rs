//! A long line: a TCP proxy that lets bytes through late, in order and at full rate.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A proxy to one address; it serves as long as the program runs.
#[derive(Debug)]
pub(crate) struct Line {
    /// Where to connect to.
    pub(crate) port: u16,
    turns: Arc<Turns>,
}

/// Counts how often the near end spoke after the far end had: about one for each round trip.
#[derive(Debug, Default)]
struct Turns {
    count: AtomicUsize,
    last: AtomicU8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Near = 1,
    Far = 2,
}

impl Turns {
    fn spoke(&self, end: End) {
        let before = self.last.swap(end as u8, Ordering::Relaxed);
        if end == End::Near && before != End::Near as u8 {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Line {
    /// Opens a line to `to` on a free port of this machine, each direction delayed by `delay`.
    pub(crate) fn open(to: SocketAddr, delay: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let turns = Arc::new(Turns::default());
        let counter = Arc::clone(&turns);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                // A connection that cannot be had is closed: the client tells.
                std::thread::spawn(move || carry(near, to, delay, &counter));
            }
        });
        Ok(Self { port, turns })
    }

    /// Round trips so far.
    pub(crate) fn turns(&self) -> usize {
        self.turns.count.load(Ordering::Relaxed)
    }
}

/// Carries one connection; connecting itself costs a round trip, as on a real line.
fn carry(near: TcpStream, to: SocketAddr, delay: Duration, turns: &Arc<Turns>) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    std::thread::sleep(delay * 2);
    let far = TcpStream::connect(to)?;
    far.set_nodelay(true)?;
    one_way(near.try_clone()?, far.try_clone()?, delay, (Arc::clone(turns), End::Near));
    one_way(far, near, delay, (Arc::clone(turns), End::Far));
    Ok(())
}

/// Reads at once and writes when the time has come; a chunk's end of stream is an empty one.
fn one_way(mut from: TcpStream, mut to: TcpStream, delay: Duration, (turns, end): (Arc<Turns>, End)) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            if read > 0 {
                turns.spoke(end);
            }
            if sender.send((Instant::now() + delay, buffer[..read].to_vec())).is_err() || read == 0 {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        for (due, chunk) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if chunk.is_empty() || to.write_all(&chunk).is_err() {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_a_round_trip_and_bulk_is_not_slowed() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = server.accept().unwrap();
            let mut copy = stream.try_clone().unwrap();
            std::io::copy(&mut stream, &mut copy).unwrap();
        });
        let delay = Duration::from_millis(20);
        let line = Line::open(address, delay).unwrap();
        let mut client = TcpStream::connect(("127.0.0.1", line.port)).unwrap();
        let began = Instant::now();
        let mut answer = [0; 4];
        client.write_all(b"ping").unwrap();
        client.read_exact(&mut answer).unwrap();
        // One for connecting, one for the answer.
        assert!(began.elapsed() >= delay * 4, "{:?}", began.elapsed());
        let began = Instant::now();
        let mut bulk = vec![7; 1_000_000];
        let mut writer = client.try_clone().unwrap();
        let sent = bulk.clone();
        std::thread::spawn(move || writer.write_all(&sent).unwrap());
        client.read_exact(&mut bulk).unwrap();
        assert!(began.elapsed() >= delay * 2 && began.elapsed() < Duration::from_secs(2));
        assert_eq!(line.turns(), 2);
    }
}

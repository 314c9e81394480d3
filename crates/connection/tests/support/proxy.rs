//! A TCP proxy that breaks what passes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Default)]
struct State {
    stalled: AtomicBool,
    delay_ms: AtomicU64,
    /// Bytes let through at a time; 0: as they come.
    slice: AtomicU64,
    /// Connections to close at once, as a server with too many log-ins does.
    drop_first: AtomicU64,
    sockets: Mutex<Vec<TcpStream>>,
}

/// A proxy to a port of this machine.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<State>,
}

impl Proxy {
    pub(crate) fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.drop_first.load(Ordering::Relaxed) > 0 {
                    shared.drop_first.fetch_sub(1, Ordering::Relaxed);
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let mut sockets = shared.sockets.lock().unwrap();
                sockets.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                pump(&client, &server, &shared);
                pump(&server, &client, &shared);
            }
        });
        Self { port, state }
    }

    /// Cuts every connection.
    pub(crate) fn cut(&self) {
        for socket in self.state.sockets.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Lets nothing through any more, the connections staying open.
    pub(crate) fn stall(&self) {
        self.state.stalled.store(true, Ordering::Relaxed);
    }

    /// Delays every piece.
    pub(crate) fn delay(&self, delay: Duration) {
        self.state.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// Lets at most so many bytes through at a time.
    pub(crate) fn slice(&self, bytes: u64) {
        self.state.slice.store(bytes, Ordering::Relaxed);
    }

    /// Closes the next connections at once.
    pub(crate) fn drop_first(&self, count: u64) {
        self.state.drop_first.store(count, Ordering::Relaxed);
    }
}

fn pump(from: &TcpStream, to: &TcpStream, state: &Arc<State>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let slice = usize::try_from(state.slice.load(Ordering::Relaxed)).unwrap();
            let size = if slice == 0 { buffer.len() } else { slice };
            let count = match from.read(&mut buffer[..size]) {
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            while state.stalled.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            std::thread::sleep(Duration::from_millis(state.delay_ms.load(Ordering::Relaxed)));
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

//! A small web server for tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

/// Starts a server that serves until the tests end; gives its address as `http://…`.
pub(super) fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = read(&mut stream);
            let _ = stream.write_all(&answer(&request));
        }
    });
    address
}

struct Request {
    line: String,
    head: String,
    body: Vec<u8>,
}

fn read(stream: &mut impl Read) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    let field = |line: &str| {
        line.to_lowercase()
            .strip_prefix("content-length:")
            .map(|length| length.trim().parse::<usize>().unwrap())
    };
    let length = head.lines().find_map(field).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { line: head.lines().next().unwrap_or_default().to_owned(), head, body }
}

fn with(status: &str, fields: &str, content: &[u8]) -> Vec<u8> {
    let mut out =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{fields}\r\n", content.len()).into_bytes();
    out.extend(content);
    out
}

fn answer(request: &Request) -> Vec<u8> {
    let mut words = request.line.split(' ');
    let (_, path) = (words.next(), words.next().unwrap_or_default());
    match path {
        "/ok" | "/file.txt" => {
            with("200 OK", "X-Some-Field: a\r\nX-Some-Field: b\r\nSet-Cookie: c=1; Path=/\r\n", b"hello")
        }
        "/json" => with("200 OK", "Content-Type: application/json; charset=utf-8\r\n", b"{\"a\": [1, 2]}"),
        "/moved" => with("302 Found", "Location: /file.txt\r\n", b""),
        "/circle" => with("302 Found", "Location: /circle\r\n", b""),
        "/secret" if request.head.contains("Authorization: Basic dTpw") => with("200 OK", "", b"inside"),
        "/secret" => with("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", b"no"),
        "/chunked" => {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec()
        }
        "/short" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec(),
        "/gzip" => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(b"unpacked").unwrap();
            with("200 OK", "Content-Encoding: gzip\r\n", &packed.finish().unwrap())
        }
        "/sums" => with(
            "200 OK",
            "",
            b"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  file.txt\n",
        ),
        "/echo" => with("200 OK", "", [request.head.as_bytes(), &request.body].concat().as_slice()),
        _ => with("404 Not Found", "", b"gone"),
    }
}

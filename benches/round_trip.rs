//! What an echo costs through each client, beside a bare socket.
//!
//! Each client has a connection of its own to one server, which echoes frame by frame on a thread
//! for each connection. A round sends a message of 32 bytes and waits for its echo:
//!
//! - *bare socket* writes a frame that was masked beforehand and reads the answer, without looking
//!   at it: what no client can be faster than;
//! - *caller's loop* is this library inside a `mio::Poll` of the caller (`Builder::connect_in`);
//! - *own thread* is this library as `WebSocket::new` makes it, with a blocking `recv`;
//! - *tungstenite* is the blocking client of that crate.
//!
//! The clients take turns in blocks of a few rounds, each turn in another order, so that what else
//! the machine does meets them all.
//!
//! `cargo bench --bench round_trip -- [ROUNDS]` runs it, 20,000 rounds for each client unless told
//! otherwise. The numbers mean something on a machine that is otherwise idle. Run as a test
//! (`cargo test --benches`), it makes a few rounds and times nothing worth reading.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the table is what it is for, and a failure in it is a panic"
)]

mod bare;

use sockeye::{Driver, Event, Events, WebSocket};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::thread;
use std::time::{Duration, Instant};

/// The message. Its length fits the first form of a frame's header (RFC 6455 §5.2).
const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";
const ROUNDS: usize = 20_000;
/// Rounds of one client in a row.
const BLOCK: usize = 100;
/// The first blocks are not counted: caches, branch predictors and buffers fill.
const WARM_UP: usize = 5;

fn main() {
    let port = serve();
    let mut clients: Vec<Measured> = vec![
        Measured::new("bare socket", BareSocket::connect(port)),
        Measured::new("caller's loop", CallersLoop::connect(port)),
        Measured::new("own thread", OwnThread::connect(port)),
        Measured::new("tungstenite", Tungstenite::connect(port)),
    ];
    let blocks = rounds().div_ceil(BLOCK);
    for turn in 0..WARM_UP + blocks {
        let first = turn % clients.len();
        for index in 0..clients.len() {
            let client = &mut clients[(first + index) % 4];
            client.run_block(turn >= WARM_UP);
        }
    }
    print_table(&mut clients);
}

/// How many rounds each client makes. Cargo passes `--bench` only when it runs benchmarks.
fn rounds() -> usize {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = arguments.iter().find(|argument| !argument.starts_with('-'));
    match number {
        Some(number) => number.parse().expect("ROUNDS is a number"),
        None if arguments.iter().any(|argument| argument == "--bench") => ROUNDS,
        None => BLOCK,
    }
}

/// One connection that can make a round.
trait Client {
    /// Sends the message and waits for its echo.
    fn round(&mut self);
}

struct Measured {
    name: &'static str,
    client: Box<dyn Client>,
    times: Vec<Duration>,
}

impl Measured {
    fn new(name: &'static str, client: impl Client + 'static) -> Self {
        Self {
            name,
            client: Box::new(client),
            times: Vec::new(),
        }
    }

    fn run_block(&mut self, is_counted: bool) {
        for _ in 0..BLOCK {
            let start = Instant::now();
            self.client.round();
            let time = start.elapsed();
            if is_counted {
                self.times.push(time);
            }
        }
    }

    /// The time within which this part of the rounds was done, in microseconds.
    fn quantile(&self, part: f64) -> f64 {
        let index = (self.times.len() - 1) as f64 * part;
        self.times[index as usize].as_secs_f64() * 1e6
    }
}

fn print_table(clients: &mut [Measured]) {
    for client in clients.iter_mut() {
        client.times.sort_unstable();
    }
    let bare = (clients[0].quantile(0.5), clients[0].quantile(0.99));
    println!("{} rounds for each client", clients[0].times.len());
    println!(
        "{:<15} {:>10} {:>10} {:>10} {:>10}",
        "client", "p50", "p99", "p50 ÷ bare", "p99 ÷ bare"
    );
    for client in clients {
        let (p50, p99) = (client.quantile(0.5), client.quantile(0.99));
        println!(
            "{:<15} {p50:>7.1} µs {p99:>7.1} µs {:>9.2}x {:>9.2}x",
            client.name,
            p50 / bare.0,
            p99 / bare.1
        );
    }
}

struct BareSocket {
    stream: TcpStream,
    frame: Vec<u8>,
}

impl BareSocket {
    fn connect(port: u16) -> Self {
        let key = [0x12, 0x34, 0x56, 0x78];
        let mut frame = vec![0x81, 0x80 | TEXT.len() as u8];
        frame.extend(key);
        frame.extend(TEXT.bytes().zip(key.iter().cycle()).map(|(a, b)| a ^ b));
        let stream = bare::connect(port);
        Self { stream, frame }
    }
}

impl Client for BareSocket {
    fn round(&mut self) {
        self.stream.write_all(&self.frame).unwrap();
        let mut echo = [0; 2 + TEXT.len()];
        self.stream.read_exact(&mut echo).unwrap();
    }
}

struct CallersLoop {
    poll: mio::Poll,
    ready: mio::Events,
    driver: Driver,
    socket: WebSocket,
    events: Events,
}

impl CallersLoop {
    fn connect(port: u16) -> Self {
        let poll = mio::Poll::new().unwrap();
        let waker = Arc::new(mio::Waker::new(poll.registry(), mio::Token(1)).unwrap());
        let (socket, events, driver) = WebSocket::builder(&url(port))
            .connect_in(poll.registry(), mio::Token(0), move || {
                waker.wake().unwrap();
            })
            .unwrap();
        let ready = mio::Events::with_capacity(16);
        let mut client = Self {
            poll,
            ready,
            driver,
            socket,
            events,
        };
        client.driver.drive();
        while !client.take(|event| matches!(event, Event::Open(_))) {
            client.wait();
        }
        client
    }

    /// One round of the event loop.
    fn wait(&mut self) {
        let timeout = self.driver.timeout();
        self.poll.poll(&mut self.ready, timeout).unwrap();
        for event in &self.ready {
            if event.token() == mio::Token(0) {
                self.driver.handle_event(event);
            }
        }
        self.driver.drive();
    }

    /// Whether what has arrived includes what is looked for.
    fn take(&mut self, is_wanted: impl Fn(&Event<'_>) -> bool) -> bool {
        let mut found = false;
        loop {
            match self.events.try_recv() {
                Ok(event) => found |= is_wanted(&event),
                Err(TryRecvError::Empty) => return found,
                Err(TryRecvError::Disconnected) => panic!("the connection has ended"),
            }
        }
    }
}

impl Client for CallersLoop {
    fn round(&mut self) {
        self.socket.send(TEXT).unwrap();
        while !self.take(is_echo) {
            self.wait();
        }
    }
}

struct OwnThread {
    socket: WebSocket,
    events: Events,
}

impl OwnThread {
    fn connect(port: u16) -> Self {
        let (socket, events) = WebSocket::new(&url(port), &[]).unwrap();
        let mut client = Self { socket, events };
        client.receive(|event| matches!(event, Event::Open(_)));
        client
    }

    fn receive(&mut self, is_wanted: impl Fn(&Event<'_>) -> bool) {
        while !is_wanted(&self.events.recv().unwrap()) {}
    }
}

impl Client for OwnThread {
    fn round(&mut self) {
        self.socket.send(TEXT).unwrap();
        self.receive(is_echo);
    }
}

fn is_echo(event: &Event<'_>) -> bool {
    match event {
        Event::Message(message) => {
            assert_eq!(message.data.bytes(), TEXT.as_bytes());
            true
        }
        _ => false,
    }
}

struct Tungstenite(tungstenite::WebSocket<TcpStream>);

impl Tungstenite {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(tungstenite::client(url(port), stream).unwrap().0)
    }
}

impl Client for Tungstenite {
    fn round(&mut self) {
        self.0.send(tungstenite::Message::text(TEXT)).unwrap();
        let echo = self.0.read().unwrap();
        assert_eq!(echo.to_text().unwrap(), TEXT);
    }
}

fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/")
}

/// Starts the server. It ends with the process.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                bare::accept(&mut stream);
                echo(&mut stream);
            });
        }
    });
    port
}

/// Answers each short frame with the same, unmasked, until there is none: a close frame, too.
fn echo(stream: &mut TcpStream) {
    let mut frame = [0; 2 + 4 + 125];
    loop {
        if read_frame(stream, &mut frame).is_none() {
            return;
        }
        let length = usize::from(frame[1] & 0x7f);
        let key = [frame[2], frame[3], frame[4], frame[5]];
        frame[1] = length as u8;
        for index in 0..length {
            frame[2 + index] = frame[6 + index] ^ key[index % 4];
        }
        if stream.write_all(&frame[..2 + length]).is_err() {
            return;
        }
    }
}

/// Reads a masked frame: mostly with one call, since nothing follows it before it is answered.
fn read_frame(stream: &mut TcpStream, frame: &mut [u8]) -> Option<()> {
    let mut filled = 0;
    while filled < 6 || filled < 6 + usize::from(frame[1] & 0x7f) {
        match stream.read(&mut frame[filled..]) {
            Ok(0) | Err(_) => return None,
            Ok(length) => filled += length,
        }
    }
    Some(())
}

//! A running service and a client of it.

use super::Desk;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A service that ends with this value.
pub struct Service {
    child: Child,
    pub address: String,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }
}

impl Service {
    /// Starts over the desk's home and waits until it can answer.
    pub fn start(desk: &Desk, more: &[&str]) -> Self {
        Self::begin(desk, more).ready()
    }

    /// The same where no file may grow beyond so many blocks of 512 bytes (of
    /// 1,024 in some shells), as on a disk that is full.
    pub fn start_limited(desk: &Desk, blocks: u32, more: &[&str]) -> Self {
        Self::spawn(limited(blocks), desk, more).ready()
    }

    fn ready(self) -> Self {
        let service = self;
        let until = Instant::now() + Duration::from_secs(60);
        while service.get("/v1/ready", None).status != 200 {
            assert!(Instant::now() < until, "the service does not become ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }

    /// Starts and waits until it listens.
    pub fn begin(desk: &Desk, more: &[&str]) -> Self {
        Self::spawn(Command::new(assert_cmd::cargo::cargo_bin("tracehound")), desk, more)
    }

    fn spawn(mut program: Command, desk: &Desk, more: &[&str]) -> Self {
        let errors = std::fs::File::options()
            .create(true)
            .append(true)
            .open(desk.path("service.log"))
            .unwrap();
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .args(more)
            .current_dir(desk.folder.path())
            .env("TRACEHOUND_HOME", desk.path("home"))
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut text = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        // The record is printed over several lines.
        while serde_json::from_str::<Value>(&text).is_err() {
            assert!(lines.read_line(&mut text).unwrap() > 0, "the service ended: {text}");
        }
        let begun: Value = serde_json::from_str(&text).unwrap();
        let address = begun["listening"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .trim_start_matches("https://")
            .to_owned();
        Self { child, address }
    }

    pub fn get(&self, path: &str, key: Option<&str>) -> Answer {
        self.ask("GET", path, key, "", b"")
    }

    pub fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Answer {
        self.ask("POST", path, key, "application/json", body.to_string().as_bytes())
    }

    /// One request on a connection of its own, byte for byte.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        kind: &str,
        body: &[u8],
    ) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        if !kind.is_empty() {
            head += &format!("content-type: {kind}\r\n");
        }
        if let Some(key) = key {
            head += &format!("authorization: Bearer {key}\r\n");
        }
        self.raw(&[head.as_bytes(), b"\r\n", body].concat())
    }

    /// Sends bytes and reads what comes back.
    pub fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        // A service that refuses early may close before everything is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (headers, text) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = headers.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Answer { status, headers: headers.to_lowercase(), text: dechunked(headers, text) }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the end; whether it was a good one.
    pub fn ended(mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

fn dechunked(headers: &str, text: &str) -> String {
    if !headers.to_lowercase().contains("transfer-encoding: chunked") {
        return text.to_owned();
    }
    let (mut rest, mut whole) = (text, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || after.len() < size {
            break;
        }
        whole += &after[..size];
        rest = after[size..].trim_start_matches("\r\n");
    }
    whole
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program where no file may grow beyond so many blocks.
pub fn limited(blocks: u32) -> Command {
    let mut shell = Command::new("sh");
    // Without the trap the system ends the program instead of telling it.
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"", &blocks.to_string()]);
    shell.arg(assert_cmd::cargo::cargo_bin("tracehound"));
    shell
}

/// A key with a role, made by the command line.
pub fn key(desk: &Desk, name: &str, role: &str) -> String {
    let run = desk.run(&["key", "new", name, "--role", role]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout.trim().to_owned()
}

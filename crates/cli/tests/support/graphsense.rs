//! A running service with GraphSense's surface, and what it is asked over.

use super::Desk;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The service, ended when it is dropped.
pub struct Service {
    child: Child,
    address: String,
}

pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Service {
    pub fn start(desk: &Desk) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("tracehound"))
            .args(["serve", "--listen", "127.0.0.1:0", "--surface", "graphsense", "--json"])
            .current_dir(desk.folder.path())
            .env("TRACEHOUND_HOME", desk.path("home"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut begun = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.trim_end().ends_with('}') {
            assert!(begun.read_line(&mut text).unwrap() > 0, "it ended: {text}");
        }
        let begun: Value = serde_json::from_str(&text).unwrap();
        let address = begun["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let service = Self { child, address };
        while service.get("/stats").status == 503 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        service
    }

    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // The old version of HTTP ends an answer by closing the connection.
        write!(
            stream,
            "{method} /graphsense{path} HTTP/1.0\r\nHost: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Answer { status, headers: headers.collect(), body: body.to_owned() }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub fn told(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn ingest(desk: &Desk, files: &[&str]) {
    let run = desk.run(&[&["ingest"], files].concat());
    assert!(run.code < 2, "{}{}", run.stdout, run.stderr);
}

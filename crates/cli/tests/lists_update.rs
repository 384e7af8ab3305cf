//! Lists from a publisher, who may be down, slow, moved or wrong.
#![allow(clippy::unwrap_used)] // a panic in a test is its report

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use support::Desk;
use support::lists::{LISTED, entry, list};

/// A publisher on this machine that gives one answer to everybody.
fn publisher(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let _ = stream.write_all(&answer);
        }
    });
    format!("http://{address}/SDN.XML")
}

fn answer(status: &str, length: usize, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

fn publication() -> String {
    let kept = (10..20).map(|uid| entry(uid, &format!("PARTY, {uid}"), &[]));
    let all: Vec<String> = kept.chain([entry(1, "LAZARUS", &[("ETH", LISTED)])]).collect();
    list("03/04/2025", &all)
}

#[test]
fn a_list_is_fetched_and_kept() {
    let desk = Desk::new();
    let body = publication();
    let url = publisher(answer("200 OK", body.len(), &body));
    let run = desk.run(&["lists", "update", "ofac-sdn", "--url", &url]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("ofac-sdn of 2025-03-04: 11 entries, 1 addresses"),
        "{}",
        run.stdout
    );
    let again = desk.run(&["lists", "update", "ofac-sdn", "--url", &url]);
    assert!(again.code == 0 && again.stdout.contains("was here already"), "{}", again.stdout);
    assert_eq!(desk.run(&["screen", LISTED]).code, 1);
    let left: Vec<_> =
        std::fs::read_dir(desk.path("home")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[test]
fn what_is_no_list_is_refused_and_nothing_stored_changes() {
    let desk = Desk::new();
    let body = publication();
    let good = publisher(answer("200 OK", body.len(), &body));
    assert_eq!(desk.run(&["lists", "update", "ofac-sdn", "--url", &good]).code, 0);
    let before = desk.run(&["lists", "addresses"]).stdout;
    let page = "<!doctype html><p>maintenance";
    let cases = [
        (answer("404 Not Found", 0, ""), "answered 404"),
        (answer("200 OK", body.len(), &body[..body.len() / 2]), "SDN.XML"),
        (answer("200 OK", page.len(), page), "not"),
        (answer("200 OK", 0, ""), "empty"),
    ];
    for (answer, words) in cases {
        let run = desk.run(&["lists", "update", "ofac-sdn", "--url", &publisher(answer)]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        assert!(!run.stderr.contains("home/."), "a folder of a moment is named: {}", run.stderr);
        assert_eq!(desk.run(&["lists", "addresses"]).stdout, before);
    }
    let other = desk.run(&["lists", "update", "un", "--url", &good]);
    assert!(
        other.code == 2 && other.stderr.contains("it is the list ofac-sdn, not un"),
        "{}",
        other.stderr
    );
    let nobody = desk.run(&["lists", "update", "ofac-sdn", "--url", "http://127.0.0.1:1/x"]);
    assert!(nobody.code == 2 && nobody.stderr.contains("lists import"), "{}", nobody.stderr);
    let plain = desk.run(&["lists", "update", "ofac-sdn", "--url", "http://example.org/x"]);
    assert!(plain.code == 2 && plain.stderr.contains("https://"), "{}", plain.stderr);
    assert_eq!(desk.run(&["lists", "update", "nato"]).code, 2);
}

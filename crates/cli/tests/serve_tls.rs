//! The service over TLS, and pages of other origins.
#![allow(clippy::unwrap_used)] // a panic in a test is its report
#![cfg(unix)] // signals

mod support;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion, version};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::lists::{LISTED, desk};
use support::root;
use support::service::{Service, key};

/// A certificate of localhost for these tests alone, with its key, both public.
fn file(name: &str) -> PathBuf {
    root().join("crates/cli/tests/support/tls").join(name)
}

/// What comes back over TLS of one version, from a service that must show the
/// certificate under this name.
fn ask(
    address: &str,
    version: &'static SupportedProtocolVersion,
    name: &'static str,
    request: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("certificate.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    tls.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    match tls.read_to_end(&mut answer) {
        // The service ends the connection after its answer, not the session.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[test]
fn verdicts_go_over_tls_and_nothing_in_the_clear() {
    let desk = desk();
    let key = key(&desk, "desk", "screen");
    let config = format!(
        "[tls]\ncertificates = {:?}\nkey = {:?}\n[limits]\nhead_seconds = 2\n",
        file("certificate.pem"),
        file("key.pem")
    );
    desk.write("serve.toml", config);
    let service = Service::begin(&desk, &["--config", "serve.toml"]);
    let until = Instant::now() + Duration::from_secs(60);
    let ready = || ask(&service.address, &version::TLS13, "localhost", &get("/v1/ready"));
    while !ready().unwrap().starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < until, "the service does not become ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    let body = json!({ "address": LISTED }).to_string();
    let request = format!(
        "POST /v1/screen HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for version in [&version::TLS12, &version::TLS13] {
        let answer = ask(&service.address, version, "localhost", &request).unwrap();
        assert!(answer.contains("\"decision\":\"block\""), "{answer}");
    }
    let wrong = ask(&service.address, &version::TLS13, "other.example", &request);
    assert!(wrong.unwrap_err().to_string().contains("certificate"));
    // Somebody who speaks no TLS is told nothing, and holds nobody up.
    let plain = service.raw(request.as_bytes());
    assert!(plain.status == 0 && !plain.text.contains("decision"), "{}", plain.text);
    let _silent = TcpStream::connect(&service.address).unwrap();
    assert!(ready().unwrap().starts_with("HTTP/1.1 200"));
}

#[test]
fn certificates_that_cannot_be_used_are_named() {
    let desk = desk();
    for (certificates, key) in [("gone.pem", "gone.pem"), ("serve.toml", "serve.toml")] {
        desk.write(
            "serve.toml",
            format!("[tls]\ncertificates = {certificates:?}\nkey = {key:?}\n"),
        );
        let run = desk.run(&["serve", "--config", "serve.toml", "--listen", "127.0.0.1:0"]);
        assert!(run.code == 2 && run.stderr.contains(certificates), "{}", run.stderr);
    }
}

#[test]
fn pages_of_other_origins_read_nothing_unless_they_are_named() {
    let desk = desk();
    let asked = |service: &Service, method: &str, origin: &str| {
        let request = format!(
            "{method} /v1/version HTTP/1.1\r\nhost: localhost\r\norigin: {origin}\r\nconnection: close\r\n\
             access-control-request-method: GET\r\n\r\n"
        );
        service.raw(request.as_bytes())
    };
    let allowed = "access-control-allow-origin";
    let service = Service::start(&desk, &[]);
    for method in ["GET", "OPTIONS"] {
        let answer = asked(&service, method, "https://desk.example");
        assert!(!answer.headers.contains(allowed), "{}", answer.headers);
    }
    drop(service);
    desk.write("serve.toml", "origins = [\"https://desk.example\"]\n");
    let service = Service::start(&desk, &["--config", "serve.toml"]);
    let named = format!("{allowed}: https://desk.example");
    for (method, status) in [("GET", 200), ("OPTIONS", 204)] {
        let answer = asked(&service, method, "https://desk.example");
        assert_eq!(answer.status, status);
        assert!(answer.headers.contains(&named), "{}", answer.headers);
        assert!(answer.headers.contains("vary: origin"), "{}", answer.headers);
        for other in ["https://desk.example.evil", "http://desk.example", "null"] {
            let answer = asked(&service, method, other);
            assert!(!answer.headers.contains(allowed), "{other}: {}", answer.headers);
        }
    }
    drop(service);
    desk.write("serve.toml", "origins = [\"*\"]\n");
    let run = desk.run(&["serve", "--config", "serve.toml"]);
    assert!(run.code == 2 && run.stderr.contains("not an origin"), "{}", run.stderr);
}

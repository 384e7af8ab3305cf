//! Plain HTTP to a node, with its credentials.

use super::fault::{Fault, of_status};
use super::options::{NodeAuth, NodeOptions};
use base64::Engine;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use ureq::Agent;

/// The largest answer that is read, in bytes: a batch is held to some 32 MB,
/// and one block of 4 MB is at most 40 times as long in JSON.
const MAX_ANSWER: u64 = 1 << 30;
const CONNECT: Duration = Duration::from_secs(10);

/// See the module.
pub(super) struct Http {
    agent: Agent,
    base: String,
    auth: NodeAuth,
    /// What the cookie file said when it was last read.
    cookie: Mutex<Option<String>>,
}

impl Http {
    /// Checks the URL; nothing is sent yet.
    pub(super) fn new(options: &NodeOptions) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy of the environment must not see the credentials.
            .proxy(None)
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(options.timeout))
            .timeout_per_write(Some(options.timeout))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            base: base(&options.url)?,
            auth: options.auth.clone(),
            cookie: Mutex::new(None),
        })
    }

    /// The URL without path.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// A call of the REST interface; `path` begins with `/rest/`.
    pub(super) fn get(&self, path: &str) -> Result<String, Fault> {
        let url = format!("{}{path}", self.base);
        let mut response = self.agent.get(&url).call().map_err(network)?;
        let status = response.status().as_u16();
        let body = read(response.body_mut())?;
        if status == 200 { Ok(body) } else { Err(of_status(status, &body, true)) }
    }

    /// A call of JSON-RPC. An answer that is JSON is given whatever its
    /// status, for nodes put errors of single calls under status 500.
    pub(super) fn post(&self, request: &str) -> Result<String, Fault> {
        let credentials = self.credentials()?;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&credentials);
        let sent = self
            .agent
            .post(&self.base)
            .header("Authorization", format!("Basic {encoded}"))
            .header("Content-Type", "application/json")
            .send(request);
        let mut response = sent.map_err(network)?;
        let status = response.status().as_u16();
        let body = read(response.body_mut())?;
        match status {
            200 => Ok(body),
            401 => Err(self.refused(&credentials, of_status(status, &body, false))),
            _ if body.trim_start().starts_with(['{', '[']) => Ok(body),
            _ => Err(of_status(status, &body, false)),
        }
    }

    fn credentials(&self) -> Result<String, Fault> {
        match &self.auth {
            NodeAuth::Rest => Ok(String::new()),
            NodeAuth::Password { user, password } => Ok(format!("{user}:{password}")),
            NodeAuth::Cookie(path) => {
                let mut cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(cookie) = cookie.as_ref() {
                    return Ok(cookie.clone());
                }
                let read = read_cookie(path)?;
                *cookie = Some(read.clone());
                Ok(read)
            }
        }
    }

    /// After a refusal a cookie is read again: a node that was restarted has
    /// written a new one, or is about to.
    fn refused(&self, used: &str, fault: Fault) -> Fault {
        let NodeAuth::Cookie(path) = &self.auth else { return fault };
        let read = match read_cookie(path) {
            Ok(read) => read,
            Err(fault) => return fault,
        };
        let changed = read != used;
        *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        match fault {
            _ if changed => Fault::NewCookie,
            Fault::Final(text) => Fault::Passing(text),
            other => other,
        }
    }
}

/// A cookie is `__cookie__:` and a password, in a file that only the user of
/// the node may read.
fn read_cookie(path: &Path) -> Result<String, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.contains(':') => Ok(text.trim().to_owned()),
        // The node is writing it.
        Ok(_) => Err(Fault::Passing(format!("the cookie file {} is empty", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Fault::Passing(format!(
            "there is no cookie file {}; the node writes it when it starts (in a folder below for other networks than the main one)",
            path.display()
        ))),
        Err(error) => {
            Err(Fault::Final(format!("the cookie file {} cannot be read: {error}", path.display())))
        }
    }
}

/// `http://host:port`; anything else is refused with what to give.
fn base(url: &str) -> Result<String, String> {
    if url.starts_with("https:") {
        return Err(format!(
            "{url}: only plain HTTP is spoken, as nodes themselves do; for a node elsewhere open a tunnel (ssh -L 8332:127.0.0.1:8332 HOST) and give http://127.0.0.1:8332"
        ));
    }
    let rest = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/');
    if rest.contains('@') {
        return Err(
            "give user and password apart from the address, so that they do not stand in logs"
                .to_owned(),
        );
    }
    let port = rest.rsplit_once(':').map(|(_, port)| port);
    if port.and_then(|port| port.parse::<u16>().ok()).is_none() || rest.contains('/') {
        return Err(format!(
            "\"{url}\" is not the address of a node; give http://HOST:PORT, for example http://127.0.0.1:8332"
        ));
    }
    Ok(format!("http://{rest}"))
}

fn read(body: &mut ureq::Body) -> Result<String, Fault> {
    body.with_config().limit(MAX_ANSWER).read_to_string().map_err(network)
}

/// What the network says.
fn network(error: ureq::Error) -> Fault {
    match error {
        ureq::Error::BodyExceedsLimit(limit) => Fault::Final(format!(
            "the answer is longer than {limit} bytes; this is no node of Bitcoin's family"
        )),
        ureq::Error::BadUri(text) => Fault::Final(format!("\"{text}\" is not an address")),
        ureq::Error::HostNotFound => Fault::Passing("the host of the node is not known".to_owned()),
        ureq::Error::Io(error) => Fault::Passing(io_text(&error)),
        other => Fault::Passing(other.to_string()),
    }
}

fn io_text(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            format!(
                "{error}: no node listens there; check that it runs with server=1 and that the port is right"
            )
        }
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            format!("the connection ended in the middle of an answer ({error})")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_before_anything_is_sent() {
        assert_eq!(base("http://127.0.0.1:8332/").unwrap(), "http://127.0.0.1:8332");
        assert_eq!(base("localhost:8332").unwrap(), "http://localhost:8332");
        assert_eq!(base("http://[::1]:8332").unwrap(), "http://[::1]:8332");
        assert!(base("https://node:8332").unwrap_err().contains("ssh -L"));
        assert!(base("http://u:p@node:8332").unwrap_err().contains("apart"));
        for url in ["", "http://node", "node:port", "http://node:8332/wallet"] {
            assert!(base(url).is_err(), "{url}");
        }
    }
}

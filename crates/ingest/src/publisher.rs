//! Files of sanctions lists from their publishers, over HTTPS.
//!
//! Nothing but the file's name is sent. A file is whole or refused: where the
//! publisher says how long it is, a shorter one is an error, and what the file
//! holds is judged by whoever reads it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use ureq::Agent;

/// The largest file that is taken: the largest list published is 120 MB.
const MOST_BYTES: u64 = 2 << 30;
const CONNECT: Duration = Duration::from_secs(20);
/// A publisher may be slow, but not silent.
const SILENT: Duration = Duration::from_secs(60);
const REDIRECTS: u32 = 5;

/// Who publishes a list, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Publisher {
    /// The list's name here.
    pub list: &'static str,
    /// Its file.
    pub url: &'static str,
    /// What the file is kept as.
    pub file: &'static str,
}

/// The publishers' own addresses.
///
/// OFAC: Sanctions List Service, "SDN_ADVANCED.XML" and "CONS_ADVANCED.XML".
/// UN: Security Council consolidated list. EU: consolidated financial
/// sanctions file 1.1, whose token is public. UK: the UK Sanctions List of
/// the Foreign, Commonwealth & Development Office, the sole source since the
/// OFSI list was closed on 28 January 2026.
pub const PUBLISHERS: [Publisher; 5] = [
    Publisher {
        list: "ofac-sdn",
        url: "https://sanctionslistservice.ofac.treas.gov/api/publicationpreview/exports/SDN_ADVANCED.XML",
        file: "SDN_ADVANCED.XML",
    },
    Publisher {
        list: "ofac-consolidated",
        url: "https://sanctionslistservice.ofac.treas.gov/api/publicationpreview/exports/CONS_ADVANCED.XML",
        file: "CONS_ADVANCED.XML",
    },
    Publisher {
        list: "un",
        url: "https://scsanctions.un.org/resources/xml/en/consolidated.xml",
        file: "consolidated.xml",
    },
    Publisher {
        list: "eu",
        url: "https://webgate.ec.europa.eu/fsd/fsf/public/files/xmlFullSanctionsList_1_1/content?token=dG9rZW4tMjAxNw",
        file: "xmlFullSanctionsList_1_1.xml",
    },
    Publisher {
        list: "uk",
        url: "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.xml",
        file: "UK-Sanctions-List.xml",
    },
];

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not an address that is asked.
    #[error("\"{url}\" is not an address to fetch from; give https://…")]
    Address {
        /// The address.
        url: String,
    },
    /// The publisher answered with something else.
    #[error(
        "{url} answered {status}; look at it in a browser, and if the file has moved give its address with --url"
    )]
    Status {
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The network failed.
    #[error(
        "{url}: {reason}; try again, or fetch the file by other means and `tracehound lists import` it"
    )]
    Network {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// It ended early.
    #[error("{url} sent {got} of {promised} bytes; nothing was taken, try again")]
    Short {
        /// The address.
        url: String,
        /// Bytes that came.
        got: u64,
        /// Bytes that were promised.
        promised: u64,
    },
    /// Too large to be a list.
    #[error("{url} sends more than {MOST_BYTES} bytes, which no list is")]
    Large {
        /// The address.
        url: String,
    },
    /// The file could not be written.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Stopped by the user.
    #[error("stopped; nothing was taken")]
    Stopped,
}

/// Fetches a file; how many bytes it has.
///
/// # Errors
/// [`FetchError`]; what is at `to` is then no list.
pub fn fetch(
    url: &str,
    to: &Path,
    stop: &AtomicBool,
    on_bytes: &dyn Fn(u64, Option<u64>),
) -> Result<u64, FetchError> {
    let plain = url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost");
    if !url.starts_with("https://") && !plain {
        return Err(FetchError::Address { url: url.to_owned() });
    }
    let network = |reason: String| FetchError::Network { url: url.to_owned(), reason };
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .https_only(!plain)
        .max_redirects(REDIRECTS)
        .user_agent(concat!("tracehound/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_per_read(Some(SILENT))
        .build()
        .new_agent();
    let mut response = agent.get(url).call().map_err(|error| network(error.to_string()))?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status { url: url.to_owned(), status });
    }
    let promised = response.body().content_length();
    let reader = response.body_mut().with_config().limit(MOST_BYTES + 1).reader();
    let got = copy(url, reader, to, stop, &|got| on_bytes(got, promised))?;
    match promised.filter(|promised| got < *promised) {
        Some(promised) => Err(FetchError::Short { url: url.to_owned(), got, promised }),
        None => Ok(got),
    }
}

fn copy(
    url: &str,
    mut reader: impl Read,
    to: &Path,
    stop: &AtomicBool,
    on_bytes: &dyn Fn(u64),
) -> Result<u64, FetchError> {
    let io = |source| FetchError::Io { file: to.to_owned(), source };
    let mut file = File::create(to).map_err(io)?;
    let (mut buffer, mut got) = (vec![0; 1 << 16], 0u64);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(FetchError::Stopped);
        }
        let read = reader.read(&mut buffer).map_err(|error| FetchError::Network {
            url: url.to_owned(),
            reason: error.to_string(),
        })?;
        if read == 0 {
            break;
        }
        // A buffer has fewer than 64 bits of bytes.
        got += read as u64;
        if got > MOST_BYTES {
            return Err(FetchError::Large { url: url.to_owned() });
        }
        file.write_all(buffer.get(..read).unwrap_or_default()).map_err(io)?;
        on_bytes(got);
    }
    file.sync_all().map_err(io)?;
    Ok(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_but_for_this_machine() {
        let to = std::env::temp_dir().join("tracehound-never-written");
        for url in ["http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", ""] {
            let fetched = fetch(url, &to, &AtomicBool::new(false), &|_, _| {});
            assert!(matches!(fetched, Err(FetchError::Address { .. })), "{url}");
        }
        assert!(PUBLISHERS.iter().all(|publisher| publisher.url.starts_with("https://")));
    }
}

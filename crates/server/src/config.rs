//! What the service is told: one file, every knob in it, checked at the start.

use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration file with every knob at its default, each explained.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Not a configuration.
    #[error("{}: {reason}", file.display())]
    Broken {
        /// Which file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// It would be open to the network.
    #[error(
        "the service would listen on {address}, which others can reach, without {lacking}; {cure}"
    )]
    Open {
        /// Where.
        address: SocketAddr,
        /// What is missing.
        lacking: &'static str,
        /// What to do.
        cure: &'static str,
    },
}

/// Everything that can be set.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Certificates and key.
    pub tls: Option<TlsFiles>,
    /// Listen beyond this machine without TLS, because a proxy in front has it.
    pub allow_plain: bool,
    /// Answer without keys beyond this machine.
    pub allow_without_keys: bool,
    /// Names under which this machine may be asked; others are refused where
    /// there are no keys. Loopback names are always allowed.
    pub hosts: Vec<String>,
    /// Origins whose pages may read answers in a browser (CORS); none unless named.
    pub origins: Vec<String>,
    /// Screening policy; the built-in one if absent.
    pub policy: Option<PathBuf>,
    /// Which surfaces of other products are served.
    pub surfaces: Surfaces,
    /// How much of everything.
    pub limits: Limits,
    /// How the log of answers is written.
    pub audit: AuditConfig,
    /// Seconds between looks at whether lists, tags or stores have changed.
    pub reload_seconds: u64,
    /// Folders of stores besides those of the home folder.
    pub stores: Vec<PathBuf>,
    /// A line on standard error for every request, not only for failures.
    pub log_requests: bool,
}

/// Files of a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The chain of certificates, PEM.
    pub certificates: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Surfaces of other products, off unless asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Surfaces {
    /// GraphSense REST 2.18 under `/graphsense`.
    pub graphsense: bool,
    /// The same paths without a prefix as well, for clients that take none.
    pub graphsense_at_root: bool,
    /// Chainalysis' sanctions look-up under `/chainalysis`, and the shape of KYT v2.
    pub chainalysis: bool,
    /// yente under `/yente`.
    pub yente: bool,
    /// watchman's search under `/watchman`.
    pub watchman: bool,
}

/// Limits, so that no client takes the service from the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Requests at work at once.
    pub requests: usize,
    /// Heavy requests (exposures, cases, whole files) at work at once.
    pub heavy: usize,
    /// Seconds a request may take.
    pub request_seconds: u64,
    /// Seconds until the head of a request must have come.
    pub head_seconds: u64,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a body of bulk screening or of an imported file.
    pub bulk_bytes: usize,
    /// Addresses of one bulk request.
    pub bulk_rows: usize,
    /// Seconds given to open requests at shutdown.
    pub shutdown_seconds: u64,
    /// Transfers that may be read for one exposure.
    pub exposure_rows: u64,
    /// Jobs kept, the oldest finished ones forgotten first.
    pub jobs: usize,
}

/// The log of answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Wait for the disk (not only the system) before an answer goes out.
    pub sync: bool,
    /// Also note look-ups that make no verdict.
    pub look_ups: bool,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { sync: false, look_ups: true }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            requests: 512,
            heavy: 2,
            request_seconds: 30,
            head_seconds: 10,
            body_bytes: 1 << 20,
            bulk_bytes: 64 << 20,
            bulk_rows: 100_000,
            shutdown_seconds: 20,
            exposure_rows: 5_000_000,
            jobs: 100,
        }
    }
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8650),
            tls: None,
            allow_plain: false,
            allow_without_keys: false,
            hosts: Vec::new(),
            origins: Vec::new(),
            policy: None,
            surfaces: Surfaces::default(),
            limits: Limits::default(),
            audit: AuditConfig::default(),
            reload_seconds: 5,
            stores: Vec::new(),
            log_requests: true,
        }
    }
}

impl Limits {
    /// How long a request may take.
    #[must_use]
    pub fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}

impl ServerConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`], with the line.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Io { file: file.to_owned(), source })?;
        let broken = |reason| ConfigError::Broken { file: file.to_owned(), reason };
        let config: Self = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        config.check().map_err(broken)?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let limits = &self.limits;
        let least: [(&str, u64); 8] = [
            ("limits.connections", limits.connections as u64),
            ("limits.requests", limits.requests as u64),
            ("limits.heavy", limits.heavy as u64),
            ("limits.request_seconds", limits.request_seconds),
            ("limits.head_seconds", limits.head_seconds),
            ("limits.bulk_rows", limits.bulk_rows as u64),
            ("limits.jobs", limits.jobs as u64),
            ("reload_seconds", self.reload_seconds),
        ];
        if let Some((name, _)) = least.iter().find(|(_, value)| *value == 0) {
            return Err(format!("{name} is 0; give at least 1"));
        }
        if let Some(wrong) = self.origins.iter().find(|text| !crate::cors::is_origin(text)) {
            return Err(format!(
                "origins: \"{wrong}\" is not an origin; write https://NAME or https://NAME:PORT, \
                 in small letters and without a path"
            ));
        }
        if limits.body_bytes > limits.bulk_bytes {
            return Err("limits.body_bytes is larger than limits.bulk_bytes".to_owned());
        }
        Ok(())
    }

    /// Whether it may listen where it is told to.
    ///
    /// # Errors
    /// [`ConfigError::Open`] if others could reach it unprotected.
    pub fn check_open(&self, keys: usize) -> Result<(), ConfigError> {
        let address = self.listen;
        if address.ip().is_loopback() {
            return Ok(());
        }
        if keys == 0 && !self.allow_without_keys {
            let lacking = "keys";
            let cure =
                "make one with `tracehound key new NAME --role screen`, or set allow_without_keys";
            return Err(ConfigError::Open { address, lacking, cure });
        }
        if self.tls.is_none() && !self.allow_plain {
            let lacking = "TLS";
            let cure =
                "name certificates under [tls], or set allow_plain if a proxy in front has them";
            return Err(ConfigError::Open { address, lacking, cure });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_every_knob_at_its_default() {
        let example: ServerConfig = toml::from_str(EXAMPLE).unwrap();
        assert_eq!(example, ServerConfig::default());
        for knob in
            ["origins", "connections", "body_bytes", "reload_seconds", "sync", "graphsense", "tls"]
        {
            assert!(EXAMPLE.contains(knob), "{knob} is not explained");
        }
    }

    #[test]
    fn it_does_not_listen_to_others_unprotected() {
        let mut config = ServerConfig::default();
        assert!(config.check_open(0).is_ok(), "loopback needs nothing");
        config.listen = "0.0.0.0:8650".parse().unwrap();
        assert!(config.check_open(0).is_err());
        assert!(config.check_open(1).is_err(), "keys in the clear");
        config.allow_plain = true;
        assert!(config.check_open(1).is_ok());
        assert!(config.check_open(0).is_err());
        config.allow_without_keys = true;
        assert!(config.check_open(0).is_ok());
    }

    #[test]
    fn what_it_does_not_know_it_refuses() {
        for text in ["lissten = \"127.0.0.1:1\"", "[limits]\nbody = 1", "[surfaces]\nx = true"] {
            assert!(toml::from_str::<ServerConfig>(text).is_err(), "{text}");
        }
        let zero: ServerConfig = toml::from_str("[limits]\nheavy = 0").unwrap();
        assert!(zero.check().unwrap_err().contains("limits.heavy"));
    }
}

//! Figures for Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Bounds in seconds: from look-ups of microseconds to whole traces.
const BOUNDS: [f64; 12] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Asked {
    method: String,
    /// The route, never the path: paths hold addresses.
    route: String,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Decided {
    decision: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Why {
    reason: &'static str,
}

/// All figures.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    seconds: Histogram,
    verdicts: Family<Decided, Counter>,
    refused: Family<Why, Counter>,
    reloads: Counter,
    failed_reloads: Counter,
    /// Open connections.
    pub(crate) connections: Gauge,
    /// 1 where everything is loaded and nothing failed since.
    pub(crate) ready: Gauge,
    /// Unix time of the last load.
    pub(crate) loaded: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("tracehound");
        let metrics = Self {
            requests: Family::default(),
            seconds: Histogram::new(BOUNDS),
            verdicts: Family::default(),
            refused: Family::default(),
            reloads: Counter::default(),
            failed_reloads: Counter::default(),
            connections: Gauge::default(),
            ready: Gauge::default(),
            loaded: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", metrics.requests.clone());
        let seconds = metrics.seconds.clone();
        registry.register_with_unit("request", "Time to answer", Unit::Seconds, seconds);
        registry.register("verdicts", "Verdicts made", metrics.verdicts.clone());
        registry.register("refused", "Requests refused", metrics.refused.clone());
        registry.register("reloads", "Loads of lists, tags and stores", metrics.reloads.clone());
        let failed = metrics.failed_reloads.clone();
        registry.register("failed_reloads", "Loads that failed", failed);
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register("ready", "1 if answers can be given", metrics.ready.clone());
        let loaded = metrics.loaded.clone();
        registry.register("loaded_at", "Unix time of the last load", loaded);
        Self { registry, ..metrics }
    }

    pub(crate) fn asked(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = Asked { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn decided(&self, decision: &'static str) {
        self.verdicts.get_or_create(&Decided { decision }).inc();
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Why { reason }).inc();
    }

    pub(crate) fn reloaded(&self, worked: bool) {
        self.reloads.inc();
        if !worked {
            self.failed_reloads.inc();
        }
    }

    /// In the text form that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

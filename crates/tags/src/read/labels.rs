//! Label lists of explorers: etherscan-labels (JSON) and eth-labels (CSV).

use super::check::{Watch, check};
use super::table::row_fault;
use super::{Assumed, slug};
use crate::network::name_of;
use crate::{Contents, Field, Fields, Header, Pack, TagError, taxonomy};
use serde::Deserialize;
use std::path::Path;
use tracehound_model::service::read_label;

/// How sure a list read from a website is.
const CONFIDENCE: &str = "web_crawl";
/// How a file's name begins, with the chain it is of.
const EXPLORERS: [(&str, &str); 11] = [
    ("etherscan", "ETH"),
    ("ethereum", "ETH"),
    ("bscscan", "BSC"),
    ("polygonscan", "MATIC"),
    ("arbiscan", "ARB"),
    ("optimism", "OP"),
    ("optimistic", "OP"),
    ("avalanche", "AVAX"),
    ("snowtrace", "AVAX"),
    ("ftmscan", "FTM"),
    ("basescan", "eip155:8453"),
];

#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Name(String),
    Labelled {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        labels: Vec<String>,
    },
}

/// `{address: {name, labels}}`, or `{address: name}`.
pub(super) fn etherscan(path: &Path, text: &str, assumed: &Assumed) -> Result<Pack, TagError> {
    let names: std::collections::BTreeMap<String, Named> =
        serde_json::from_str(text).map_err(|error| TagError::Line {
            file: path.to_owned(),
            line: error.line(),
            reason: format!("not a list of labels (address: {{name, labels}}): {error}"),
        })?;
    let network = assumed.network.clone().or_else(|| explorer(path)).ok_or_else(|| {
        let reason =
            "the file's name does not say of which explorer it is; give --network, such as ETH"
                .to_owned();
        TagError::File { file: path.to_owned(), reason }
    })?;
    let header = header(path, "etherscan-labels", Some(&network), assumed);
    let mut tags = Vec::with_capacity(names.len());
    for (address, named) in names {
        let (name, labels) = match named {
            Named::Name(name) => (name, Vec::new()),
            Named::Labelled { name, labels } => (name.unwrap_or_default(), labels),
        };
        tags.push(tag(&address, &name, &labels));
    }
    finish(path, header, tags, "etherscan-labels")
}

fn explorer(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let found = EXPLORERS.iter().find(|(start, _)| name.starts_with(start))?;
    Some(found.1.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn header(path: &Path, list: &str, network: Option<&str>, assumed: &Assumed) -> Header {
    let file = file_name(path);
    let mut shared = Fields::default();
    shared.set(Field::Source, assumed.source.clone().unwrap_or(format!("{list}: {file}")));
    shared.set(Field::Confidence, assumed.confidence.as_deref().unwrap_or(CONFIDENCE));
    if let Some(network) = network {
        shared.set(Field::Network, network);
        shared.set(Field::Currency, network);
    }
    Header {
        title: format!("{list}: {file}"),
        creator: assumed.creator.clone().unwrap_or(list.to_owned()),
        shared,
        ..Header::default()
    }
}

/// A tag of a name and of words whose meaning a rule guesses.
fn tag(address: &str, name: &str, labels: &[String]) -> Fields {
    let mut own = Fields::default();
    own.set(Field::Address, address);
    let label = if name.trim().is_empty() { labels.join(", ") } else { name.trim().to_owned() };
    own.set(Field::Label, if label.trim().is_empty() { "unnamed".to_owned() } else { label });
    let service = read_label(name);
    let mut concepts: Vec<&str> = labels.iter().filter_map(|label| slug::concept(label)).collect();
    concepts.extend(service.map(|service| taxonomy::concept_of_category(service.category)));
    concepts.dedup();
    let abuse = concepts.iter().find(|id| taxonomy::is_a(id, "abuse"));
    let kind = concepts.iter().find(|id| taxonomy::is_a(id, "entity"));
    if let Some(abuse) = abuse {
        own.set(Field::Abuse, *abuse);
    }
    if let Some(kind) = kind {
        own.set(Field::Category, *kind);
    }
    if let Some(service) = service {
        own.set(Field::Actor, service.entity);
    }
    let mut context = serde_json::Map::new();
    if !labels.is_empty() {
        context.insert("labels".to_owned(), labels.into());
    }
    let by_rule = match (service, concepts.is_empty()) {
        (Some(_), _) => Some(format!("{}, {}", slug::RULE, tracehound_model::service::RULE)),
        (None, false) => Some(slug::RULE.to_owned()),
        (None, true) => None,
    };
    context.extend(by_rule.map(|rule| ("concepts_by_rule".to_owned(), rule.into())));
    if !context.is_empty() {
        own.set(Field::Context, serde_json::Value::Object(context).to_string());
    }
    own.shrink();
    own
}

fn finish(
    path: &Path,
    header: Header,
    mut tags: Vec<Fields>,
    format: &'static str,
) -> Result<Pack, TagError> {
    let before = tags.len();
    tags.retain(|own| own.get(Field::Address).is_some_and(|text| !text.trim().is_empty()));
    if tags.is_empty() {
        let reason = "there are no labels of addresses in it; download it again".to_owned();
        return Err(TagError::File { file: path.to_owned(), reason });
    }
    for (place, own) in (1..).zip(&tags) {
        check(own, &header.shared).map_err(|reason| TagError::File {
            file: path.to_owned(),
            reason: format!("label {place}: {reason}"),
        })?;
    }
    let mut watch = Watch::default();
    tags.iter().for_each(|own| watch.look(own, &header.shared));
    let mut warnings = watch.warnings();
    if tags.len() < before {
        warnings.push(format!("{} labels of no address are left out", before - tags.len()));
    }
    Ok(Pack { header, contents: Contents::Tags(tags), format, warnings })
}

/// Whether a table's header is that of eth-labels.
pub(super) fn is_eth_labels(header: &[String]) -> bool {
    let has = |name: &str| header.iter().any(|cell| cell == name);
    has("address") && has("chainid") && has("label")
}

/// `address,chainId,label,name or nameTag,…`.
pub(super) fn eth_labels(path: &Path, text: &str, assumed: &Assumed) -> Result<Pack, TagError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| row_fault(path, &error))?.clone();
    let place = |name: &str| names.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let header = header(path, "eth-labels", None, assumed);
    let mut tags = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| row_fault(path, &error))?;
        let cell = |name: &str| place(name).and_then(|at| record.get(at)).unwrap_or("").trim();
        let name = [cell("name"), cell("nameTag")].into_iter().find(|name| !name.is_empty());
        let mut own = tag(cell("address"), name.unwrap_or_default(), &[cell("label").to_owned()]);
        let network = name_of(cell("chainId"));
        own.set(Field::Currency, network.as_str());
        own.set(Field::Network, network);
        if !cell("website").is_empty() {
            own.set(Field::Source, cell("website"));
        }
        own.shrink();
        tags.push(own);
    }
    finish(path, header, tags, "eth-labels")
}

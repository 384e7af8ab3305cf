//! Entries of lists as entities in FollowTheMoney's shape.

use super::{Parameters, Refused};
use crate::entries::Listed;
use crate::extract::Parts;
use crate::problem::Problem;
use crate::service::Shared;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::{Map, Value, json};
use tracehound_lists::ListedAddress;
use tracehound_model::{NameStrength, PartialDate, PartyKind};

/// The schema of a kind of party.
pub(super) fn schema(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Person => "Person",
        PartyKind::Organisation => "Organization",
        PartyKind::Vessel => "Vessel",
        PartyKind::Aircraft => "Airplane",
        PartyKind::Unknown => "LegalEntity",
    }
}

/// Whether an entity of a schema is one of another: the part of
/// FollowTheMoney's tree that lists use.
pub(super) fn is_a(schema: &str, wanted: &str) -> bool {
    let above: &[&str] = match schema {
        "Person" => &["LegalEntity", "Thing"],
        "Organization" => &["LegalEntity", "Thing", "Company", "PublicBody"],
        "LegalEntity" => &["Thing", "Person", "Organization", "Company", "PublicBody"],
        "Vessel" | "Airplane" => &["Vehicle", "Asset", "Thing"],
        "CryptoWallet" => &["Thing", "Value"],
        _ => &["Thing"],
    };
    schema == wanted || above.contains(&wanted)
}

/// Whether a client may ask for a schema.
pub(super) fn is_known(schema: &str) -> bool {
    [
        "Thing",
        "LegalEntity",
        "Person",
        "Organization",
        "Company",
        "PublicBody",
        "Vessel",
        "Airplane",
        "Vehicle",
        "Asset",
        "CryptoWallet",
        "Value",
        "Address",
        "Security",
        "Sanction",
    ]
    .contains(&schema)
}

fn dates(dates: &[PartialDate]) -> Vec<&str> {
    let ends = dates.iter().flat_map(|date| [date.from.as_str(), date.to.as_str()]);
    let mut all: Vec<&str> = ends.filter(|text| !text.is_empty()).collect();
    all.dedup();
    all
}

/// Properties of an entry; empty ones are left out.
fn properties(listed: &Listed<'_>) -> Map<String, Value> {
    let party = &listed.entry.party;
    let names = |wanted: fn(NameStrength) -> bool| -> Vec<&str> {
        let fitting = party.names.iter().filter(|name| wanted(name.strength));
        fitting.map(|name| name.text.as_str()).collect()
    };
    let (born, country) = match party.kind {
        PartyKind::Person => ("birthDate", "nationality"),
        PartyKind::Vessel | PartyKind::Aircraft => ("buildDate", "flag"),
        _ => ("incorporationDate", "country"),
    };
    let remarks: Vec<&str> =
        [listed.entry.remarks.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    let countries: Vec<String> =
        party.countries.iter().map(|country| country.to_lowercase()).collect();
    let all = [
        ("name", json!(names(|strength| strength == NameStrength::Primary))),
        ("alias", json!(names(|strength| strength == NameStrength::Strong))),
        ("weakAlias", json!(names(|strength| strength == NameStrength::Weak))),
        (born, json!(dates(&party.birth_dates))),
        (country, json!(countries)),
        ("programId", json!(listed.entry.programmes)),
        ("notes", json!(remarks)),
        ("topics", json!(["sanction"])),
    ];
    let filled = |value: &Value| value.as_array().is_some_and(|values| !values.is_empty());
    let all = all.into_iter().filter(|(_, value)| filled(value));
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Fields that every entity has.
fn shell(listed: &Listed<'_>, id: &str, caption: &str, schema: &str, properties: Value) -> Value {
    let published = format!("{}T00:00:00", listed.manifest.published);
    let first =
        listed.entry.listed_on.as_ref().map_or(published.clone(), |day| format!("{day}T00:00:00"));
    json!({
        "id": id, "caption": caption, "schema": schema, "properties": properties,
        "datasets": [listed.manifest.list.0], "referents": [listed.entry.id],
        "target": schema != "Sanction" && schema != "CryptoWallet",
        "first_seen": first, "last_seen": published, "last_change": published,
    })
}

/// An entry as an entity.
pub(super) fn entity(listed: &Listed<'_>) -> Value {
    let party = &listed.entry.party;
    let name = party.primary_name().map_or(listed.entry.id.as_str(), |name| name.text.as_str());
    let properties = Value::Object(properties(listed));
    shell(listed, &listed.id(), name, schema(party.kind), properties)
}

/// An address of an entry as an entity of its own.
pub(super) fn wallet(listed: &Listed<'_>, place: usize, address: &ListedAddress) -> Value {
    let holder = listed.id();
    let properties = json!({
        "publicKey": [address.text], "currency": [address.label], "holder": [holder],
        "topics": ["sanction"],
    });
    let id = format!("{holder}-wallet-{place}");
    shell(listed, &id, &address.text, "CryptoWallet", properties)
}

/// The listing itself.
fn sanction(listed: &Listed<'_>) -> Value {
    let holder = listed.id();
    let properties = json!({
        "entity": [holder], "authority": [listed.manifest.list.0],
        "program": listed.entry.programmes, "provisions": listed.entry.measures,
        "listingDate": listed.entry.listed_on.iter().collect::<Vec<_>>(),
    });
    shell(listed, &format!("{holder}-sanction"), "Sanction", "Sanction", properties)
}

/// What is next to an entry, by property.
fn neighbours(listed: &Listed<'_>) -> Vec<(&'static str, Vec<Value>)> {
    let addresses = listed.entry.addresses.iter().enumerate();
    let wallets: Vec<Value> =
        addresses.map(|(place, address)| wallet(listed, place, address)).collect();
    let all = [("sanctions", vec![sanction(listed)]), ("cryptoWallets", wallets)];
    all.into_iter().filter(|(_, found)| !found.is_empty()).collect()
}

/// What an id names: an entry, a wallet or a listing of one.
enum Named<'e> {
    Entry(Listed<'e>),
    Wallet(Listed<'e>, usize),
    Sanction(Listed<'e>),
}

fn find<'e>(world: &'e crate::world::World, id: &str) -> Result<Named<'e>, Refused> {
    let gone = || Refused::from(Problem::not_found(format!("no entity {id}")));
    if let Some(listed) = world.entries.find(id) {
        return Ok(Named::Entry(listed));
    }
    if let Some(listed) = id.strip_suffix("-sanction").and_then(|id| world.entries.find(id)) {
        return Ok(Named::Sanction(listed));
    }
    let (holder, place) = id.rsplit_once("-wallet-").ok_or_else(gone)?;
    let listed = world.entries.find(holder).ok_or_else(gone)?;
    let place: usize = place.parse().map_err(|_| gone())?;
    match place < listed.entry.addresses.len() {
        true => Ok(Named::Wallet(listed, place)),
        false => Err(gone()),
    }
}

/// What an id names, without what is next to it.
pub(super) fn by_id(world: &crate::world::World, id: &str) -> Option<Value> {
    find(world, id).ok().map(|named| told(&named, false))
}

fn told(named: &Named<'_>, nested: bool) -> Value {
    match named {
        Named::Sanction(listed) => sanction(listed),
        Named::Wallet(listed, place) => {
            let address = listed.entry.addresses.get(*place);
            let mut told = address.map_or(Value::Null, |address| wallet(listed, *place, address));
            if nested {
                told["properties"]["holder"] = json!([entity(listed)]);
            }
            told
        }
        Named::Entry(listed) => {
            let mut told = entity(listed);
            if nested {
                for (name, found) in neighbours(listed) {
                    told["properties"][name] = Value::Array(found);
                }
            }
            told
        }
    }
}

pub(super) async fn one(
    State(service): State<Shared>,
    Parts(id): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let nested = Parameters::read(query).flag("nested", true)?;
    let world = service.world()?;
    Ok(Json(told(&find(&world, &id)?, nested)))
}

fn around(named: &Named<'_>) -> Vec<(&'static str, Vec<Value>)> {
    match named {
        Named::Entry(listed) => neighbours(listed),
        Named::Wallet(listed, _) => vec![("holder", vec![entity(listed)])],
        Named::Sanction(listed) => vec![("entity", vec![entity(listed)])],
    }
}

fn page(found: Vec<Value>, limit: usize, offset: usize) -> Value {
    let total = json!({ "value": found.len(), "relation": "eq" });
    let results: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
    json!({ "limit": limit, "offset": offset, "total": total, "results": results })
}

pub(super) async fn adjacent(
    State(service): State<Shared>,
    Parts(id): Parts<String>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let (limit, offset) = Parameters::read(query).page()?;
    let world = service.world()?;
    let named = find(&world, &id)?;
    let pages: Map<String, Value> = around(&named)
        .into_iter()
        .map(|(name, found)| (name.to_owned(), page(found, limit, offset)))
        .collect();
    Ok(Json(json!({ "entity": told(&named, false), "adjacent": pages })))
}

pub(super) async fn adjacent_by(
    State(service): State<Shared>,
    Parts((id, property)): Parts<(String, String)>,
    query: RawQuery,
) -> Result<Json<Value>, Refused> {
    let (limit, offset) = Parameters::read(query).page()?;
    let world = service.world()?;
    let found = around(&find(&world, &id)?).into_iter().find(|(name, _)| *name == property);
    Ok(Json(page(found.map_or_else(Vec::new, |(_, found)| found), limit, offset)))
}

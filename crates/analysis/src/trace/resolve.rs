//! From a case to a request: names become numbers, limits become rows.

use super::request::{ResolvedSeed, SeedWhat, Stops, TraceRequest};
use crate::AnalysisError;
use crate::net_effect::Markets;
use hashbrown::{HashMap, HashSet};
use tracehound_model::case::{Seed, TraceOptions, parse_ratio};
use tracehound_model::{
    Address, Amount, Asset, Case, Category, Direction, Tag, Timestamp, TransactionHash, genuine,
};
use tracehound_store::{AddressId, AssetId, RowId, Snapshot};

/// Addresses that stand in files beside the case, read by the caller.
#[derive(Clone, Debug, Default)]
pub struct CaseLists {
    /// For each seed of the case, in order, the addresses of its `addresses_file`.
    pub seed_addresses: Vec<Vec<Address>>,
    /// For each seed of the case, in order, the transactions of its `transactions_file`.
    pub seed_transactions: Vec<Vec<TransactionHash>>,
    /// Contracts that emitted an event by which pools and vaults report an exchange.
    pub exchange_emitters: Vec<Address>,
}

/// Addresses that burn what they receive: the zero address and the customary dead one.
const BURN: [&str; 2] =
    ["0x0000000000000000000000000000000000000000", "0x000000000000000000000000000000000000dead"];

const SECONDS_A_DAY: i64 = 86_400;

/// Resolves a case against a store.
///
/// # Errors
/// A seed that names nothing in the store, or a store that cannot be read.
pub fn resolve(
    case: &Case,
    lists: &CaseLists,
    tags: &[Tag],
    snapshot: &Snapshot,
) -> Result<TraceRequest, AnalysisError> {
    let options = &case.trace;
    let end = match options.as_of {
        Some(time) => snapshot.first_row_at_time(Timestamp(time.0.saturating_add(1)))?,
        None => RowId(snapshot.row_count()),
    };
    let followed = followed(case, snapshot)?;
    let seeds = seeds(case, lists, snapshot, end)?;
    let stops = Stops {
        services: services(options, tags, snapshot)?,
        burn: burn(snapshot)?,
        hub_degree: options.hub_degree,
        dust: dust(options, &seeds, &followed, snapshot, end)?,
        max_hops: options.max_hops,
        age: age(options, &seeds, snapshot)?,
        deposits: HashSet::new(),
        deposit_outputs: HashSet::new(),
    };
    let policies = options.policies.clone();
    let opening = opening(case, snapshot)?;
    let direction = options.direction;
    let markets = match options.swaps && followed.len() > 1 {
        true => Some(Markets::of(snapshot, tags, &lists.exchange_emitters)?),
        false => None,
    };
    Ok(TraceRequest { seeds, policies, direction, end, stops, followed, markets, opening })
}

/// Well-known assets, those the case names, and those a seed names.
fn followed(case: &Case, snapshot: &Snapshot) -> Result<HashSet<AssetId>, AnalysisError> {
    let chain = snapshot.chain();
    let mut named = Vec::new();
    for seed in &case.seeds {
        if let Seed::Outflow { assets, .. } = seed {
            named.extend(assets.iter());
        }
    }
    let mut followed = HashSet::new();
    for text in case.trace.follow_assets.iter().chain(named) {
        followed.extend(snapshot.asset_id(&Asset::parse(text, chain)?)?);
    }
    for id in (0..snapshot.asset_count()).map(AssetId) {
        if genuine::followed_by_default(chain, &snapshot.asset(id)?.asset) {
            followed.insert(id);
        }
    }
    Ok(followed)
}

fn seeds(
    case: &Case,
    lists: &CaseLists,
    snapshot: &Snapshot,
    end: RowId,
) -> Result<Vec<ResolvedSeed>, AnalysisError> {
    let mut resolved = Vec::new();
    for (place, seed) in case.seeds.iter().enumerate() {
        let victim = seed.victim().to_owned();
        match seed {
            Seed::Outflow { address, .. } => {
                let listed = lists.seed_addresses.get(place).map_or(&[][..], Vec::as_slice);
                for address in address.iter().chain(listed) {
                    resolved.push(outflow(case, seed, *address, snapshot, end)?);
                }
            }
            Seed::Transaction { hash, from, .. } => {
                let payer = from.map(|a| known_address(snapshot, &a)).transpose()?;
                let listed = lists.seed_transactions.get(place).map_or(&[][..], Vec::as_slice);
                for hash in hash.iter().chain(listed) {
                    resolved.push(transaction(snapshot, seed, hash, payer)?);
                }
            }
            Seed::Transfer { hash, index, .. } => {
                let rows = transaction_rows(snapshot, seed, hash)?;
                // A 32-bit index always fits 64 bits.
                let row = rows.into_iter().nth(*index as usize).ok_or_else(|| {
                    AnalysisError::SeedNotFound {
                        seed: format!("transfer {index} of transaction {hash}"),
                        cure: "count its transfers with `tracehound tx`".to_owned(),
                    }
                })?;
                let description = format!("transfer {index} of transaction {hash}");
                let what = SeedWhat::Rows(vec![row]);
                resolved.push(ResolvedSeed { victim, description, what });
            }
        }
    }
    Ok(resolved)
}

fn transaction(
    snapshot: &Snapshot,
    seed: &Seed,
    hash: &TransactionHash,
    payer: Option<AddressId>,
) -> Result<ResolvedSeed, AnalysisError> {
    let mut chosen = transaction_rows(snapshot, seed, hash)?;
    if let Some(payer) = payer {
        chosen.retain(|row| snapshot.row(*row).is_ok_and(|r| r.from == payer));
    }
    let description = format!("transaction {}", snapshot.chain().transaction_text(hash));
    Ok(ResolvedSeed { victim: seed.victim().to_owned(), description, what: SeedWhat::Rows(chosen) })
}

fn known_address(snapshot: &Snapshot, address: &Address) -> Result<AddressId, AnalysisError> {
    snapshot.address_id(address)?.ok_or_else(|| AnalysisError::SeedNotFound {
        seed: format!("address {address}"),
        cure: "ingest transfers of this address, or check its spelling".to_owned(),
    })
}

fn transaction_rows(
    snapshot: &Snapshot,
    seed: &Seed,
    hash: &TransactionHash,
) -> Result<Vec<RowId>, AnalysisError> {
    let rows = snapshot.transaction(hash)?.ok_or_else(|| AnalysisError::SeedNotFound {
        seed: format!("transaction {hash} (victim \"{}\")", seed.victim()),
        cure: "ingest the block that holds it".to_owned(),
    })?;
    Ok((rows.start.0..rows.end.0).map(RowId).collect())
}

fn outflow(
    case: &Case,
    seed: &Seed,
    address: Address,
    snapshot: &Snapshot,
    end: RowId,
) -> Result<ResolvedSeed, AnalysisError> {
    let Seed::Outflow { victim, from_time, from_height, assets, .. } = seed else {
        unreachable!("called for outflow seeds only");
    };
    let direction = case.trace.direction;
    let start = match (from_time, from_height, direction) {
        (Some(time), _, Direction::Forward) => snapshot.first_row_at_time(*time)?,
        (None, Some(height), Direction::Forward) => snapshot.first_row_at_height(*height)?,
        (None, None, Direction::Forward) => RowId(0),
        // Backward, the time given is the last one that counts.
        (Some(time), _, Direction::Backward) => {
            last_before(snapshot.first_row_at_time(Timestamp(time.0.saturating_add(1)))?)
        }
        (None, Some(height), Direction::Backward) => {
            let next = tracehound_model::Height(height.0.saturating_add(1));
            last_before(snapshot.first_row_at_height(next)?)
        }
        (None, None, Direction::Backward) => last_before(end),
    };
    let assets = if assets.is_empty() { None } else { Some(asset_ids(assets, snapshot)?) };
    let what = match direction {
        Direction::Forward => "outflow of",
        Direction::Backward => "inflow of",
    };
    let since = match (from_time, from_height, direction) {
        (Some(time), _, Direction::Forward) => format!(" from {time} on"),
        (Some(time), _, Direction::Backward) => format!(" up to {time}"),
        (None, Some(height), Direction::Forward) => format!(" from block {height} on"),
        (None, Some(height), Direction::Backward) => format!(" up to block {height}"),
        (None, None, _) => String::new(),
    };
    Ok(ResolvedSeed {
        victim: victim.clone(),
        description: format!("{what} {address}{since}"),
        what: SeedWhat::Outflow { address: known_address(snapshot, &address)?, start, assets },
    })
}

fn last_before(row: RowId) -> RowId {
    RowId(row.0.saturating_sub(1))
}

/// Numbers of named assets; one the store has never seen has no transfers to follow.
fn asset_ids(names: &[String], snapshot: &Snapshot) -> Result<Vec<AssetId>, AnalysisError> {
    let mut ids = Vec::new();
    for name in names {
        ids.extend(snapshot.asset_id(&Asset::parse(name, snapshot.chain())?)?);
    }
    Ok(ids)
}

fn services(
    options: &TraceOptions,
    tags: &[Tag],
    snapshot: &Snapshot,
) -> Result<HashMap<AddressId, Category>, AnalysisError> {
    let mut services = HashMap::new();
    for (address, category) in stopping_tags(options, tags) {
        if let Some(id) = snapshot.address_id(&address)? {
            services.insert(id, category);
        }
    }
    Ok(services)
}

/// Addresses with a tag that stops the trace. Booked under the most telling
/// category of any of the address's tags, the surest source first.
pub(crate) fn stopping_tags(options: &TraceOptions, tags: &[Tag]) -> HashMap<Address, Category> {
    let mut by_address: HashMap<Address, Vec<&Tag>> = HashMap::new();
    for tag in tags {
        by_address.entry(tag.address).or_default().push(tag);
    }
    let mut services = HashMap::new();
    for (address, tags) in by_address {
        let categories: Vec<(Category, u8)> =
            tags.iter().filter_map(|t| t.category.map(|c| (c, t.confidence.0))).collect();
        let Some(stop) = categories.iter().find(|(c, _)| options.stops_at(*c)) else { continue };
        let telling = categories
            .iter()
            .filter(|(c, _)| !matches!(c, Category::CaseTerminal | Category::Service))
            .max_by_key(|(c, confidence)| (*confidence, std::cmp::Reverse(*c)));
        services.insert(address, telling.map_or(stop.0, |(category, _)| *category));
    }
    services
}

fn burn(snapshot: &Snapshot) -> Result<HashSet<AddressId>, AnalysisError> {
    let mut burn = HashSet::new();
    for text in BURN {
        if let Ok(address) = text.parse() {
            burn.extend(snapshot.address_id(&address)?);
        }
    }
    Ok(burn)
}

fn opening(
    case: &Case,
    snapshot: &Snapshot,
) -> Result<HashMap<(AddressId, AssetId), Amount>, AnalysisError> {
    let mut balances = HashMap::new();
    for balance in &case.opening {
        let asset = Asset::parse(&balance.asset, snapshot.chain())?;
        let (Some(address), Some(asset)) =
            (snapshot.address_id(&balance.address)?, snapshot.asset_id(&asset)?)
        else {
            continue;
        };
        let amount = Amount::parse_decimal(&balance.amount, decimals(snapshot, asset)?)?;
        let sum = balances.entry((address, asset)).or_insert(Amount::ZERO);
        *sum = sum.add(amount)?;
    }
    Ok(balances)
}

/// Decimals for reading a case's amounts: the asset's own, else 18 as for most tokens.
fn decimals(snapshot: &Snapshot, asset: AssetId) -> Result<u8, AnalysisError> {
    let record = snapshot.asset(asset)?;
    Ok(record.decimals.or_else(|| record.asset.own_decimals(snapshot.chain())).unwrap_or(18))
}

/// The larger of the absolute and the relative dust limit, per asset. The
/// relative limit is a share of everything that leaves the seeds.
fn dust(
    options: &TraceOptions,
    seeds: &[ResolvedSeed],
    followed: &HashSet<AssetId>,
    snapshot: &Snapshot,
    end: RowId,
) -> Result<HashMap<AssetId, Amount>, AnalysisError> {
    let mut dust: HashMap<AssetId, Amount> = HashMap::new();
    if let Some(text) = &options.dust_absolute {
        for asset in followed {
            // A limit finer than the asset's units rounds down to no limit.
            let least = Amount::parse_decimal(text, decimals(snapshot, *asset)?);
            dust.insert(*asset, least.unwrap_or_default());
        }
    }
    if let Some((part, whole)) = options.dust_relative.as_deref().and_then(parse_ratio) {
        for (asset, sum) in seed_sums(options, seeds, followed, snapshot, end)? {
            let least = sum.multiply_divide(Amount::from_u64(part), Amount::from_u64(whole))?;
            let limit = dust.entry(asset).or_default();
            *limit = least.max(*limit);
        }
    }
    Ok(dust)
}

fn seed_sums(
    options: &TraceOptions,
    seeds: &[ResolvedSeed],
    followed: &HashSet<AssetId>,
    snapshot: &Snapshot,
    end: RowId,
) -> Result<HashMap<AssetId, Amount>, AnalysisError> {
    let mut sums: HashMap<AssetId, Amount> = HashMap::new();
    for seed in seeds {
        for row in seed_rows(options, seed, snapshot, end)? {
            let row = snapshot.row(row)?;
            if followed.contains(&row.asset) {
                let sum = sums.entry(row.asset).or_default();
                *sum = sum.add(row.amount)?;
            }
        }
    }
    Ok(sums)
}

/// Every row a seed speaks of.
fn seed_rows(
    options: &TraceOptions,
    seed: &ResolvedSeed,
    snapshot: &Snapshot,
    end: RowId,
) -> Result<Vec<RowId>, AnalysisError> {
    Ok(match &seed.what {
        SeedWhat::Rows(rows) => rows.clone(),
        SeedWhat::Parts(parts) => parts.iter().map(|(row, _)| *row).collect(),
        SeedWhat::Outflow { address, start, .. } => match options.direction {
            Direction::Forward => {
                let rows = snapshot.outgoing(*address)?;
                rows.iter().filter(|row| row >= start && *row < end).collect()
            }
            Direction::Backward => {
                let rows = snapshot.incoming(*address)?;
                rows.iter().filter(|row| row <= start && *row < end).collect()
            }
        },
    })
}

/// The first row too old: so many days after the earliest seed (backward: before the latest).
fn age(
    options: &TraceOptions,
    seeds: &[ResolvedSeed],
    snapshot: &Snapshot,
) -> Result<Option<RowId>, AnalysisError> {
    let Some(days) = options.max_age_days else { return Ok(None) };
    let end = RowId(snapshot.row_count());
    let mut rows = Vec::new();
    for seed in seeds {
        let seeded = seed_rows(options, seed, snapshot, end)?;
        rows.extend(match options.direction {
            Direction::Forward => seeded.into_iter().min(),
            Direction::Backward => seeded.into_iter().max(),
        });
    }
    let span = i64::from(days) * SECONDS_A_DAY;
    match options.direction {
        Direction::Forward => {
            let Some(first) = rows.into_iter().min() else { return Ok(None) };
            let time = snapshot.place(first)?.timestamp.0;
            snapshot.first_row_at_time(Timestamp(time.saturating_add(span))).map(Some)
        }
        Direction::Backward => {
            let Some(last) = rows.into_iter().max() else { return Ok(None) };
            let time = snapshot.place(last)?.timestamp.0;
            let first_young = snapshot.first_row_at_time(Timestamp(time.saturating_sub(span)))?;
            Ok(first_young.0.checked_sub(1).map(RowId))
        }
    }
    .map_err(AnalysisError::from)
}

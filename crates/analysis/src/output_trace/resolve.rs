//! From a case to a request over outputs: names become numbers, limits satoshi.

use super::{IsCoinJoin, OutputSeed, OutputTraceRequest};
use crate::AnalysisError;
use crate::trace::{CaseLists, Stops};
use hashbrown::{HashMap, HashSet};
use tracehound_model::case::{Seed, TraceOptions, parse_ratio};
use tracehound_model::{
    Address, Amount, Case, Direction, Height, Policy, Tag, Timestamp, TransactionHash,
};
use tracehound_store::AddressId;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId};

const SECONDS_A_DAY: i64 = 86_400;

/// Resolves a case against a chain of unspent outputs.
///
/// # Errors
/// A seed that names nothing in the store, or a store that cannot be read.
pub fn resolve_outputs<'a>(
    case: &Case,
    lists: &CaseLists,
    tags: &[Tag],
    ledger: &dyn OutputLedger,
    coinjoin: Option<IsCoinJoin<'a>>,
) -> Result<OutputTraceRequest<'a>, AnalysisError> {
    let options = &case.trace;
    let resolver = Resolver { case, ledger, end: end(options, ledger)? };
    let mut seeds = Vec::new();
    for (place, seed) in case.seeds.iter().enumerate() {
        resolver.seed(seed, place, lists, &mut seeds)?;
    }
    Ok(OutputTraceRequest {
        policies: policies(options),
        direction: options.direction,
        end: resolver.end,
        stops: Stops {
            services: services(options, tags, ledger)?,
            burn: HashSet::new(),
            hub_degree: options.hub_degree,
            dust: HashMap::new(),
            max_hops: options.max_hops,
            age: None,
            deposits: HashSet::new(),
            deposit_outputs: HashSet::new(),
        },
        dust_satoshi: resolver.dust(&seeds)?,
        too_old: resolver.too_old(&seeds)?,
        coinjoin,
        through_coinjoins: options.through_coinjoins,
        seeds,
    })
}

/// The case's policies; where it names none, all that outputs have.
fn policies(options: &TraceOptions) -> Vec<Policy> {
    if options.policies != TraceOptions::default().policies {
        return options.policies.clone();
    }
    Policy::ON_OUTPUTS.to_vec()
}

/// First transaction above the last block of the as-of time. Block times
/// need not rise; the last block with a time not above it counts.
fn end(options: &TraceOptions, ledger: &dyn OutputLedger) -> Result<TransactionId, AnalysisError> {
    match options.as_of {
        Some(time) => first_after(ledger, time),
        None => Ok(TransactionId(ledger.transaction_count())),
    }
}

/// First transaction of the first block later than a time, by halving: block
/// times rise but for two hours (the rule of consensus), which is the error.
pub(crate) fn first_after(
    ledger: &dyn OutputLedger,
    time: Timestamp,
) -> Result<TransactionId, AnalysisError> {
    let (mut low, mut high) = (0, ledger.transaction_count());
    while low < high {
        let middle = ledger.block(TransactionId(low + (high - low) / 2))?;
        if middle.timestamp <= time {
            low = middle.transactions.end.0;
        } else {
            high = middle.transactions.start.0;
        }
    }
    Ok(TransactionId(low))
}

struct Resolver<'a> {
    case: &'a Case,
    ledger: &'a dyn OutputLedger,
    end: TransactionId,
}

impl Resolver<'_> {
    fn seed(
        &self,
        seed: &Seed,
        place: usize,
        lists: &CaseLists,
        seeds: &mut Vec<OutputSeed>,
    ) -> Result<(), AnalysisError> {
        let victim = seed.victim().to_owned();
        match seed {
            Seed::Outflow { address, from_time, from_height, .. } => {
                let listed = lists.seed_addresses.get(place).map_or(&[][..], Vec::as_slice);
                let since = (*from_time, *from_height);
                for address in address.iter().chain(listed) {
                    seeds.push(self.outflow(victim.clone(), *address, since)?);
                }
            }
            Seed::Transaction { hash, from, .. } => {
                let listed = lists.seed_transactions.get(place).map_or(&[][..], Vec::as_slice);
                let payer = from.map(|address| self.address(&address)).transpose()?;
                for hash in hash.iter().chain(listed) {
                    let id = self.find(hash)?;
                    let description = format!("transaction {}", self.text(hash));
                    let outputs = match payer {
                        Some(payer) => self.paid_by(id, payer)?,
                        None => self.paid_away(id)?,
                    };
                    seeds.push(OutputSeed { victim: victim.clone(), description, outputs });
                }
            }
            Seed::Transfer { hash, index, .. } => {
                let id = self.find(hash)?;
                let description = format!("output {index} of transaction {}", self.text(hash));
                if super::index(*index) >= self.ledger.transaction(id)?.outputs.len() {
                    return Err(AnalysisError::SeedNotFound {
                        seed: description,
                        cure: "count its outputs from 0 with `tracehound tx`".to_owned(),
                    });
                }
                let outputs = vec![(OutputId { transaction: id, index: *index }, None)];
                seeds.push(OutputSeed { victim, description, outputs });
            }
        }
        Ok(())
    }

    fn text(&self, hash: &TransactionHash) -> String {
        self.ledger.chain().transaction_text(hash)
    }

    fn find(&self, hash: &TransactionHash) -> Result<TransactionId, AnalysisError> {
        self.ledger.find(hash)?.ok_or_else(|| AnalysisError::SeedNotFound {
            seed: format!("transaction {}", self.text(hash)),
            cure: "ingest the block that holds it".to_owned(),
        })
    }

    fn address(&self, address: &Address) -> Result<AddressId, AnalysisError> {
        let address = address.on(self.ledger.chain());
        self.ledger.address_id(&address)?.ok_or_else(|| AnalysisError::SeedNotFound {
            seed: format!("address {address}"),
            cure: "ingest the blocks that pay it, or check its spelling".to_owned(),
        })
    }

    /// Outputs of a transaction that do not return to an address it spends from.
    fn paid_away(&self, id: TransactionId) -> Result<Vec<(OutputId, Option<u64>)>, AnalysisError> {
        let view = self.ledger.transaction(id)?;
        let own: HashSet<AddressId> = view.inputs.iter().filter_map(|i| i.address()).collect();
        let away = (0..).zip(view.outputs).filter(|(_, output)| {
            output.value().0 > 0 && output.address().is_none_or(|address| !own.contains(&address))
        });
        Ok(away.map(|(index, _)| (OutputId { transaction: id, index }, None)).collect())
    }

    /// What an address loses in a transaction: its inputs less its outputs,
    /// out of the first outputs to others, the fee left out.
    fn paid_by(
        &self,
        id: TransactionId,
        payer: AddressId,
    ) -> Result<Vec<(OutputId, Option<u64>)>, AnalysisError> {
        let view = self.ledger.transaction(id)?;
        let paid = view.inputs.iter().filter(|i| i.address() == Some(payer));
        let paid: u64 = paid.filter_map(|input| input.value()).map(|value| value.0).sum();
        let back = view.outputs.iter().filter(|output| output.address() == Some(payer));
        let back: u64 = back.map(|output| output.value().0).sum();
        let mut left = paid.saturating_sub(back);
        let mut outputs = Vec::new();
        for (index, output) in (0..).zip(view.outputs) {
            let taken = output.value().0.min(left);
            if output.address() == Some(payer) || taken == 0 {
                continue;
            }
            left -= taken;
            let whole = taken == output.value().0;
            outputs.push((OutputId { transaction: id, index }, (!whole).then_some(taken)));
        }
        Ok(outputs)
    }

    fn outflow(
        &self,
        victim: String,
        address: Address,
        (time, height): (Option<Timestamp>, Option<Height>),
    ) -> Result<OutputSeed, AnalysisError> {
        let id = self.address(&address)?;
        let backward = self.case.trace.direction == Direction::Backward;
        // Forward: the first that counts. Backward: the first that no longer does.
        let bound = match (time, height) {
            (Some(time), _) if backward => first_after(self.ledger, time)?,
            (Some(time), _) => first_after(self.ledger, Timestamp(time.0 - 1))?,
            (None, Some(height)) if backward => self.ledger.first_above(height)?,
            (None, Some(Height(0)) | None) if !backward => TransactionId(0),
            (None, Some(height)) => self.ledger.first_above(Height(height.0 - 1))?,
            (None, None) => self.end,
        };
        let since = match (time, height) {
            (Some(time), _) if backward => format!(" up to {time}"),
            (Some(time), _) => format!(" from {time} on"),
            (None, Some(height)) if backward => format!(" up to block {height}"),
            (None, Some(height)) => format!(" from block {height} on"),
            (None, None) => String::new(),
        };
        let mut outputs = Vec::new();
        if backward {
            let to = self.ledger.outputs_to(id)?;
            outputs.extend(to.into_iter().filter(|o| o.transaction < bound).map(|o| (o, None)));
        } else {
            for spend in self.ledger.spends_from(id)?.into_iter().filter(|s| *s >= bound) {
                outputs.extend(self.paid_by(spend, id)?);
            }
        }
        let what = if backward { "inflow of" } else { "outflow of" };
        let description = format!("{what} {}{since}", address.on(self.ledger.chain()));
        Ok(OutputSeed { victim, description, outputs })
    }

    /// The larger of the absolute and the relative limit.
    fn dust(&self, seeds: &[OutputSeed]) -> Result<u64, AnalysisError> {
        let options = &self.case.trace;
        let (_, decimals) = self.ledger.chain().native_coin();
        let mut least = 0;
        if let Some(text) = &options.dust_absolute {
            let amount = Amount::parse_decimal(text, decimals).unwrap_or_default();
            least = amount.to_u64().unwrap_or(u64::MAX);
        }
        if let Some((part, whole)) = options.dust_relative.as_deref().and_then(parse_ratio) {
            let mut sum = Amount::ZERO;
            for (output, most) in seeds.iter().flat_map(|seed| &seed.outputs) {
                let view = self.ledger.transaction(output.transaction)?;
                let value = view.outputs.get(super::index(output.index));
                let value = value.map_or(0, |output| output.value().0);
                sum = sum.add(Amount::from_u64(most.unwrap_or(value).min(value)))?;
            }
            let share = sum.multiply_divide(Amount::from_u64(part), Amount::from_u64(whole))?;
            least = least.max(share.to_u64().unwrap_or(u64::MAX));
        }
        Ok(least)
    }

    /// Forward: the first transaction that is too long after the first theft.
    fn too_old(&self, seeds: &[OutputSeed]) -> Result<Option<TransactionId>, AnalysisError> {
        let Some(days) = self.case.trace.max_age_days else { return Ok(None) };
        let all = seeds.iter().flat_map(|seed| &seed.outputs).map(|(o, _)| o.transaction);
        let seconds = i64::from(days) * SECONDS_A_DAY;
        match self.case.trace.direction {
            Direction::Forward => {
                let Some(first) = all.min() else { return Ok(None) };
                let time = self.ledger.block(first)?.timestamp;
                Ok(Some(first_after(self.ledger, Timestamp(time.0 + seconds - 1))?))
            }
            Direction::Backward => {
                let Some(last) = all.max() else { return Ok(None) };
                let time = self.ledger.block(last)?.timestamp;
                let next = first_after(self.ledger, Timestamp(time.0 - seconds))?;
                Ok(next.0.checked_sub(1).map(TransactionId))
            }
        }
    }
}

/// Addresses with a tag that stops the trace, as on account chains.
fn services(
    options: &TraceOptions,
    tags: &[Tag],
    ledger: &dyn OutputLedger,
) -> Result<HashMap<AddressId, tracehound_model::Category>, AnalysisError> {
    let mut services = HashMap::new();
    for (address, category) in crate::trace::stopping_tags(options, tags) {
        if let Some(id) = ledger.address_id(&address.on(ledger.chain()))? {
            services.insert(id, category);
        }
    }
    Ok(services)
}

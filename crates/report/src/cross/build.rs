//! From a trace over several chains to a [`CrossInvestigation`].

use super::{
    CandidateRecord, ChainRecord, CrossInput, CrossInvestigation, CrossPolicyRecord, CrossSeed,
    CrossedRecord, CrossingRecord, SeedShare, SideRecord,
};
use crate::{AssetRecord, Money, Program, REPORT_VERSION, ReportError, RuleRecord, Share};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracehound_analysis::cross::{
    ChainData, ClaimSide, CrossPolicy, CrossedTaint, Crossing, Entry, Part, RULE, Spot,
};
use tracehound_model::{Amount, Asset, Chain, Policy, Rule, genuine};
use tracehound_store::AssetRecord as StoredAsset;

/// What a report over chains looks up.
pub(super) struct Builder<'a> {
    pub(super) input: CrossInput<'a>,
    /// Index of a crossing of the trace, and its number in the report.
    pub(super) numbers: BTreeMap<usize, usize>,
    assets: BTreeMap<String, Arc<AssetRecord>>,
}

impl CrossInvestigation {
    /// Resolves a trace over several chains to plain values.
    ///
    /// # Errors
    /// [`ReportError::Store`] if a store cannot answer, [`ReportError::Sum`]
    /// if a total leaves the range of amounts.
    pub fn build(input: CrossInput<'_>) -> Result<Self, ReportError> {
        let mut builder = Builder::new(input);
        let crossings = builder.crossings()?;
        let mut policies = Vec::with_capacity(input.outcome.policies.len());
        for (place, policy) in input.outcome.policies.iter().enumerate() {
            policies.push(builder.policy(place, policy)?);
        }
        let probable = builder.probable()?;
        let headline = input.outcome.policies.iter().map(|policy| policy.policy);
        let headline = headline.clone().find(|p| p.conserves()).or(headline.clone().next());
        Ok(Self {
            report_version: REPORT_VERSION,
            program: Program {
                name: "tracehound",
                version: input.program_version.to_owned(),
                command: input.command.to_owned(),
            },
            name: input.case.name.clone(),
            title: input.case.title.clone(),
            description: input.case.description.clone(),
            chains: builder.chains(),
            events: input.sources.to_vec(),
            notes: input.notes.to_vec(),
            seeds: builder.seeds(),
            headline_policy: headline.unwrap_or(Policy::Fifo),
            untouched: input.outcome.crossings.len() - crossings.len(),
            rules: rules(&crossings, !probable.is_empty()),
            crossings,
            policies,
            probable,
        })
    }
}

impl<'a> Builder<'a> {
    fn new(input: CrossInput<'a>) -> Self {
        let mut touched: Vec<usize> = Vec::new();
        for policy in &input.outcome.policies {
            touched.extend(policy.crossings.iter().map(|taint| taint.crossing));
        }
        touched.sort_unstable();
        touched.dedup();
        let numbers = touched.into_iter().zip(1..).collect();
        let mut assets = BTreeMap::new();
        for told in input.told {
            assets.extend(told.assets.iter().map(|asset| (asset.id.clone(), Arc::clone(asset))));
        }
        Self { input, numbers, assets }
    }

    /// What is known of an asset: by the data, or else by its contract.
    pub(super) fn asset(
        &mut self,
        chain: &Chain,
        asset: Asset,
    ) -> Result<Arc<AssetRecord>, ReportError> {
        let id = asset.caip19(chain);
        if let Some(known) = self.assets.get(&id) {
            return Ok(Arc::clone(known));
        }
        let mut stored = StoredAsset { asset, symbol: None, decimals: None };
        if let Asset::Token(contract) = asset
            && let Some(token) = genuine::find(chain, &contract)
        {
            stored.symbol = Some(token.symbol.to_owned());
            stored.decimals = Some(token.decimals);
        }
        for known in self.input.chains.iter().filter(|known| known.chain == *chain) {
            if let ChainData::Accounts(snapshot, _) = &known.data
                && let Some(number) = snapshot.asset_id(&asset)?
            {
                stored = snapshot.asset(number)?;
            }
        }
        let record = Arc::new(AssetRecord::describe(&stored, chain));
        self.assets.insert(id, Arc::clone(&record));
        Ok(record)
    }

    pub(super) fn money(
        &mut self,
        chain: &Chain,
        asset: Asset,
        units: Amount,
    ) -> Result<Money, ReportError> {
        Ok(Money::of(&self.asset(chain, asset)?, units))
    }

    fn chains(&self) -> Vec<ChainRecord> {
        let traced = self.input.chains.iter().zip(self.input.told);
        let mut chains: Vec<ChainRecord> = traced
            .map(|(chain, told)| ChainRecord {
                chain: chain.chain.to_string(),
                name: chain.chain.short_name().to_owned(),
                folder: chain.chain.short_name().replace(':', "-"),
                data: Some(told.data.clone()),
            })
            .collect();
        for number in self.numbers.keys() {
            for part in &self.input.outcome.crossings[*number].parts {
                let chain = part.chain.to_string();
                if chains.iter().all(|known| known.chain != chain) {
                    let name = part.chain.short_name().to_owned();
                    chains.push(ChainRecord { chain, name, folder: String::new(), data: None });
                }
            }
        }
        chains
    }

    fn seeds(&self) -> Vec<CrossSeed> {
        let first = self.input.told.first().map(|told| told.seeds.as_slice()).unwrap_or_default();
        let own = first.iter().take(self.input.outcome.own_seeds(0));
        let seed = |seed: &crate::SeedFacts| CrossSeed {
            number: seed.number,
            victim: seed.victim.clone(),
            description: seed.description.clone(),
        };
        own.map(seed).collect()
    }

    fn victim(&self, seed: u32) -> String {
        let told = self.input.told.first();
        let known = told.and_then(|told| told.seeds.iter().find(|known| known.number == seed));
        known.map_or_else(|| "unknown victim".to_owned(), |known| known.victim.clone())
    }

    fn crossings(&mut self) -> Result<Vec<CrossingRecord>, ReportError> {
        let numbers: Vec<(usize, usize)> = self.numbers.iter().map(|(a, b)| (*a, *b)).collect();
        let mut records = Vec::with_capacity(numbers.len());
        for (index, number) in numbers {
            records.push(self.crossing(index, number)?);
        }
        Ok(records)
    }

    fn crossing(&mut self, index: usize, number: usize) -> Result<CrossingRecord, ReportError> {
        let claim = &self.input.claims[index];
        let crossing: &Crossing = &self.input.outcome.crossings[index];
        let mut paid_in = self.side(&claim.source)?;
        if let Some(spot) = &crossing.source {
            self.found(&mut paid_in, spot)?;
        }
        let mut paid_out = Vec::with_capacity(crossing.parts.len());
        for (side, part) in claim.destinations.iter().zip(&crossing.parts) {
            paid_out.push(self.part(side, part)?);
        }
        let ambiguity = claim.candidates.len();
        let mut candidates = Vec::with_capacity(ambiguity);
        for candidate in &claim.candidates {
            candidates.push(CandidateRecord {
                paid_out: self.side(&candidate.side)?,
                probability: candidate.probability,
                rule: rule_text(candidate.rule),
                ambiguity,
            });
        }
        Ok(CrossingRecord {
            number,
            bridge: claim.bridge.clone(),
            rule: rule_text(claim.rule),
            key: claim.key.clone(),
            paid_in,
            paid_out,
            followed: crossing.is_followed(),
            problem: crossing.problem.clone(),
            unchecked: claim.unchecked.clone(),
            none_of_them: (!candidates.is_empty()).then_some(claim.none_of_them),
            candidates,
        })
    }

    /// A side as the event tells it.
    fn side(&mut self, side: &ClaimSide) -> Result<SideRecord, ReportError> {
        let amount = match (side.asset, side.amount) {
            (Some(asset), Some(units)) => Some(self.money(&side.chain, asset, units)?),
            _ => None,
        };
        Ok(SideRecord {
            chain: side.chain.to_string(),
            transaction: side.transaction.map(|hash| side.chain.transaction_text(&hash)),
            time: side.time,
            address: side.address.map(|address| address.on(&side.chain).to_string()),
            amount,
            refund: side.refund,
            in_data: false,
            problem: None,
        })
    }

    fn part(&mut self, side: &ClaimSide, part: &Part) -> Result<SideRecord, ReportError> {
        let mut record = self.side(side)?;
        if let (Some(asset), Some(units)) = (part.asset, part.amount) {
            record.amount = Some(self.money(&part.chain, asset, units)?);
        }
        if let Some(spot) = &part.spot {
            self.found(&mut record, spot)?;
        }
        record.problem.clone_from(&part.problem);
        Ok(record)
    }

    /// Adds what the data say.
    fn found(&mut self, record: &mut SideRecord, spot: &Spot) -> Result<(), ReportError> {
        let chain = self.input.chains[spot.chain].chain.clone();
        let units = Amount::sum(spot.values.iter().copied());
        let units = units.map_err(|source| ReportError::Sum { what: "a crossing", source })?;
        record.amount = Some(self.money(&chain, spot.asset, units)?);
        record.time = Some(spot.time);
        record.address = self.payee(spot)?.or(record.address.take());
        record.in_data = true;
        Ok(())
    }

    /// Who was paid at a spot.
    pub(super) fn payee(&self, spot: &Spot) -> Result<Option<String>, ReportError> {
        let Some(first) = spot.entries.first() else { return Ok(None) };
        Ok(match (&self.input.chains[spot.chain].data, first) {
            (ChainData::Accounts(snapshot, _), Entry::Row(row)) => {
                Some(snapshot.address(snapshot.row(*row)?.to)?.to_string())
            }
            (ChainData::Outputs(ledger, _), Entry::Output(output)) => {
                let view = ledger.transaction(output.transaction)?;
                let place = usize::try_from(output.index).ok();
                let record = place.and_then(|place| view.outputs.get(place));
                let address = record.and_then(|record| record.address());
                address.map(|id| ledger.address(id)).transpose()?.map(|a| a.to_string())
            }
            _ => None,
        })
    }

    fn policy(
        &mut self,
        place: usize,
        policy: &CrossPolicy,
    ) -> Result<CrossPolicyRecord, ReportError> {
        let mut crossed = Vec::with_capacity(policy.crossings.len());
        for taint in &policy.crossings {
            crossed.extend(self.crossed(taint)?);
        }
        let closings = self.closings(policy)?;
        Ok(CrossPolicyRecord {
            policy: policy.policy,
            conserves: policy.policy.conserves(),
            rounds: policy.rounds,
            crossed,
            totals: self.with_exchanges(place, super::closing::totals(&closings)?),
            places: self.places(place, policy)?,
            closings,
        })
    }

    fn crossed(&mut self, taint: &CrossedTaint) -> Result<Option<CrossedRecord>, ReportError> {
        let crossing = &self.input.outcome.crossings[taint.crossing];
        let Some(source) = &crossing.source else { return Ok(None) };
        let chain = self.input.chains[source.chain].chain.clone();
        let tainted = self.money(&chain, source.asset, taint.tainted)?;
        let by_seed = taint.by_seed.iter().map(|(seed, amount)| SeedShare {
            seed: seed.0,
            share: Share {
                victim: self.victim(seed.0),
                amount: Money::of(&tainted.asset, *amount),
            },
        });
        let by_seed = by_seed.collect();
        let mut paid_out = Vec::with_capacity(crossing.parts.len());
        for (part, taint) in crossing.parts.iter().zip(&taint.parts) {
            let carried = part.asset.filter(|_| !taint.tainted.is_zero());
            paid_out.push(match carried {
                Some(asset) => Some(self.money(&part.chain, asset, taint.tainted)?),
                None => None,
            });
        }
        let crossing = self.numbers.get(&taint.crossing).copied().unwrap_or_default();
        Ok(Some(CrossedRecord { crossing, tainted, by_seed, paid_out }))
    }
}

/// The rules that spoke, with what each decides.
fn rules(crossings: &[CrossingRecord], probable: bool) -> Vec<RuleRecord> {
    let rule = |rule: Rule, decides: &str| RuleRecord {
        name: rule.name.to_owned(),
        version: rule.version.to_string(),
        decides: decides.to_owned(),
    };
    let mut rules = vec![rule(RULE, "how much of what a bridge paid out is tainted")];
    let named = |text: &str, decides: &str| {
        let (name, version) = text.split_once('/').unwrap_or((text, ""));
        RuleRecord {
            name: name.to_owned(),
            version: version.to_owned(),
            decides: decides.to_owned(),
        }
    };
    let mut keys: Vec<&str> = crossings.iter().map(|crossing| crossing.rule.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    rules.extend(keys.iter().map(|key| named(key, "which payments in and out are one crossing")));
    let candidates = crossings.iter().flat_map(|crossing| &crossing.candidates);
    let mut guesses: Vec<&str> = candidates.map(|candidate| candidate.rule.as_str()).collect();
    guesses.sort_unstable();
    guesses.dedup();
    let decides = "what could be the other side of a payment in; never followed";
    rules.extend(guesses.iter().map(|guess| named(guess, decides)));
    if probable {
        rules.push(rule(
            tracehound_analysis::coinjoin::COINJOIN,
            "which transactions are CoinJoins; what lies behind them is only probable",
        ));
    }
    rules
}

fn rule_text(rule: Rule) -> String {
    format!("{}/{}", rule.name, rule.version)
}

//! From a trace's outcome to an [`Investigation`].

use super::facts::ChainFacts;
use super::findings::{finding, rules};
use super::gather::Catalogue;
use super::policy::policy_report;
use super::{
    AssetRecord, AssetTotals, CaseFacts, DataFacts, Investigation, InvestigationInput, Money,
    NotFollowedRecord, OutputInvestigationInput, Program, REPORT_VERSION, Range, SeedFacts,
    SourceFile, VictimTotal,
};
use crate::ReportError;
use std::collections::BTreeSet;
use std::sync::Arc;
use tracehound_analysis::trace::{Closing, PolicyTrace, SeedId, TraceOutcome};
use tracehound_model::{Amount, Case, Finding, Policy, Tag};
use tracehound_store::AssetId;

/// An [`InvestigationInput`] without its snapshot.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) case: &'a Case,
    pub(crate) tags: &'a [Tag],
    pub(crate) outcome: &'a TraceOutcome,
    pub(crate) findings: &'a [Finding],
    pub(crate) sources: &'a [SourceFile],
    pub(crate) command: &'a str,
    pub(crate) program_version: &'a str,
    pub(crate) notes: &'a [String],
}

impl Investigation {
    /// Resolves a trace to plain values.
    ///
    /// # Errors
    /// [`ReportError::Store`] if the snapshot cannot answer, [`ReportError::Sum`]
    /// if a total leaves the range of amounts.
    pub fn build(input: InvestigationInput<'_>) -> Result<Self, ReportError> {
        let parts = Parts {
            case: input.case,
            tags: input.tags,
            outcome: input.outcome,
            findings: input.findings,
            sources: input.sources,
            command: input.command,
            program_version: input.program_version,
            notes: input.notes,
        };
        Self::build_from(input.snapshot, parts)
    }

    /// As [`Investigation::build`], for a trace over outputs.
    ///
    /// # Errors
    /// As [`Investigation::build`].
    pub fn build_outputs(input: OutputInvestigationInput<'_>) -> Result<Self, ReportError> {
        let parts = Parts {
            case: input.case,
            tags: input.tags,
            outcome: &input.told.outcome,
            findings: input.findings,
            sources: input.sources,
            command: input.command,
            program_version: input.program_version,
            notes: input.notes,
        };
        Self::build_from(input.told, parts)
    }

    /// As [`Investigation::build`], over any source of facts.
    pub(crate) fn build_from<F: ChainFacts>(
        facts: &F,
        parts: Parts<'_>,
    ) -> Result<Self, ReportError> {
        let outcome = parts.outcome;
        let mut catalogue = Catalogue::collect(facts, parts.tags, outcome)?;
        let assets = traced_assets(&mut catalogue, outcome)?;
        let seeds = seeds(&mut catalogue, outcome)?;
        let policies = outcome
            .policies
            .iter()
            .map(|trace| policy_report(&mut catalogue, outcome, &assets, trace))
            .collect::<Result<Vec<_>, _>>()?;
        let headline = outcome.policies.iter().find(|trace| trace.policy.conserves());
        let victims = match headline {
            Some(trace) => victims(&mut catalogue, outcome, &assets, trace)?,
            None => Vec::new(),
        };
        let not_followed = not_followed(&mut catalogue, outcome)?;
        let findings = parts.findings.iter().map(|f| finding(&catalogue, facts, f));
        let findings: Vec<_> = findings.collect();
        let (addresses, transfers) = catalogue.into_lists();
        let data = data_facts(facts, parts.sources)?;
        let by_funding = data.blocks_ordered_by_funding > 0;
        let rules =
            rules(facts.engine(), &findings, parts.tags, !not_followed.is_empty(), by_funding);
        let mut investigation = Self {
            report_version: REPORT_VERSION,
            program: Program {
                name: "tracehound",
                version: parts.program_version.to_owned(),
                command: parts.command.to_owned(),
            },
            case: case_facts(parts.case, outcome),
            data,
            notes: parts.notes.to_vec(),
            assets,
            seeds,
            victims,
            headline_policy: headline
                .or(outcome.policies.first())
                .map_or(Policy::Fifo, |trace| trace.policy),
            ranges: Vec::new(),
            values: Vec::new(),
            policies,
            rules,
            findings,
            not_followed,
            addresses,
            transfers,
        };
        investigation.ranges = ranges(&investigation);
        Ok(investigation)
    }
}

fn case_facts(case: &Case, outcome: &TraceOutcome) -> CaseFacts {
    CaseFacts {
        name: case.name.clone(),
        title: case.title.clone(),
        description: case.description.clone(),
        chain: case.chain.to_string(),
        chain_name: case.chain.short_name().to_owned(),
        direction: outcome.direction,
        options: case.trace.clone(),
    }
}

fn data_facts<F: ChainFacts>(facts: &F, sources: &[SourceFile]) -> Result<DataFacts, ReportError> {
    let extent = facts.extent()?;
    Ok(DataFacts {
        store_digest: extent.digest,
        transfers: extent.rows,
        counted: extent.counted,
        first: extent.first,
        last: extent.last,
        blocks_ordered_by_funding: extent.blocks_ordered_by_funding,
        blocks: extent.blocks,
        sources: sources.to_vec(),
    })
}

/// Assets that carried taint under any policy: coin, published dollars, then tokens by name.
fn traced_assets<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
) -> Result<Vec<Arc<AssetRecord>>, ReportError> {
    let booked = outcome.policies.iter().flat_map(|p| {
        let closings = p.closings.iter().map(|closing| closing.asset);
        closings.chain(p.bookings.iter().map(|booking| booking.asset))
    });
    let ids: BTreeSet<AssetId> = booked.collect();
    let mut assets =
        ids.into_iter().map(|id| catalogue.asset(id)).collect::<Result<Vec<_>, _>>()?;
    let rank = |asset: &AssetRecord| match asset.standing {
        "coin" => 0,
        "published-usd" => 1,
        "genuine" => 2,
        _ => 3,
    };
    // What was stolen comes before what it was exchanged for.
    let mut stolen = BTreeSet::new();
    for closing in outcome.policies.iter().flat_map(|p| &p.closings) {
        if !closing.stolen.is_zero() {
            stolen.insert(catalogue.asset(closing.asset)?.id.clone());
        }
    }
    let key = |asset: &AssetRecord| {
        let got = !stolen.is_empty() && !stolen.contains(&asset.id);
        (got, rank(asset), asset.symbol.clone(), asset.id.clone())
    };
    assets.sort_by_key(|asset| key(asset));
    Ok(assets)
}

fn seeds<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
) -> Result<Vec<SeedFacts>, ReportError> {
    (0..)
        .zip(&outcome.seeds)
        .map(|(number, seed)| {
            Ok(SeedFacts {
                number,
                victim: seed.victim.clone(),
                description: seed.description.clone(),
                address: seed.address.map(|id| catalogue.address(id)).transpose()?,
                transfers: seed.rows,
            })
        })
        .collect()
}

/// Whose loss a seed is.
pub(super) fn victim_of(outcome: &TraceOutcome, seed: SeedId) -> &str {
    let record = usize::try_from(seed.0).ok().and_then(|place| outcome.seeds.get(place));
    record.map_or("unknown victim", |record| &record.victim)
}

/// What each victim lost, in the order of the seeds.
fn victims<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    assets: &[Arc<AssetRecord>],
    trace: &PolicyTrace,
) -> Result<Vec<VictimTotal>, ReportError> {
    let mut names: Vec<&str> = Vec::new();
    for seed in &outcome.seeds {
        if !names.contains(&seed.victim.as_str()) {
            names.push(&seed.victim);
        }
    }
    let mut totals = Vec::new();
    for name in names {
        let mine = |c: &&Closing| victim_of(outcome, c.seed) == name;
        let mut stolen: Vec<Money> = assets.iter().map(Money::zero).collect();
        for closing in trace.closings.iter().filter(mine) {
            let asset = catalogue.asset(closing.asset)?;
            for total in stolen.iter_mut().filter(|t| t.asset.id == asset.id) {
                total.add(closing.stolen, "a victim's loss")?;
            }
        }
        stolen.retain(|money| !money.is_zero());
        totals.push(VictimTotal { victim: name.to_owned(), stolen });
    }
    Ok(totals)
}

fn not_followed<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
) -> Result<Vec<NotFollowedRecord>, ReportError> {
    outcome
        .not_followed
        .iter()
        .map(|token| {
            Ok(NotFollowedRecord {
                asset: catalogue.asset(token.asset)?,
                reason: token.reason.clone(),
                transfers: token.transfers,
                example: catalogue.index(token.example)?,
            })
        })
        .collect()
}

/// A figure of the totals with its name in `ranges`.
type Figure = (&'static str, fn(&AssetTotals) -> Amount);

fn ranges(investigation: &Investigation) -> Vec<Range> {
    let figures: [Figure; 6] = [
        ("services", |t| t.services.units),
        ("held", |t| t.held.units),
        ("burnt", |t| t.burnt.units),
        ("cut", |t| t.cut.units),
        ("stoppable", |t| t.stoppable.units),
        ("unexplained", |t| t.unexplained.units),
    ];
    let mut ranges = Vec::new();
    for asset in 0..investigation.assets.len() {
        for (figure, read) in figures {
            if let Some((low, high)) = investigation.range_of(asset, read) {
                ranges.push(Range { figure, low, high });
            }
        }
    }
    ranges
}

//! From a trace's outcome to an [`Investigation`].

use super::facts::ChainFacts;
use super::gather::Catalogue;
use super::money::difference_text;
use super::rest::{group_of, kind_name, stopped_by};
use super::totals::entity_of;
use super::{
    AssetRecord, AssetTotals, CaseFacts, CleanInflowRecord, ClosingRecord, DataFacts,
    FindingRecord, GapRecord, Investigation, InvestigationInput, Money, NotFollowedRecord,
    PolicyReport, Program, REPORT_VERSION, Range, RestGroup, RuleRecord, SeedFacts, Share,
    SourceFile, TaintRecord, Terminal, VictimTotal,
};
use crate::ReportError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracehound_analysis::trace::{Booking, Closing, PolicyTrace, SeedId, TraceOutcome};
use tracehound_model::tag::StoppedBy;
use tracehound_model::{Amount, Asset, Case, Finding, Policy, Tag, genuine, service};
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
        let findings = parts.findings.iter().map(|f| finding(&mut catalogue, facts, f));
        let findings = findings.collect::<Result<Vec<_>, _>>()?;
        let (addresses, transfers) = catalogue.into_lists();
        let mut investigation = Self {
            report_version: REPORT_VERSION,
            program: Program {
                name: "tracehound",
                version: parts.program_version.to_owned(),
                command: parts.command.to_owned(),
            },
            case: case_facts(parts.case, outcome),
            data: data_facts(facts, parts.sources)?,
            notes: parts.notes.to_vec(),
            assets,
            seeds,
            victims,
            headline_policy: headline
                .or(outcome.policies.first())
                .map_or(Policy::Fifo, |trace| trace.policy),
            ranges: Vec::new(),
            policies,
            rules: rules(&findings, parts.tags, !not_followed.is_empty()),
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
    assets.sort_by(|a, b| (rank(a), &a.symbol, &a.id).cmp(&(rank(b), &b.symbol, &b.id)));
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

fn victim_of(outcome: &TraceOutcome, seed: SeedId) -> &str {
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

/// `by_seed` as shares per victim; empty where there is only one victim.
fn shares(
    outcome: &TraceOutcome,
    asset: &Arc<AssetRecord>,
    by_seed: &[(SeedId, Amount)],
) -> Result<Vec<Share>, ReportError> {
    let first = outcome.seeds.first().map(|seed| seed.victim.as_str());
    if outcome.seeds.iter().all(|seed| Some(seed.victim.as_str()) == first) {
        return Ok(Vec::new());
    }
    let mut shares: BTreeMap<&str, Money> = BTreeMap::new();
    for (seed, amount) in by_seed {
        shares
            .entry(victim_of(outcome, *seed))
            .or_insert_with(|| Money::zero(asset))
            .add(*amount, "a victim's share")?;
    }
    let share = |(victim, amount): (&str, Money)| Share { victim: victim.to_owned(), amount };
    Ok(shares.into_iter().map(share).collect())
}

fn policy_report<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    assets: &[Arc<AssetRecord>],
    trace: &PolicyTrace,
) -> Result<PolicyReport, ReportError> {
    let conserves = trace.policy.conserves();
    let place = |asset: &AssetRecord| assets.iter().position(|a| a.id == asset.id);
    let mut terminals = Vec::with_capacity(trace.bookings.len());
    for booking in trace.bookings.iter().filter(|b| !b.amount.is_zero()) {
        terminals.push(terminal(catalogue, outcome, booking)?);
    }
    terminals.sort_by(|a, b| {
        (place(&a.tainted.asset), b.tainted.units, &a.address.address, &a.kind).cmp(&(
            place(&b.tainted.asset),
            a.tainted.units,
            &b.address.address,
            &b.kind,
        ))
    });
    let mut gaps = gaps(catalogue, trace)?;
    gaps.sort_by(|a, b| {
        (place(&a.unexplained.asset), b.unexplained.units, &a.address.address).cmp(&(
            place(&b.unexplained.asset),
            a.unexplained.units,
            &b.address.address,
        ))
    });
    let mut clean_inflows = clean_inflows(catalogue, trace)?;
    clean_inflows.sort_by(|a, b| {
        (place(&a.amount.asset), b.amount.units, &a.address.address).cmp(&(
            place(&b.amount.asset),
            a.amount.units,
            &b.address.address,
        ))
    });
    let closings = closings(catalogue, outcome, trace)?;
    let mut totals = Vec::with_capacity(assets.len());
    for asset in assets {
        let mut stolen = Money::zero(asset);
        for closing in closings.iter().filter(|c| c.stolen.asset.id == asset.id) {
            stolen.add(closing.stolen.units, "what was stolen")?;
        }
        totals.push(AssetTotals::add_up(asset, stolen, conserves, &terminals, &gaps)?);
    }
    let transfers = taints(catalogue, outcome, trace)?;
    let (policy, touched) = (trace.policy, trace.touched);
    Ok(PolicyReport {
        policy,
        conserves,
        touched,
        totals,
        closings,
        terminals,
        gaps,
        clean_inflows,
        transfers,
    })
}

fn terminal<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    booking: &Booking,
) -> Result<Terminal, ReportError> {
    let tainted = catalogue.money(booking.asset, booking.amount)?;
    let last_transfer = catalogue.index(booking.last_row)?;
    let stopped_by = stopped_by(booking.rest, tainted.asset.freezing_issuer);
    let mut terminal = Terminal {
        address: catalogue.address(booking.address)?,
        group: group_of(booking.rest),
        kind: kind_name(booking.rest),
        by_victim: shares(outcome, &tainted.asset, &booking.by_seed)?,
        arrivals: booking.arrivals,
        last_transfer,
        last_seen: catalogue.transfers[last_transfer].time,
        stopped_by,
        ask: None,
        tainted,
    };
    terminal.ask = match stopped_by {
        StoppedBy::Issuer if terminal.group != RestGroup::Service => {
            terminal.tainted.asset.freezing_issuer.map(str::to_owned)
        }
        _ if stopped_by.is_actionable() => Some(entity_of(&terminal).0),
        _ => None,
    };
    Ok(terminal)
}

fn gaps<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    trace: &PolicyTrace,
) -> Result<Vec<GapRecord>, ReportError> {
    let mut gaps = Vec::with_capacity(trace.gaps.len());
    for gap in trace.gaps.iter().filter(|gap| !gap.unexplained.is_zero()) {
        let rows = gap.rows.iter().map(|row| catalogue.index(*row)).collect::<Result<_, _>>()?;
        gaps.push(GapRecord {
            address: catalogue.address(gap.address)?,
            inflow: catalogue.money(gap.asset, gap.inflow)?,
            outflow: catalogue.money(gap.asset, gap.outflow)?,
            unexplained: catalogue.money(gap.asset, gap.unexplained)?,
            transfers: rows,
        });
    }
    Ok(gaps)
}

fn clean_inflows<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    trace: &PolicyTrace,
) -> Result<Vec<CleanInflowRecord>, ReportError> {
    let mixed = trace.clean_inflows.iter().filter(|clean| !clean.amount.is_zero());
    mixed
        .map(|clean| {
            Ok(CleanInflowRecord {
                address: catalogue.address(clean.address)?,
                amount: catalogue.money(clean.asset, clean.amount)?,
                opening: catalogue.money(clean.asset, clean.opening)?,
                credits: clean.credits,
            })
        })
        .collect()
}

fn closings<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    trace: &PolicyTrace,
) -> Result<Vec<ClosingRecord>, ReportError> {
    let mut records = Vec::with_capacity(trace.closings.len());
    for closing in &trace.closings {
        let asset = catalogue.asset(closing.asset)?;
        let stolen = Money::of(&asset, closing.stolen);
        let mut booked = Money::zero(&asset);
        let mut rests: BTreeMap<String, Money> = BTreeMap::new();
        for (rest, amount) in &closing.rests {
            booked.add(*amount, "a closing line")?;
            rests
                .entry(kind_name(*rest))
                .or_insert_with(|| Money::zero(&asset))
                .add(*amount, "a closing line")?;
        }
        records.push(ClosingRecord {
            seed: closing.seed.0,
            victim: victim_of(outcome, closing.seed).to_owned(),
            difference: difference_text(&stolen, &booked),
            closes: stolen.units == booked.units,
            rests,
            stolen,
        });
    }
    Ok(records)
}

fn taints<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    outcome: &TraceOutcome,
    trace: &PolicyTrace,
) -> Result<Vec<TaintRecord>, ReportError> {
    let mut records = Vec::with_capacity(trace.transfers.len());
    for tainted in &trace.transfers {
        let transfer = catalogue.index(tainted.row)?;
        let asset = Arc::clone(&catalogue.transfers[transfer].value.asset);
        records.push(TaintRecord {
            transfer,
            tainted: Money::of(&asset, tainted.tainted),
            seeded: Money::of(&asset, tainted.seeded),
            unexplained: Money::of(&asset, tainted.unexplained),
            hops: tainted.hops,
            by_victim: shares(outcome, &asset, &tainted.by_seed)?,
        });
    }
    // A backward trace lists them latest first; a table reads in chain order.
    records.sort_by_key(|record| record.transfer);
    Ok(records)
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

fn finding<F: ChainFacts>(
    catalogue: &mut Catalogue<'_, F>,
    facts: &F,
    finding: &Finding,
) -> Result<FindingRecord, ReportError> {
    let mut evidence_text = Vec::with_capacity(finding.evidence.len());
    for evidence in &finding.evidence {
        evidence_text.push(evidence_amount(facts, evidence));
    }
    Ok(FindingRecord {
        finding: finding.clone(),
        subject_names: finding.subjects.iter().map(|a| catalogue.name_of(a)).collect(),
        evidence_text,
    })
}

/// Amount of one piece of evidence, for people.
fn evidence_amount<F: ChainFacts>(facts: &F, evidence: &tracehound_model::Evidence) -> String {
    let chain = facts.chain();
    let stored = Asset::parse(&evidence.asset, chain).ok().map(|asset| {
        let (symbol, decimals) = match asset {
            Asset::Token(contract) => match genuine::find(chain, &contract) {
                Some(token) => (Some(token.symbol.to_owned()), Some(token.decimals)),
                None => (None, None),
            },
            _ => (None, None),
        };
        tracehound_store::AssetRecord { asset, symbol, decimals }
    });
    match stored {
        Some(stored) => {
            let asset = Arc::new(AssetRecord::describe(&stored, chain));
            let unnamed = asset.symbol == "token";
            let text = Money::of(&asset, evidence.amount).text();
            if unnamed { format!("{text} (base units)") } else { text }
        }
        None => format!("{} base units of {}", evidence.amount, evidence.asset),
    }
}

/// Rules that spoke: those of the findings, of the labels and of the tokens.
fn rules(findings: &[FindingRecord], tags: &[Tag], tokens_judged: bool) -> Vec<RuleRecord> {
    let mut rules: BTreeSet<RuleRecord> = BTreeSet::new();
    let mut add = |name: &str, version: String, decides: &str| {
        rules.insert(RuleRecord { name: name.to_owned(), version, decides: decides.to_owned() });
    };
    for record in findings {
        let rule = record.finding.rule;
        add(rule.name, rule.version.to_string(), "a finding of this report");
    }
    let mut constant = |rule: &str, decides: &str| {
        let (name, version) = rule.split_once('/').unwrap_or((rule, "1"));
        add(name, version.to_owned(), decides);
    };
    if tags.iter().any(|tag| tag.source.contains(service::RULE)) {
        constant(service::RULE, "the entity and kind that the words of a label name");
    }
    if tokens_judged {
        constant(genuine::RULE, "which tokens are counterfeit, genuine or unknown");
    }
    rules.into_iter().collect()
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

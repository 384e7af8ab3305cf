//! One chain of the case: its data read, its request, its report.

use super::memos;
use crate::arguments::{Common, Trace};
use crate::interrupt;
use crate::place::{self, Opened};
use crate::verbs::case_files::CaseFiles;
use crate::verbs::trace::{AccountData, command, notes, sources, undated_notes};
use crate::verbs::utxo;
use crate::verbs::utxo::trace::OutputData;
use std::path::{Path, PathBuf};
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_analysis::cross::{
    ChainData, ChainLeg, CrossChain, CrossOutcome, LegOutcome, ProbableLeg, probable_leg,
};
use tracehound_analysis::output_trace::{IsCoinJoin, resolve_outputs};
use tracehound_analysis::{structure, trace, typology};
use tracehound_bridge::read::Tables;
use tracehound_ingest::IngestSummary;
use tracehound_ingest::blocks::BlockIngestSummary;
use tracehound_model::{Chain, Tag};
use tracehound_report::{Investigation, InvestigationInput, OutputInvestigationInput, OutputTold};
use tracehound_store::utxo::{OutputLedger, TransactionView, UtxoSnapshot};
use tracehound_store::{Snapshot, StoreError};

/// A chain's data.
enum Data {
    Accounts(Snapshot, Option<IngestSummary>),
    Outputs(UtxoSnapshot, Option<BlockIngestSummary>),
}

/// A chain of the case with everything read.
pub(super) struct ChainFiles {
    files: CaseFiles,
    data: Data,
    tags: Vec<Tag>,
    kept: Option<String>,
}

/// Says whether a transaction is a CoinJoin.
type Mixes<'a> = Box<dyn Fn(&TransactionView<'_>) -> Result<bool, StoreError> + Sync + 'a>;

/// The chain that a store holds.
pub(super) fn chain_of(folder: &Path) -> anyhow::Result<Chain> {
    Ok(match place::open_folder(folder)? {
        Opened::Transfers(_, snapshot) => snapshot.chain().clone(),
        Opened::Outputs(_, snapshot) => snapshot.chain().clone(),
    })
}

/// The folder of a chain's report: its short name, without what file systems refuse.
pub(super) fn folder_name(chain: &Chain) -> PathBuf {
    PathBuf::from(chain.short_name().replace(':', "-"))
}

impl ChainFiles {
    /// Opens the chain's store or fills one beside its report.
    pub(super) fn read(
        common: &Common,
        mut files: CaseFiles,
        arguments: &Trace,
        out: &Path,
    ) -> anyhow::Result<Self> {
        if let Some(data) = utxo::trace::data(&files, arguments)? {
            let OutputData { snapshot, read, tags, kept } =
                OutputData::read(common, &files, arguments, out, data)?;
            return Ok(Self { files, data: Data::Outputs(snapshot, read), tags, kept });
        }
        let AccountData { snapshot, read, tags, kept } =
            AccountData::read(common, &mut files, arguments, out)?;
        Ok(Self { files, data: Data::Accounts(snapshot, read), tags, kept })
    }

    /// The folder of its report.
    pub(super) fn folder(&self) -> PathBuf {
        folder_name(&self.files.case.chain)
    }

    /// Its short name.
    pub(super) fn name(&self) -> &str {
        self.files.case.chain.short_name()
    }

    /// Adds the events that memos in its blocks claim; how many memos there are.
    pub(super) fn add_memos(&self, tables: &mut Tables) -> anyhow::Result<usize> {
        match &self.data {
            Data::Accounts(..) => Ok(0),
            Data::Outputs(snapshot, _) => memos::add(snapshot, tables),
        }
    }

    /// Who says that a transaction of this chain is a CoinJoin.
    pub(super) fn mixes(&self) -> Option<Mixes<'_>> {
        let Data::Outputs(snapshot, _) = &self.data else { return None };
        let finder = CoinJoinFinder::new(snapshot);
        Some(Box::new(move |view: &TransactionView<'_>| finder.mixes(view)))
    }

    /// The chain with what is asked of it.
    pub(super) fn resolve<'s>(
        &'s self,
        mixes: Option<IsCoinJoin<'s>>,
    ) -> anyhow::Result<CrossChain<'s>> {
        let case = &self.files.case;
        let data = match &self.data {
            Data::Accounts(snapshot, _) => {
                let request = trace::resolve(case, &self.files.lists, &self.tags, snapshot)?;
                ChainData::Accounts(snapshot, request)
            }
            Data::Outputs(snapshot, _) => {
                let lists = &self.files.lists;
                let request = resolve_outputs(case, lists, &self.tags, snapshot, mixes)?;
                ChainData::Outputs(snapshot, request)
            }
        };
        Ok(CrossChain { chain: case.chain.clone(), data })
    }

    /// Whether rows of its files were refused.
    pub(super) fn is_broken(&self) -> bool {
        match &self.data {
            Data::Accounts(_, read) => {
                read.as_ref().is_some_and(|read| read.files.iter().any(|file| file.broken > 0))
            }
            Data::Outputs(_, read) => read.as_ref().is_some_and(|read| read.broken > 0),
        }
    }

    /// The report of this chain alone.
    pub(super) fn investigate(
        &self,
        chain: &CrossChain<'_>,
        outcome: &CrossOutcome,
        number: usize,
        arguments: &Trace,
    ) -> anyhow::Result<Investigation> {
        let leg = &outcome.legs[number];
        let command = command(arguments);
        let program_version = env!("CARGO_PKG_VERSION");
        let part = format!(
            "This is the part of one chain; the whole case stands one folder up. What came over \
             from other chains stands among the seeds as \"by crossings\"{}.",
            if outcome.own_seeds(number) == 0 { ", and nothing was stolen here" } else { "" }
        );
        let mut remarks = vec![part];
        let mut investigation = match (&self.data, &chain.data, &leg.outcome) {
            (
                Data::Accounts(snapshot, read),
                ChainData::Accounts(_, request),
                LegOutcome::Accounts(traced),
            ) => {
                let findings = typology::findings(snapshot, request, traced)?;
                let undated = undated_notes(read.as_ref());
                remarks.extend(notes(snapshot, request, traced, &undated)?);
                remarks.extend(self.kept.clone());
                Investigation::build(InvestigationInput {
                    case: &self.files.case,
                    snapshot,
                    tags: &self.tags,
                    outcome: traced,
                    findings: &findings,
                    sources: &sources(&self.files, read.as_ref()),
                    command: &command,
                    program_version,
                    notes: &remarks,
                })?
            }
            (
                Data::Outputs(snapshot, read),
                ChainData::Outputs(_, request),
                LegOutcome::Outputs(traced),
            ) => {
                let digest = utxo::trace::digest(snapshot)?;
                let told = OutputTold::new(snapshot, digest, &leg.output_seeds, traced)?;
                let findings =
                    structure::findings(snapshot, traced, &CoinJoinFinder::new(snapshot))?;
                remarks.extend(utxo::trace::notes(snapshot, request, traced, read.as_ref()));
                remarks.extend(self.kept.clone());
                Investigation::build_outputs(OutputInvestigationInput {
                    case: &self.files.case,
                    told: &told,
                    tags: &self.tags,
                    findings: &findings,
                    sources: &utxo::trace::sources(&self.files, read.as_ref())?,
                    command: &command,
                    program_version,
                    notes: &remarks,
                })?
            }
            _ => anyhow::bail!("the trace of {} is of another kind of chain", chain.chain),
        };
        investigation.value_with(&self.files.prices);
        Ok(investigation)
    }

    /// What is probable behind the CoinJoins that the trace ended in, policy by policy.
    pub(super) fn probable(
        &self,
        chain: &CrossChain<'_>,
        leg: &ChainLeg,
    ) -> anyhow::Result<Vec<ProbableLeg>> {
        let (ChainData::Outputs(ledger, request), LegOutcome::Outputs(outcome)) =
            (&chain.data, &leg.outcome)
        else {
            return Ok(Vec::new());
        };
        let finder = CoinJoinFinder::new(*ledger);
        let equal = |id| {
            let verdict = finder.find(id)?.filter(|verdict| verdict.kind.mixes());
            Ok(verdict.map(|verdict| (verdict.denomination, verdict.equal_outputs)))
        };
        let stop = interrupt::flag();
        let mut legs = Vec::new();
        for trace in outcome.policies.iter().filter(|trace| trace.policy.conserves()) {
            legs.extend(probable_leg(*ledger, request, trace, &equal, Some(&stop))?);
        }
        Ok(legs)
    }
}

//! `tracehound coinjoin detect`: transactions that mix, one a row.

use super::ingest;
use crate::arguments::{CoinjoinDetect, Common};
use crate::progress::Spinner;
use crate::{Finish, output, place};
use anyhow::{Context, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write as _;
use tracehound_analysis::coinjoin::{
    CoinJoinFinder, CoinJoinKind, CoinJoinVerdict, KindTotals, totals,
};
use tracehound_ingest::blocks::{is_mix_list, read_mix_list};
use tracehound_model::{Chain, UtxoBlock, UtxoInput};
use tracehound_store::utxo::{MemoryLedger, OutputLedger, TransactionId};

#[derive(Serialize)]
struct Row {
    transaction: String,
    kind: CoinJoinKind,
    rule: String,
    denomination_satoshi: u64,
    equal_outputs: u32,
    unknown_inputs: u32,
}

#[derive(Serialize)]
struct Record {
    transactions_read: u64,
    /// Totals of each kind found.
    kinds: BTreeMap<&'static str, KindTotals>,
    /// Totals of all kinds that mix.
    coinjoins: KindTotals,
    rows: Vec<Row>,
}

/// Finds and prints.
pub(crate) fn run(common: &Common, arguments: &CoinjoinDetect) -> anyhow::Result<Finish> {
    let kinds = kinds(&arguments.kind)?;
    if arguments.files.is_empty() {
        let (_, snapshot) = place::open_outputs(common, &arguments.store, None)?;
        let first = match arguments.from.and_then(|from| from.0.checked_sub(1)) {
            Some(below) => snapshot.first_above(tracehound_model::Height(below))?,
            None => TransactionId(0),
        };
        let end = match arguments.until {
            Some(until) => snapshot.first_above(until)?,
            None => TransactionId(snapshot.transaction_count()),
        };
        let finder = CoinJoinFinder::new(&snapshot);
        return answer(common, &snapshot, finder, first..end, &kinds, &|id| {
            of_store(&snapshot, id)
        });
    }
    let spinner = Spinner::start(common, "reading");
    let (chain, blocks, heights) = read(arguments)?;
    let ledger = MemoryLedger::of(chain, &blocks);
    drop(spinner);
    let inputs: Vec<Vec<UtxoInput>> = blocks
        .iter()
        .flat_map(|block| {
            (0..block.transactions.len()).map(|place| block.inputs_of(place).to_vec())
        })
        .collect();
    let of_blocks = |id: TransactionId| {
        usize::try_from(id.0).ok().and_then(|id| inputs.get(id)).cloned().unwrap_or_default()
    };
    let finder = match heights {
        true => CoinJoinFinder::new(&ledger),
        false => CoinJoinFinder::without_heights(&ledger),
    };
    let all = TransactionId(0)..TransactionId(ledger.transaction_count());
    answer(common, &ledger, finder, all, &kinds, &of_blocks)
}

fn kinds(names: &[String]) -> anyhow::Result<Vec<CoinJoinKind>> {
    let known = || CoinJoinKind::ALL.map(CoinJoinKind::name).join(", ");
    let kind = |name: &String| {
        let found = CoinJoinKind::ALL.into_iter().find(|kind| kind.name() == name);
        found.with_context(|| format!("\"{name}\" is not a kind; choose from {}", known()))
    };
    names.iter().map(kind).collect()
}

/// All blocks of the files, oldest first, and whether their heights are real.
fn read(arguments: &CoinjoinDetect) -> anyhow::Result<(Chain, Vec<UtxoBlock>, bool)> {
    let mut blocks = Vec::new();
    let mut lists = 0;
    for file in &arguments.files {
        if is_mix_list(file)? {
            blocks.append(&mut read_mix_list(file)?);
            lists += 1;
        }
    }
    if lists == arguments.files.len() {
        // A parent may stand in a later file than its child.
        blocks.sort_by_key(|block| block.timestamp);
        return Ok((Chain::bitcoin(), blocks, false));
    }
    if lists > 0 {
        bail!("some of the files are lists of transactions and some are blocks; give one kind");
    }
    let chain = arguments.store.chain.as_ref();
    let Some(mut source) = ingest::files(&arguments.files, chain, None)? else {
        bail!(
            "{}: neither blocks nor a list txid:::blockhash:::place:::unixtime:::inputs:::outputs",
            arguments.files[0].display()
        );
    };
    let mut block = UtxoBlock::default();
    while source.next_block(&mut block)? {
        blocks.push(std::mem::take(&mut block));
    }
    Ok((source.chain().clone(), blocks, true))
}

/// What a transaction of a store spends, by name.
fn of_store(ledger: &dyn OutputLedger, id: TransactionId) -> Vec<UtxoInput> {
    let Ok(view) = ledger.transaction(id) else { return Vec::new() };
    let name = |input: &tracehound_store::utxo::InputRecord| match input.spends() {
        Some(output) => {
            let hash = ledger.hash(output.transaction);
            hash.map_or(UtxoInput::NOT_STATED, |transaction| UtxoInput {
                transaction,
                index: output.index,
            })
        }
        None => UtxoInput::NOT_STATED,
    };
    view.inputs.iter().map(name).collect()
}

fn answer(
    common: &Common,
    ledger: &dyn OutputLedger,
    finder: CoinJoinFinder<'_>,
    range: std::ops::Range<TransactionId>,
    kinds: &[CoinJoinKind],
    inputs_of: &dyn Fn(TransactionId) -> Vec<UtxoInput>,
) -> anyhow::Result<Finish> {
    let spinner = Spinner::start(common, "looking for CoinJoins");
    let mut found: Vec<(TransactionId, CoinJoinVerdict)> = Vec::new();
    let read = u64::from(range.end.0.saturating_sub(range.start.0));
    finder.scan(range, &mut |id, verdict| {
        if kinds.is_empty() || kinds.contains(&verdict.kind) {
            found.push((id, verdict));
        }
        Ok(())
    })?;
    drop(spinner);
    let text =
        |id| -> anyhow::Result<String> { Ok(ledger.chain().transaction_text(&ledger.hash(id)?)) };
    if !common.json {
        let mut out = std::io::stdout().lock();
        writeln!(out, "txid,kind,rule")?;
        for (id, verdict) in &found {
            let rule = verdict.rule;
            writeln!(out, "{},{},{}/{}", text(*id)?, verdict.kind.name(), rule.name, rule.version)?;
        }
        out.flush()?;
        eprintln!("{} of {read} transactions", found.len());
        return Ok(Finish::Done);
    }
    let of = |wanted: &dyn Fn(CoinJoinKind) -> bool| {
        let ids: Vec<_> = found.iter().filter(|(_, v)| wanted(v.kind)).map(|(id, _)| *id).collect();
        totals(ledger, &ids, inputs_of)
    };
    let mut by_kind = BTreeMap::new();
    for kind in CoinJoinKind::ALL {
        if found.iter().any(|(_, verdict)| verdict.kind == kind) {
            by_kind.insert(kind.name(), of(&|other| other == kind)?);
        }
    }
    let rows = found.iter().map(|(id, verdict)| {
        Ok(Row {
            transaction: text(*id)?,
            kind: verdict.kind,
            rule: format!("{}/{}", verdict.rule.name, verdict.rule.version),
            denomination_satoshi: verdict.denomination,
            equal_outputs: verdict.equal_outputs,
            unknown_inputs: verdict.unknown_inputs,
        })
    });
    output::json(&Record {
        transactions_read: read,
        kinds: by_kind,
        coinjoins: of(&CoinJoinKind::mixes)?,
        rows: rows.collect::<anyhow::Result<_>>()?,
    })?;
    Ok(Finish::Done)
}

//! THORChain's memos in the blocks of the case.

use std::collections::HashSet;
use tracehound_bridge::BridgeEvent;
use tracehound_bridge::decode::{MemoTransaction, decode_memo};
use tracehound_bridge::memo::memo_of_script;
use tracehound_bridge::read::Tables;
use tracehound_model::Amount;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, UtxoSnapshot};

/// Stores of more transactions than this are not read whole for their memos.
const MOST_READ: u32 = 20_000_000;
const OP_RETURN: u8 = 0x6a;

/// Adds the events that memos claim to those of tables; how many memos there
/// are. A table that names the same transaction knows more than its memo.
pub(in crate::verbs) fn add(snapshot: &UtxoSnapshot, tables: &mut Tables) -> anyhow::Result<usize> {
    let found = read(snapshot, &mut tables.notes)?;
    let count = found.len();
    let side = |event: &BridgeEvent| (event.bridge.clone(), event.side, event.transaction);
    let known: HashSet<_> = tables.events.iter().map(side).collect();
    tables.events.extend(found.into_iter().filter(|event| !known.contains(&side(event))));
    Ok(count)
}

/// The events that memos claim; what was not read is noted.
fn read(snapshot: &UtxoSnapshot, notes: &mut Vec<String>) -> anyhow::Result<Vec<BridgeEvent>> {
    let chain = snapshot.chain();
    if snapshot.transaction_count() > MOST_READ {
        notes.push(format!(
            "The memos of {} were not looked for: its store is too large to be read whole; give \
             bridge events of it under [[events]].",
            chain.short_name()
        ));
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    for id in (0..snapshot.transaction_count()).map(TransactionId) {
        let view = snapshot.transaction(id)?;
        let Some(first) = view.outputs.first() else { continue };
        let data = (0..).zip(view.outputs).filter(|(_, output)| output.address().is_none());
        for (index, _) in data {
            let payload = snapshot.payload(OutputId { transaction: id, index })?;
            let script = [&[OP_RETURN][..], payload].concat();
            let Some(memo) = memo_of_script(&script) else { continue };
            let block = snapshot.block(id)?;
            events.extend(decode_memo(&MemoTransaction {
                chain,
                transaction: snapshot.hash(id)?,
                memo: &memo,
                paid: Amount::from_u64(first.value().0),
                payee: first.address().map(|payee| snapshot.address(payee)).transpose()?,
                time: block.timestamp,
                block: block.height.0,
            }));
        }
    }
    Ok(events)
}

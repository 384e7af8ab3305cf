//! Transactions: their inputs and outputs, or their transfers.

use super::accounts::{Assets, Moved, Transfer};
use super::asked::Asked;
use super::blocks::ANY;
use super::desk::{COINBASE, Desk, Network};
use super::json::Json;
use super::outputs::placed;
use super::refusal::Refusal;
use tracehound_analysis::coinjoin::CoinJoinFinder;
use tracehound_model::{Amount, Satoshi, Timestamp, TransactionHash};
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, UtxoSnapshot};
use tracehound_store::{AddressId, RowId, Snapshot};

/// Rows of one transaction that are looked at.
const MOST: u64 = 20_000;
/// Heuristics that can be asked for.
const HEURISTICS: [&str; 12] = [
    "all",
    "one_time_change",
    "direct_change",
    "multi_input_change",
    "all_change",
    "all_coinjoin",
    "whirlpool_coinjoin",
    "wasabi_coinjoin",
    "wasabi_1_0_coinjoin",
    "wasabi_1_1_coinjoin",
    "wasabi_2_0_coinjoin",
    "joinmarket_coinjoin",
];

/// What is shown of inputs and outputs.
#[derive(Clone, Copy, Default)]
pub(super) struct InOut {
    pub(super) shown: bool,
    pub(super) nonstandard: bool,
    pub(super) index: bool,
}

fn sum(values: impl IntoIterator<Item = Satoshi>) -> Amount {
    let add = |sum: u128, value: Satoshi| sum.saturating_add(u128::from(value.0));
    Amount::from_u128(values.into_iter().fold(0, add))
}

fn side(
    network: &Network<'_>,
    time: Timestamp,
    wanted: InOut,
    coins: &[(Option<AddressId>, Satoshi)],
) -> Result<Json, Refusal> {
    let mut told = Vec::new();
    for (place, (address, value)) in coins.iter().enumerate() {
        let texts = match address {
            Some(id) => vec![Json::from(network.text_of(&network.address(*id)?))],
            None if wanted.nonstandard => Vec::new(),
            None => continue,
        };
        told.push(Json::object([
            ("address", Json::List(texts)),
            ("value", network.rates.values(Amount::from_u64(value.0), time)),
            ("index", wanted.index.then_some(place).into()),
        ]));
    }
    Ok(Json::List(told))
}

/// The one input of a transaction that makes new coins.
fn minted(wanted: InOut, value: Json) -> Json {
    Json::object([
        ("address", vec![COINBASE].into()),
        ("value", value),
        ("index", wanted.index.then_some(0_usize).into()),
    ])
}

/// A transaction of outputs.
pub(super) fn told_output_transaction(
    network: &Network<'_>,
    snapshot: &UtxoSnapshot,
    id: TransactionId,
    wanted: InOut,
) -> Result<Json, Refusal> {
    let view = snapshot.transaction(id)?;
    let at = placed(snapshot, id)?;
    let coinbase = view.fields.coinbase;
    let outputs: Vec<_> = view.outputs.iter().map(|one| (one.address(), one.value())).collect();
    let inputs: Vec<_> =
        view.inputs.iter().map(|one| (one.address(), one.value().unwrap_or_default())).collect();
    let total_output = sum(outputs.iter().map(|(_, value)| *value));
    let total_input = sum(inputs.iter().map(|(_, value)| *value));
    let total_input = if coinbase { total_output } else { total_input };
    let values = |amount| network.rates.values(amount, at.time);
    let told_inputs = match (coinbase, wanted.shown) {
        (true, _) => Json::List(vec![minted(wanted, values(total_output))]),
        (false, true) => side(network, at.time, wanted, &inputs)?,
        (false, false) => Json::Null,
    };
    let shown = wanted.shown.then(|| side(network, at.time, wanted, &outputs)).transpose()?;
    Ok(Json::object([
        ("tx_type", "utxo".into()),
        ("currency", network.code.as_str().into()),
        ("tx_hash", snapshot.hash(id)?.to_plain_hex().into()),
        ("coinbase", coinbase.into()),
        ("height", at.height.0.into()),
        ("no_inputs", if coinbase { 1 } else { inputs.len() }.into()),
        ("no_outputs", outputs.len().into()),
        ("timestamp", at.time.0.into()),
        ("total_input", values(total_input)),
        ("total_output", values(total_output)),
        ("inputs", told_inputs),
        ("outputs", shown.into()),
        ("heuristics", Json::Null),
    ]))
}

/// A transfer; `numbered` where the value of the transaction itself has a
/// number in its identifier too.
pub(super) fn told_transfer(
    network: &Network<'_>,
    snapshot: &Snapshot,
    transfer: &Transfer,
    negative: bool,
    numbered: bool,
) -> Result<Json, Refusal> {
    let hash = transfer.place.transaction.to_plain_hex();
    let token = matches!(transfer.moved, Moved::Token(_));
    let number = transfer.number();
    let identifier = match (token, transfer.is_external()) {
        (true, _) => format!("{hash}_T{number}"),
        (false, true) if !numbered => hash.clone(),
        (false, _) => format!("{hash}_I{number}"),
    };
    let text = |id| -> Result<Json, Refusal> { Ok(network.text_of(&snapshot.address(id)?).into()) };
    let rates = if token { network.rates.unpriced() } else { network.rates };
    let external = (!token).then_some(transfer.is_external());
    Ok(Json::object([
        ("tx_type", "account".into()),
        ("identifier", identifier.into()),
        ("currency", transfer.moved.ticker(&network.code).into()),
        ("network", network.code.as_str().into()),
        ("tx_hash", hash.into()),
        ("height", transfer.place.height.0.into()),
        ("timestamp", transfer.place.timestamp.0.into()),
        ("value", rates.signed(transfer.row.amount, negative, transfer.place.timestamp)),
        ("from_address", text(transfer.row.from)?),
        ("to_address", text(transfer.row.to)?),
        ("token_tx_id", token.then_some(number).into()),
        ("fee", Json::Null),
        ("contract_creation", Json::Null),
        ("is_external", external.into()),
    ]))
}

impl Network<'_> {
    /// A transaction of outputs by its hash.
    pub(super) fn output_transaction(
        &self,
        snapshot: &UtxoSnapshot,
        text: &str,
    ) -> Result<TransactionId, Refusal> {
        let found = snapshot.find(&self.hash(text)?)?;
        found.ok_or_else(|| Refusal::transaction(&self.code, text))
    }

    /// The transfers of a transaction that are told.
    pub(super) fn transfers(
        &self,
        snapshot: &Snapshot,
        hash: &TransactionHash,
        text: &str,
    ) -> Result<Vec<Transfer>, Refusal> {
        let rows = snapshot.transaction(hash)?;
        let rows = rows.ok_or_else(|| Refusal::transaction(&self.code, text))?;
        let mut assets = Assets::default();
        let mut found = Vec::new();
        for row in (rows.start.0..rows.end.0.min(rows.start.0 + MOST)).map(RowId) {
            let transfer = Transfer::read(snapshot, &mut assets, row)?;
            if transfer.moved != Moved::Other {
                found.push(transfer);
            }
        }
        Ok(found)
    }
}

/// A hash with the letter and number of one of its transfers.
pub(super) fn identifier(text: &str) -> (&str, Option<(bool, u64)>) {
    for (mark, token) in [("_T", true), ("_I", false)] {
        if let Some((hash, number)) = text.split_once(mark)
            && let Ok(number) = number.parse()
        {
            return (hash, Some((token, number)));
        }
    }
    (text, None)
}

/// `GET /{currency}/txs/{tx_hash}`.
pub(super) fn transaction(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    let token = asked.number("token_tx_id", ANY);
    let wanted = InOut {
        shown: asked.flag("include_io", false),
        nonstandard: asked.flag("include_nonstandard_io", false),
        index: asked.flag("include_io_index", false),
    };
    let heuristics = heuristics(asked);
    asked.check()?;
    let network = desk.network(&code)?;
    let (hash, part) = identifier(&text);
    if let Some(snapshot) = network.outputs() {
        if token.is_some() || part.is_some() {
            let kind = if part.is_some_and(|(token, _)| !token) { "trace" } else { "token" };
            let words = format!("{} does not support {kind} transactions.", network.code);
            return Err(Refusal::Bad(words));
        }
        let id = network.output_transaction(snapshot, hash)?;
        let mut told = told_output_transaction(&network, snapshot, id, wanted)?;
        if heuristics {
            told.set("heuristics", coinjoin(snapshot, id)?);
        }
        return Ok(told);
    }
    let missing = || Refusal::transaction(&network.code, &text);
    let snapshot = network.accounts().ok_or_else(missing)?;
    let wanted = match (token, part) {
        (Some(number), _) => Some((true, u64::try_from(number).map_err(|_| missing())?)),
        (None, part) => part,
    };
    let all = network.transfers(snapshot, &network.hash(hash)?, &text)?;
    let is_token = |transfer: &&Transfer| matches!(transfer.moved, Moved::Token(_));
    let found = match wanted {
        Some((token, number)) => {
            all.iter().find(|one| is_token(one) == token && one.number() == number)
        }
        None => all.iter().find(|one| one.is_external()).or_else(|| all.first()),
    };
    told_transfer(&network, snapshot, found.ok_or_else(missing)?, false, true)
}

/// Whether heuristics on mixes are asked for.
fn heuristics(asked: &mut Asked) -> bool {
    let texts = asked.texts("include_heuristics").to_vec();
    for text in texts.iter().filter(|text| !HEURISTICS.contains(&text.as_str())) {
        asked.not_one_of("query", "include_heuristics", &HEURISTICS, text);
    }
    texts.iter().any(|text| text == "all" || text.ends_with("coinjoin"))
}

/// What our rules on mixes say; of change nothing is said here.
fn coinjoin(snapshot: &UtxoSnapshot, id: TransactionId) -> Result<Json, Refusal> {
    let verdict = CoinJoinFinder::new(snapshot).find(id)?;
    let found = verdict.filter(|verdict| verdict.kind.mixes());
    let sources: Vec<&str> = found.iter().map(|verdict| verdict.kind.name()).collect();
    let confidence = if found.is_some() { 90_u64 } else { 0 };
    let consensus = Json::object([
        ("detected", found.is_some().into()),
        ("confidence", confidence.into()),
        ("sources", sources.into()),
    ]);
    let mixes = Json::object([("consensus", consensus)]);
    Ok(Json::object([("change_heuristics", Json::Null), ("coinjoin_heuristics", mixes)]))
}

/// `GET /{currency}/txs/{tx_hash}/{io}`.
pub(super) fn in_or_out(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    let io = asked.needed("io");
    let wanted = InOut {
        shown: true,
        nonstandard: asked.flag("include_nonstandard_io", false),
        index: asked.flag("include_io_index", false),
    };
    asked.check()?;
    let network = desk.network(&code)?;
    let missing = || Refusal::NotFound("get_tx_io not implemented for ETH".to_owned());
    let snapshot = network.outputs().ok_or_else(missing)?;
    if !["inputs", "outputs"].contains(&io.as_str()) {
        let words = "Invalid io value. Expected one of: inputs, outputs";
        return Err(Refusal::Bad(words.to_owned()));
    }
    let id = network.output_transaction(snapshot, &text)?;
    let told = told_output_transaction(&network, snapshot, id, wanted)?;
    Ok(told.get(&io).cloned().unwrap_or(Json::List(Vec::new())))
}

/// A reference from an input to the output it spends.
fn link(input: usize, output: u32, hash: &TransactionHash) -> Json {
    Json::object([
        ("input_index", input.into()),
        ("output_index", output.into()),
        ("tx_hash", hash.to_plain_hex().into()),
    ])
}

fn linked<'w>(
    desk: &Desk<'w>,
    asked: &mut Asked,
) -> Result<(&'w UtxoSnapshot, TransactionId, Option<i128>), Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    let index = asked.number("io_index", ANY);
    asked.check()?;
    let network = desk.network(&code)?;
    let words = format!("{} does not support transaction level linking", network.code);
    let snapshot = network.outputs().ok_or(Refusal::Bad(words))?;
    Ok((snapshot, network.output_transaction(snapshot, &text)?, index))
}

/// `GET /{currency}/txs/{tx_hash}/spending`: what its inputs spend.
pub(super) fn spending(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (snapshot, id, index) = linked(desk, asked)?;
    let mut told = Vec::new();
    for (place, input) in snapshot.transaction(id)?.inputs.iter().enumerate() {
        // A place among inputs is far below 2^127.
        let wanted = index.is_none_or(|index| index == place as i128);
        if let Some(output) = input.spends().filter(|_| wanted) {
            told.push(link(place, output.index, &snapshot.hash(output.transaction)?));
        }
    }
    Ok(Json::List(told))
}

/// `GET /{currency}/txs/{tx_hash}/spent_in`: what spends its outputs.
pub(super) fn spent_in(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (snapshot, id, wanted) = linked(desk, asked)?;
    let mut told = Vec::new();
    for (index, _) in (0_u32..).zip(snapshot.transaction(id)?.outputs) {
        if wanted.is_some_and(|wanted| wanted != i128::from(index)) {
            continue;
        }
        let output = OutputId { transaction: id, index };
        let Some(spender) = snapshot.spender(output)? else { continue };
        let inputs = snapshot.transaction(spender)?.inputs;
        let place = inputs.iter().position(|input| input.spends() == Some(output));
        told.push(link(place.unwrap_or(0), index, &snapshot.hash(spender)?));
    }
    Ok(Json::List(told))
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn a_transfer_is_named_by_letter_and_number() {
        assert_eq!(identifier("ab_T12"), ("ab", Some((true, 12))));
        assert_eq!(identifier("ab_I0"), ("ab", Some((false, 0))));
        assert_eq!(identifier("ab_Ix"), ("ab_Ix", None));
    }
}

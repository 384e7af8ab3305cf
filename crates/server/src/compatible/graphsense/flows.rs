//! What moved within a transaction.

use super::accounts::Moved;
use super::asked::Asked;
use super::desk::Desk;
use super::json::Json;
use super::page;
use super::refusal::Refusal;
use super::txs::{InOut, identifier, told_output_transaction, told_transfer};

/// `GET /{currency}/txs/{tx_hash}/conversions`: none are held.
pub(super) fn conversions(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    asked.check()?;
    let network = desk.network(&code)?;
    let (hash, _) = identifier(&text);
    match (network.outputs(), network.accounts()) {
        (Some(snapshot), _) => {
            network.output_transaction(snapshot, hash)?;
        }
        (None, Some(snapshot)) => {
            network.transfers(snapshot, &network.hash(hash)?, &text)?;
        }
        (None, None) => {}
    }
    Ok(Json::List(Vec::new()))
}

/// `GET /{currency}/token_txs/{tx_hash}`.
pub(super) fn token_transfers(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    asked.check()?;
    let network = desk.network(&code)?;
    let Some(snapshot) = network.accounts() else {
        // Chains of outputs have no tokens.
        let snapshot = network.outputs().ok_or_else(|| Refusal::network(&code))?;
        network.output_transaction(snapshot, &text)?;
        return Ok(Json::List(Vec::new()));
    };
    let all = network.transfers(snapshot, &network.hash(&text)?, &text)?;
    let tokens = all.iter().filter(|one| matches!(one.moved, Moved::Token(_)));
    let told = tokens.map(|one| told_transfer(&network, snapshot, one, false, false));
    Ok(Json::List(told.collect::<Result<_, _>>()?))
}

/// `GET /{currency}/txs/{tx_hash}/flows`.
pub(super) fn flows(desk: &Desk<'_>, asked: &mut Asked) -> Result<Json, Refusal> {
    let (code, text) = (asked.needed("currency"), asked.needed("tx_hash"));
    let without_zeros = asked.flag("strip_zero_value_txs", false);
    let tokens_only = asked.flag("only_token_txs", false);
    let size = asked.page_size(1_000);
    asked.check()?;
    let network = desk.network(&code)?;
    let ticker = asked.text("token_currency").map(|text| text.trim().to_lowercase());
    let mut told = Vec::new();
    if let Some(snapshot) = network.outputs() {
        let id = network.output_transaction(snapshot, &text)?;
        if ticker.is_none_or(|ticker| ticker == network.code) {
            let all = InOut { shown: true, nonstandard: true, index: true };
            told.push(told_output_transaction(&network, snapshot, id, all)?);
        }
    } else if let Some(snapshot) = network.accounts() {
        let (hash, _) = identifier(&text);
        for one in network.transfers(snapshot, &network.hash(hash)?, &text)? {
            let token = matches!(one.moved, Moved::Token(_));
            let named = one.moved.ticker(&network.code);
            let fits = !(without_zeros && one.row.amount.is_zero())
                && (token || !tokens_only)
                && ticker.as_ref().is_none_or(|ticker| *ticker == named);
            if fits {
                told.push(told_transfer(&network, snapshot, &one, false, true)?);
            }
        }
    }
    let (page, next) = page::cut(told, page::place(asked, size)?, size);
    Ok(Json::object([("txs", Json::List(page)), ("next_page", next.into())]))
}

//! Exposures on chains of unspent outputs, as they are printed and given as JSON.

use super::coins;
use crate::ReportError;
use serde::Serialize;
use std::collections::HashMap;
use tracehound_analysis::exposure::{Label, OutputExposure, OutputFigure, OutputLabel, RULE};
use tracehound_analysis::output_trace::Holder;
use tracehound_model::{Address, Chain, Direction, Satoshi, Timestamp};
use tracehound_store::AddressId;
use tracehound_store::utxo::OutputLedger;

/// What stands behind an address of a chain of outputs.
#[derive(Serialize)]
pub struct OutputExposureRecord {
    /// The address.
    pub address: Address,
    /// The rule with its version.
    pub rule: String,
    /// Digest of the tags the figures rest on.
    pub tags_digest: String,
    /// Received, sent, or both.
    pub sides: Vec<OutputSideRecord>,
}

/// One way money went. Amounts are decimal text in whole coins.
#[derive(Serialize)]
pub struct OutputSideRecord {
    /// `received` or `sent`.
    pub side: &'static str,
    /// From others, or to others and to miners.
    pub total: String,
    /// By label, the largest first.
    pub figures: Vec<OutputFigureRecord>,
    /// What no label accounts for.
    pub unattributed: String,
    /// Transactions read.
    pub touched: u64,
}

/// One label of that.
#[derive(Serialize)]
pub struct OutputFigureRecord {
    /// The category, or `unspent`, `dust`, `coinjoin`, `mined`, `fees`, `burnt`.
    pub label: String,
    /// In one transaction with a tagged address itself.
    pub direct: String,
    /// Through others.
    pub indirect: String,
    /// Both.
    pub amount: String,
    /// Least and most over the policies haircut, fifo and lifo.
    pub over_policies: (String, String),
    /// How much over how many transactions.
    pub by_hops: Vec<(u32, String)>,
    /// When any was first seen at its end, and when last.
    pub first: Timestamp,
    /// As `first`.
    pub last: Timestamp,
    /// The largest part, transaction by transaction, in chain order.
    pub path: Vec<String>,
    /// The address at its end.
    pub path_end: Option<Address>,
    /// Who that is, says a tag.
    pub path_entity: Option<String>,
    /// How much of it.
    pub path_amount: String,
}

impl OutputExposureRecord {
    /// Of its sides.
    #[must_use]
    pub fn new(address: Address, tags_digest: &str, sides: Vec<OutputSideRecord>) -> Self {
        let rule = format!("{}/{}", RULE.name, RULE.version);
        Self { address, rule, tags_digest: tags_digest.to_owned(), sides }
    }
}

impl OutputSideRecord {
    /// Of what each policy gave, the pro rata one first; `who` names the tagged.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn new(
        ledger: &dyn OutputLedger,
        side: Direction,
        by_policy: &[OutputExposure],
        who: &HashMap<AddressId, String>,
    ) -> Result<Self, ReportError> {
        let [main, ..] = by_policy else { return Err(ReportError::NoPolicy) };
        let chain = ledger.chain();
        let figures = main.figures.iter().map(|figure| record(ledger, figure, by_policy, who));
        Ok(Self {
            side: match side {
                Direction::Forward => "received",
                Direction::Backward => "sent",
            },
            total: text(chain, main.total),
            figures: figures.collect::<Result<_, ReportError>>()?,
            unattributed: text(chain, main.unattributed),
            touched: main.touched,
        })
    }
}

fn text(chain: &Chain, satoshi: u64) -> String {
    coins(chain, Satoshi(satoshi))
}

fn record(
    ledger: &dyn OutputLedger,
    figure: &OutputFigure,
    by_policy: &[OutputExposure],
    who: &HashMap<AddressId, String>,
) -> Result<OutputFigureRecord, ReportError> {
    let chain = ledger.chain();
    let all = by_policy.iter().map(|e| e.figure(&figure.label).map_or(0, OutputFigure::whole));
    let (least, most) = (all.clone().min().unwrap_or(0), all.max().unwrap_or(0));
    let (path, end, amount) = &figure.witness;
    let name = |id| Ok::<_, ReportError>(chain.transaction_text(&ledger.hash(id)?));
    let end = match end {
        Holder::Address(id) => Some(*id),
        Holder::Transaction(_) => None,
    };
    Ok(OutputFigureRecord {
        label: label(&figure.label),
        direct: text(chain, figure.direct),
        indirect: text(chain, figure.indirect),
        amount: text(chain, figure.whole()),
        over_policies: (text(chain, least), text(chain, most)),
        by_hops: figure.by_hops.iter().map(|(n, sum)| (*n, text(chain, *sum))).collect(),
        first: ledger.block(figure.first)?.timestamp,
        last: ledger.block(figure.last)?.timestamp,
        path: path.iter().map(|id| name(*id)).collect::<Result<_, _>>()?,
        path_end: end.map(|id| ledger.address(id)).transpose()?,
        path_entity: end.and_then(|id| who.get(&id).cloned()),
        path_amount: text(chain, *amount),
    })
}

fn label(label: &OutputLabel) -> String {
    match label {
        OutputLabel::Label(Label::Category(name)) => name.clone(),
        OutputLabel::Label(Label::Unspent) => "unspent".to_owned(),
        OutputLabel::Label(Label::Dust) => "dust".to_owned(),
        OutputLabel::CoinJoin => "coinjoin".to_owned(),
        OutputLabel::Mined => "mined".to_owned(),
        OutputLabel::Fees => "fees".to_owned(),
        OutputLabel::Burnt => "burnt".to_owned(),
    }
}

//! Which output of a transaction returns to the payer: graded evidence, not
//! a merge.
//!
//! Each heuristic is a pure function that returns the outputs it cannot rule
//! out; outputs that nobody can spend are never among them. Where it needs a
//! fact that is not known (an input's value, a size, an unspent output's
//! spender) it rules nothing out. Sources: the change heuristics of BlockSci
//! (Kalodner et al. 2020) and the one-time change of GraphSense.
//! `docs/methods/change.md` defines each.

use super::{Clustering, CoinJoinFilter, index};
use std::collections::BTreeSet;
use tracehound_model::Rule;
use tracehound_model::address::AddressKind;
use tracehound_store::utxo::{OutputId, OutputLedger, TransactionId, TransactionView};
use tracehound_store::{AddressId, StoreError};

/// One heuristic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heuristic {
    /// In a chain of transactions with one input and two outputs: what goes on in it or is unspent.
    PeelingChain,
    /// Values that are no multiple of ten to this power.
    PowerOfTen(u32),
    /// Values below the smallest input.
    OptimalChange,
    /// Outputs of the kind that all inputs have; none if inputs differ.
    AddressType,
    /// Unspent, or spent by a transaction that sets a lock time just as this one does or does not.
    LockTime,
    /// Outputs to an address among the inputs.
    AddressReuse,
    /// Outputs to an address not seen before.
    ClientChange,
    /// The one value below the smallest input, if its address was not seen
    /// before and the transaction is no CoinJoin and pays two or more outputs.
    Legacy,
    /// Unspent, or spent at the same fee for each virtual byte (in thousandths, rounded down).
    FixedFee,
    /// Outputs that are spent.
    Spent,
}

/// Several heuristics as one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Combination {
    /// One heuristic.
    One(Heuristic),
    /// What both leave.
    And(Box<Combination>, Box<Combination>),
    /// What either leaves.
    Or(Box<Combination>, Box<Combination>),
    /// What the first leaves and the second does not.
    Minus(Box<Combination>, Box<Combination>),
}

/// What heuristics look at.
#[derive(Clone, Copy)]
pub struct Context<'a, L: OutputLedger + ?Sized> {
    /// The chain.
    pub ledger: &'a L,
    /// Who says what a CoinJoin is; without it none is known.
    pub coinjoin: Option<CoinJoinFilter<'a>>,
    /// Multi-input clusters, for the one-time change of GraphSense.
    pub clusters: Option<&'a Clustering>,
}

/// One output named as change by one rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChangeEvidence {
    /// The rule.
    pub rule: Rule,
    /// The output.
    pub output: OutputId,
    /// The source's confidence in percent; `None` where it states none.
    pub confidence: Option<u8>,
}

impl Heuristic {
    /// Those that evidence is taken from. [`Heuristic::Spent`] only serves in combinations.
    pub const ALL: [Self; 9] = [
        Self::PeelingChain,
        Self::PowerOfTen(6),
        Self::OptimalChange,
        Self::AddressType,
        Self::LockTime,
        Self::AddressReuse,
        Self::ClientChange,
        Self::Legacy,
        Self::FixedFee,
    ];

    /// Its name and version.
    #[must_use]
    pub fn rule(self) -> Rule {
        let name = match self {
            Self::PeelingChain => "change-peeling-chain",
            Self::PowerOfTen(_) => "change-power-of-ten",
            Self::OptimalChange => "change-optimal",
            Self::AddressType => "change-address-type",
            Self::LockTime => "change-lock-time",
            Self::AddressReuse => "change-address-reuse",
            Self::ClientChange => "change-client",
            Self::Legacy => "change-legacy",
            Self::FixedFee => "change-fixed-fee",
            Self::Spent => "change-spent",
        };
        Rule { name, version: 1 }
    }

    /// The outputs it cannot rule out, by place in the transaction.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn candidates<L: OutputLedger + ?Sized>(
        self,
        context: &Context<'_, L>,
        transaction: &TransactionView<'_>,
    ) -> Result<BTreeSet<u32>, StoreError> {
        if !self.applies(context, transaction)? {
            return Ok(BTreeSet::new());
        }
        let mut left = BTreeSet::new();
        for (place, output) in (0_u32..).zip(transaction.outputs) {
            let Some(address) = output.address() else { continue };
            let id = OutputId { transaction: transaction.id, index: place };
            if self.keeps(context, transaction, id, address)? {
                left.insert(place);
            }
        }
        if self == Self::Legacy && below_inputs(transaction) != 1 {
            left.clear();
        }
        Ok(left)
    }

    fn applies<L: OutputLedger + ?Sized>(
        self,
        context: &Context<'_, L>,
        transaction: &TransactionView<'_>,
    ) -> Result<bool, StoreError> {
        if transaction.fields.coinbase {
            return Ok(false);
        }
        match self {
            Self::PeelingChain => in_peeling_chain(context.ledger, transaction),
            Self::Legacy => {
                let coinjoin = context.coinjoin.is_some_and(|filter| (filter.detect)(transaction));
                let spendable = transaction.outputs.iter().filter(|o| o.address().is_some());
                Ok(!coinjoin && spendable.count() >= 2)
            }
            _ => Ok(true),
        }
    }

    fn keeps<L: OutputLedger + ?Sized>(
        self,
        context: &Context<'_, L>,
        transaction: &TransactionView<'_>,
        id: OutputId,
        address: AddressId,
    ) -> Result<bool, StoreError> {
        let ledger = context.ledger;
        let value = transaction.outputs[index(id.index)].value().0;
        let below = || smallest_input(transaction).is_none_or(|smallest| value < smallest);
        Ok(match self {
            Self::PowerOfTen(digits) => {
                10_u64.checked_pow(digits).is_none_or(|unit| !value.is_multiple_of(unit))
            }
            Self::OptimalChange => below(),
            Self::AddressType => {
                input_kind(ledger, transaction)? == Some(ledger.address_kind(address)?)
            }
            Self::AddressReuse => transaction.inputs.iter().any(|i| i.address() == Some(address)),
            Self::ClientChange => is_new(ledger, transaction.id, address)?,
            Self::Legacy => below() && is_new(ledger, transaction.id, address)?,
            Self::Spent => ledger.spender(id)?.is_some(),
            Self::PeelingChain | Self::LockTime | Self::FixedFee => match ledger.spender(id)? {
                None => true,
                Some(spender) => self.matches(transaction, &ledger.transaction(spender)?),
            },
        })
    }

    /// Whether a transaction and the spender of its output look alike.
    fn matches(self, transaction: &TransactionView<'_>, spender: &TransactionView<'_>) -> bool {
        match self {
            Self::PeelingChain => is_peeling(spender),
            Self::LockTime => (transaction.fields.lock_time > 0) == (spender.fields.lock_time > 0),
            _ => match (fee_rate(transaction), fee_rate(spender)) {
                (Some(ours), Some(theirs)) => ours == theirs,
                _ => true,
            },
        }
    }
}

impl Combination {
    /// The outputs that are left, by place in the transaction.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn candidates<L: OutputLedger + ?Sized>(
        &self,
        context: &Context<'_, L>,
        transaction: &TransactionView<'_>,
    ) -> Result<BTreeSet<u32>, StoreError> {
        let of = |part: &Self| part.candidates(context, transaction);
        Ok(match self {
            Self::One(heuristic) => heuristic.candidates(context, transaction)?,
            Self::And(a, b) => &of(a)? & &of(b)?,
            Self::Or(a, b) => &of(a)? | &of(b)?,
            Self::Minus(a, b) => &of(a)? - &of(b)?,
        })
    }

    /// The one output that is left; `None` if none or several are.
    ///
    /// # Errors
    /// If the chain cannot be read.
    pub fn unique<L: OutputLedger + ?Sized>(
        &self,
        context: &Context<'_, L>,
        transaction: &TransactionView<'_>,
    ) -> Result<Option<u32>, StoreError> {
        let left = self.candidates(context, transaction)?;
        Ok(left.first().copied().filter(|_| left.len() == 1))
    }
}

/// What each heuristic that leaves one output says, and GraphSense's
/// one-time change. They are not independent and must not be multiplied.
///
/// # Errors
/// If the chain cannot be read.
pub fn change_evidence<L: OutputLedger + ?Sized>(
    context: &Context<'_, L>,
    transaction: &TransactionView<'_>,
) -> Result<Vec<ChangeEvidence>, StoreError> {
    let mut all = Vec::new();
    let output = |index| OutputId { transaction: transaction.id, index };
    for heuristic in Heuristic::ALL {
        if let Some(place) = Combination::One(heuristic).unique(context, transaction)? {
            let (rule, output) = (heuristic.rule(), output(place));
            all.push(ChangeEvidence { rule, output, confidence: None });
        }
    }
    for (name, confidence, places) in graphsense(context, transaction)? {
        let rule = Rule { name, version: 1 };
        all.extend(places.into_iter().map(|place| ChangeEvidence {
            rule,
            output: output(place),
            confidence: Some(confidence),
        }));
    }
    Ok(all)
}

/// Name of a rule, its confidence in percent, and the outputs it names.
type Graded = (&'static str, u8, BTreeSet<u32>);

/// GraphSense: change to an input address (100), to the inputs' cluster (50),
/// and one-time change (50).
fn graphsense<L: OutputLedger + ?Sized>(
    context: &Context<'_, L>,
    transaction: &TransactionView<'_>,
) -> Result<Vec<Graded>, StoreError> {
    let direct = Heuristic::AddressReuse.candidates(context, transaction)?;
    let (mut cluster, mut once) = (BTreeSet::new(), BTreeSet::new());
    let payers: BTreeSet<_> =
        transaction.inputs.iter().filter_map(|input| input.address()).collect();
    let cluster_of = |id| context.clusters.and_then(|clusters| clusters.cluster(id));
    let paying: BTreeSet<_> = payers.iter().filter_map(|id| cluster_of(*id)).collect();
    let kind = input_kind(context.ledger, transaction)?;
    let smallest = smallest_input(transaction);
    for (place, output) in (0_u32..).zip(transaction.outputs) {
        let Some(address) = output.address() else { continue };
        if cluster_of(address).is_some_and(|id| paying.contains(&id)) && !payers.contains(&address)
        {
            cluster.insert(place);
        }
        let value = output.value().0;
        if (2..=10).contains(&transaction.outputs.len())
            && kind == Some(context.ledger.address_kind(address)?)
            && !value.is_multiple_of(1000)
            && smallest.is_some_and(|smallest| value < smallest)
            && is_new(context.ledger, transaction.id, address)?
            && context.ledger.outputs_to(address)?.len() == 1
            && context.ledger.spends_from(address)?.len() <= 1
        {
            once.insert(place);
        }
    }
    if once.len() != 1 {
        once.clear();
    }
    Ok(vec![
        ("change-direct", 100, direct),
        ("change-multi-input", 50, cluster),
        ("change-one-time", 50, once),
    ])
}

fn smallest_input(transaction: &TransactionView<'_>) -> Option<u64> {
    let values: Option<Vec<u64>> =
        transaction.inputs.iter().map(|input| input.value().map(|value| value.0)).collect();
    values?.into_iter().min()
}

/// How many spendable outputs are below the smallest input.
fn below_inputs(transaction: &TransactionView<'_>) -> usize {
    let Some(smallest) = smallest_input(transaction) else { return 0 };
    let spendable = transaction.outputs.iter().filter(|output| output.address().is_some());
    spendable.filter(|output| output.value().0 < smallest).count()
}

/// The kind of all inputs, if they have one.
fn input_kind<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
) -> Result<Option<AddressKind>, StoreError> {
    let mut kind = None;
    for input in transaction.inputs {
        let Some(address) = input.address() else { return Ok(None) };
        let this = ledger.address_kind(address)?;
        if kind.is_some_and(|kind| kind != this) {
            return Ok(None);
        }
        kind = Some(this);
    }
    Ok(kind)
}

/// Whether an address neither received nor spent before a transaction.
fn is_new<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: TransactionId,
    address: AddressId,
) -> Result<bool, StoreError> {
    let received = ledger.outputs_to(address)?.first().map(|output| output.transaction);
    let spent = ledger.spends_from(address)?.first().copied();
    Ok(received.is_none_or(|first| first >= transaction)
        && spent.is_none_or(|first| first > transaction))
}

fn is_peeling(transaction: &TransactionView<'_>) -> bool {
    transaction.inputs.len() == 1 && transaction.outputs.len() == 2
}

fn in_peeling_chain<L: OutputLedger + ?Sized>(
    ledger: &L,
    transaction: &TransactionView<'_>,
) -> Result<bool, StoreError> {
    if !is_peeling(transaction) {
        return Ok(false);
    }
    if let Some(spent) = transaction.inputs[0].spends()
        && is_peeling(&ledger.transaction(spent.transaction)?)
    {
        return Ok(true);
    }
    for index in 0..2 {
        let next = ledger.spender(OutputId { transaction: transaction.id, index })?;
        if let Some(next) = next
            && is_peeling(&ledger.transaction(next)?)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Thousandths of a satoshi for each virtual byte, rounded down.
fn fee_rate(transaction: &TransactionView<'_>) -> Option<u128> {
    let fee = u128::from(transaction.fee()?.0);
    (fee * 1000).checked_div(u128::from(transaction.fields.virtual_size))
}

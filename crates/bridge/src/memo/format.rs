//! From a memo to text: what [`super::parse`] reads back as the same memo.

use super::{Action, Affiliate, Memo, Swap};
use std::fmt;
use tracehound_model::TransactionHash;

impl fmt::Display for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = Vec::new();
        let action = self.push_fields(&mut fields);
        while fields.last().is_some_and(String::is_empty) {
            fields.pop();
        }
        f.write_str(action.name())?;
        fields.iter().try_for_each(|field| write!(f, ":{field}"))
    }
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// THORChain writes hashes in capital letters, without `0x`.
fn hash(transaction: &TransactionHash) -> String {
    transaction.to_plain_hex().to_ascii_uppercase()
}

fn joined(parts: &[String]) -> String {
    parts.join("/")
}

fn push_affiliates(fields: &mut Vec<String>, affiliates: &[Affiliate]) {
    let names: Vec<String> = affiliates.iter().map(|one| one.name.clone()).collect();
    let points: Vec<String> = affiliates.iter().map(|one| or_empty(one.basis_points)).collect();
    fields.push(joined(&names));
    let silent = points.iter().all(String::is_empty);
    fields.push(if silent { String::new() } else { joined(&points) });
}

impl Swap {
    fn push_fields(&self, fields: &mut Vec<String>) {
        fields.push(self.asset.to_string());
        let refund = self.refund.as_ref().map(|refund| format!("/{refund}"));
        fields.push(format!("{}{}", self.destination, or_empty(refund)));
        let mut limit =
            vec![or_empty(self.limit), or_empty(self.interval), or_empty(self.quantity)];
        while limit.len() > 1 && limit.last().is_some_and(String::is_empty) {
            limit.pop();
        }
        fields.push(joined(&limit));
        push_affiliates(fields, &self.affiliates);
        fields.extend(self.rest.iter().cloned());
    }
}

impl Memo {
    fn push_fields(&self, fields: &mut Vec<String>) -> Action {
        match self {
            Self::Swap(swap) => {
                swap.push_fields(fields);
                if swap.waits { Action::LimitSwap } else { Action::Swap }
            }
            Self::LoanOpen(swap) => {
                swap.push_fields(fields);
                Action::LoanOpen
            }
            Self::Add { pool, paired, affiliates } => {
                fields.extend([pool.to_string(), or_empty(paired.as_ref())]);
                push_affiliates(fields, affiliates);
                Action::Add
            }
            Self::Withdraw { pool, basis_points, asset } => {
                fields.extend([pool.to_string(), or_empty(*basis_points)]);
                fields.push(or_empty(asset.as_ref()));
                Action::Withdraw
            }
            Self::Donate { pool, fields: more } => {
                fields.push(pool.to_string());
                fields.extend(more.iter().cloned());
                Action::Donate
            }
            Self::LoanRepay { asset, owner, least } => {
                fields.extend([asset.to_string(), owner.clone(), or_empty(*least)]);
                Action::LoanRepay
            }
            Self::Outbound(transaction) => {
                fields.push(hash(transaction));
                Action::Outbound
            }
            Self::Refund(transaction) => {
                fields.push(hash(transaction));
                Action::Refund
            }
            Self::Internal { action, height } => {
                fields.push(or_empty(*height));
                *action
            }
            Self::Other { action, fields: more } => {
                fields.extend(more.iter().cloned());
                *action
            }
        }
    }
}

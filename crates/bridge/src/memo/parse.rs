//! From text to a memo.

use super::{Action, Affiliate, Memo, MemoError, PoolAsset, Swap};
use tracehound_model::{Amount, TransactionHash};

fn refused(field: &'static str, value: &str, expected: &'static str) -> MemoError {
    MemoError::Field { field, value: value.to_owned(), expected }
}

pub(super) fn memo(text: &str) -> Result<Memo, MemoError> {
    let mut fields = text.split(':');
    let name = fields.next().unwrap_or_default();
    let action = Action::of(name).ok_or_else(|| MemoError::UnknownAction(name.to_owned()))?;
    let fields: Vec<&str> = fields.collect();
    let at = |number: usize| fields.get(number).copied().unwrap_or_default();
    Ok(match action {
        Action::Swap => Memo::Swap(swap(&fields, false)?),
        Action::LimitSwap => Memo::Swap(swap(&fields, true)?),
        Action::LoanOpen => Memo::LoanOpen(swap(&fields, false)?),
        Action::Add => Memo::Add {
            pool: PoolAsset::parse(at(0))?,
            paired: some(at(1)),
            affiliates: affiliates(at(2), at(3))?,
        },
        Action::Withdraw => Memo::Withdraw {
            pool: PoolAsset::parse(at(0))?,
            basis_points: basis_points(at(1))?,
            asset: some(at(2)).map(|asset| PoolAsset::parse(&asset)).transpose()?,
        },
        Action::Donate => Memo::Donate { pool: PoolAsset::parse(at(0))?, fields: rest(&fields, 1) },
        Action::LoanRepay => Memo::LoanRepay {
            asset: PoolAsset::parse(at(0))?,
            owner: at(1).to_owned(),
            least: amount(at(2))?,
        },
        Action::Outbound => Memo::Outbound(transaction(at(0))?),
        Action::Refund => Memo::Refund(transaction(at(0))?),
        internal if internal.is_internal() => {
            Memo::Internal { action, height: number("height", at(0))? }
        }
        action => {
            let fields = rest(&fields, 0);
            // A letter or two alone is more likely chance than a memo; the long
            // name of the same action must not mean what cannot be written.
            if fields.is_empty() && action.name().len() <= 2 {
                return Err(MemoError::UnknownAction(name.to_owned()));
            }
            Memo::Other { action, fields }
        }
    })
}

fn swap(fields: &[&str], waits: bool) -> Result<Swap, MemoError> {
    let at = |number: usize| fields.get(number).copied().unwrap_or_default();
    let (destination, refund) = match at(1).split_once('/') {
        Some((destination, refund)) => (destination, some(refund)),
        None => (at(1), None),
    };
    let mut parts = at(2).split('/');
    let mut part = || parts.next().unwrap_or_default();
    let (limit, interval, quantity) = (part(), part(), part());
    if parts.next().is_some() {
        return Err(refused("limit", at(2), "at most LIMIT/INTERVAL/QUANTITY"));
    }
    Ok(Swap {
        waits,
        asset: PoolAsset::parse(at(0))?,
        destination: destination.to_owned(),
        refund,
        limit: amount(limit)?,
        interval: number("interval", interval)?,
        quantity: number("quantity", quantity)?,
        affiliates: affiliates(at(3), at(4))?,
        rest: rest(fields, 5),
    })
}

/// Fields from one on, without the empty ones at the end.
fn rest(fields: &[&str], from: usize) -> Vec<String> {
    let mut rest: Vec<String> =
        fields.get(from..).unwrap_or_default().iter().map(|field| (*field).to_owned()).collect();
    while rest.last().is_some_and(String::is_empty) {
        rest.pop();
    }
    rest
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `a/b` takes `10/20` each, or both the one share that is named.
fn affiliates(names: &str, shares: &str) -> Result<Vec<Affiliate>, MemoError> {
    if names.is_empty() {
        // Some wallets name a share of nobody; it goes to nobody.
        return basis_points_list(shares).map(|_| Vec::new());
    }
    let names: Vec<&str> = names.split('/').collect();
    let mut points = basis_points_list(shares)?;
    match points.as_slice() {
        [] => points = vec![None; names.len()],
        [one] => points = vec![*one; names.len()],
        many if many.len() == names.len() => {}
        _ => return Err(refused("share", shares, "one number, or one for each affiliate")),
    }
    let both = names.into_iter().zip(points);
    Ok(both.map(|(name, basis_points)| Affiliate { name: name.to_owned(), basis_points }).collect())
}

fn basis_points_list(text: &str) -> Result<Vec<Option<u16>>, MemoError> {
    if text.is_empty() { Ok(Vec::new()) } else { text.split('/').map(basis_points).collect() }
}

fn basis_points(text: &str) -> Result<Option<u16>, MemoError> {
    match text {
        "" => Ok(None),
        _ => match text.parse() {
            Ok(points) if points <= 10_000 && is_digits(text) => Ok(Some(points)),
            _ => Err(refused("share", text, "a number of basis points up to 10000")),
        },
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(field: &'static str, text: &str) -> Result<Option<u64>, MemoError> {
    match text {
        "" => Ok(None),
        _ if is_digits(text) => {
            text.parse().map(Some).map_err(|_| refused(field, text, "a number of 64 bits"))
        }
        _ => Err(refused(field, text, "a whole number")),
    }
}

/// Digits, or digits, `e` and a number of zeros: `15e6`.
fn amount(text: &str) -> Result<Option<Amount>, MemoError> {
    if text.is_empty() {
        return Ok(None);
    }
    let error = || refused("limit", text, "a whole number, which may end like e6 for six zeros");
    let (digits, zeros) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    if !is_digits(digits) || !is_digits(zeros) {
        return Err(error());
    }
    let zeros: u8 = zeros.parse().map_err(|_| error())?;
    Amount::parse_decimal(digits, zeros).map(Some).map_err(|_| error())
}

fn transaction(text: &str) -> Result<TransactionHash, MemoError> {
    let error = |_| refused("transaction", text, "64 hexadecimal digits");
    text.to_ascii_lowercase().parse().map_err(error)
}

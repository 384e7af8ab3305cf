//! One transaction under each policy, satoshi by satoshi.

use tracehound_model::Policy;

/// One satoshi: of a theft, or of none.
pub type Coin = Option<u32>;

/// Moves the satoshis of `sources` to `sinks`, the last of which is the fee
/// (or, where nothing stands there, of value 0). Both hold as many.
pub fn deal(policy: Policy, sources: &[Vec<Coin>], sinks: &[u64]) -> Vec<Vec<Coin>> {
    let all: Vec<Coin> = sources.concat();
    assert_eq!(all.len() as u64, sinks.iter().sum::<u64>());
    let (tainted, clean): (Vec<Coin>, Vec<Coin>) = all.iter().partition(|coin| coin.is_some());
    let places: Vec<usize> = (0..sinks.len()).collect();
    let ranked = |highest_first: bool| {
        let (fee, outputs) = places.split_last().unwrap();
        let mut outputs = outputs.to_vec();
        let value =
            |place: &usize| if highest_first { u64::MAX - sinks[*place] } else { sinks[*place] };
        outputs.sort_by(|a, b| value(a).cmp(&value(b)).then(a.cmp(b)));
        outputs.push(*fee);
        outputs
    };
    match policy {
        Policy::Fifo => pour(all, sinks, &places),
        Policy::Lifo => pour(all.into_iter().rev().collect(), sinks, &places),
        Policy::DirtyFirst => pour([tainted, clean].concat(), sinks, &places),
        Policy::CleanFirst => pour([clean, tainted].concat(), sinks, &places),
        Policy::Tiho => pour([tainted, clean].concat(), sinks, &ranked(true)),
        Policy::Tilo => pour([tainted, clean].concat(), sinks, &ranked(false)),
        Policy::Haircut => spread(&all, sinks),
        _ => panic!("{policy} does not move satoshis"),
    }
}

/// One satoshi after another, sink after sink.
fn pour(all: Vec<Coin>, sinks: &[u64], places: &[usize]) -> Vec<Vec<Coin>> {
    let mut poured = vec![Vec::new(); sinks.len()];
    let mut rest = all.into_iter();
    for place in places {
        for _ in 0..sinks[*place] {
            poured[*place].push(rest.next().unwrap());
        }
    }
    poured
}

/// The places of all sinks in a row. Each theft in turn spreads evenly over
/// the places still free: the k-th free one of V is its own when the count
/// of its T satoshis due by then, T·k/V, passes a whole number.
fn spread(all: &[Coin], sinks: &[u64]) -> Vec<Vec<Coin>> {
    let mut row: Vec<Coin> = vec![None; all.len()];
    let most = all.iter().flatten().max().map_or(0, |most| most + 1);
    for theft in 0..most {
        let due = all.iter().filter(|coin| **coin == Some(theft)).count();
        let free: Vec<usize> = (0..row.len()).filter(|place| row[*place].is_none()).collect();
        for (k, place) in free.iter().enumerate() {
            if due * (k + 1) / free.len() > due * k / free.len() {
                row[*place] = Some(theft);
            }
        }
    }
    let mut rest = row.into_iter();
    let mut dealt: Vec<Vec<Coin>> =
        sinks.iter().map(|sink| rest.by_ref().take(*sink as usize).collect()).collect();
    dealt.iter_mut().for_each(|coins| unordered(coins));
    dealt
}

/// Where no order is kept: by theft, clean money last.
pub fn unordered(coins: &mut [Coin]) {
    coins.sort_by_key(|coin| coin.unwrap_or(u32::MAX));
}

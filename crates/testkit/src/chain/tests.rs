use super::*;
use std::collections::HashSet;
use tracehound_model::TransactionHash;

/// Degrees of one side of every transfer, ascending, without addresses that never occur.
fn degrees(transfers: &[Transfer], side: fn(&Transfer) -> Address) -> Vec<u64> {
    let mut counts: HashMap<Address, u64> = HashMap::new();
    for transfer in transfers {
        *counts.entry(side(transfer)).or_default() += 1;
    }
    let mut degrees: Vec<u64> = counts.into_values().collect();
    degrees.sort_unstable();
    degrees
}

#[test]
fn degrees_have_the_heavy_tail_of_real_chains() {
    let config = ChainConfig::sized(1, 1_000_000);
    let transfers: Vec<Transfer> = config.generate().collect();
    for side in [|t: &Transfer| t.from, |t: &Transfer| t.to] {
        let degrees = degrees(&transfers, side);
        let median = degrees[degrees.len() / 2];
        let high = degrees[degrees.len() * 99 / 100];
        let most = degrees[degrees.len() - 1];
        assert!((6..=8).contains(&median), "median {median}");
        assert!((44..=56).contains(&high), "99th percentile {high}");
        assert!((9_500..=10_600).contains(&most), "greatest hub {most}");
        assert!(degrees.len() > 95_000, "{} addresses take part", degrees.len());
    }
}

#[test]
fn transfers_come_in_chain_order_with_unique_places() {
    let transfers: Vec<Transfer> = ChainConfig::sized(2, 50_000).generate().collect();
    assert_eq!(transfers.len(), 50_000);
    let place = |t: &Transfer| (t.height, t.position, t.ordinal);
    assert!(transfers.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
    assert!(transfers.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
    assert!(transfers.iter().all(|t| t.from != t.to));
    // A transaction stands at one place, and positions have no holes.
    let mut places: HashMap<TransactionHash, (u64, Option<u32>)> = HashMap::new();
    for transfer in &transfers {
        let here = (transfer.height.0, transfer.position);
        assert_eq!(*places.entry(transfer.transaction).or_insert(here), here);
    }
    let distinct: HashSet<_> = places.values().collect();
    assert_eq!(distinct.len(), places.len());
    let holes = transfers.windows(2).filter(|pair| {
        pair[0].height == pair[1].height
            && pair[1].position.unwrap() > pair[0].position.unwrap() + 1
    });
    assert_eq!(holes.count(), 0);
    let first_of_block =
        transfers.windows(2).filter(|pair| pair[0].height != pair[1].height).map(|pair| pair[1]);
    assert!(first_of_block.into_iter().all(|t| t.position == Some(0)));
}

#[test]
fn the_same_seed_gives_the_same_chain_and_another_seed_another() {
    let chain = |seed| ChainConfig::sized(seed, 5_000).generate().collect::<Vec<_>>();
    assert_eq!(chain(3), chain(3));
    let (a, b) = (chain(3), chain(4));
    assert!(a.iter().zip(&b).all(|(a, b)| a.transaction != b.transaction && a.from != b.from));
}

#[test]
fn funded_chains_never_overdraw_anybody_but_the_mint() {
    let config = ChainConfig { funded: true, assets: 2, ..ChainConfig::sized(5, 20_000) };
    let mut balances: HashMap<(Address, Asset), Amount> = HashMap::new();
    let mut spends = 0;
    for transfer in config.generate() {
        if !transfer.from.is_zero() {
            let balance = balances.entry((transfer.from, transfer.asset)).or_default();
            *balance = balance.subtract(transfer.amount).unwrap();
            spends += 1;
        }
        let balance = balances.entry((transfer.to, transfer.asset)).or_default();
        *balance = balance.add(transfer.amount).unwrap();
    }
    assert!(spends > 10_000, "only {spends} of 20000 transfers spend");
}

#[test]
fn services_replace_hubs_and_places_can_be_withheld() {
    let service = Address::evm([7; 20]);
    let config =
        ChainConfig { services: vec![service], places: false, ..ChainConfig::sized(6, 20_000) };
    let transfers: Vec<Transfer> = config.generate().collect();
    let deposits = transfers.iter().filter(|t| t.to == service).count();
    assert!((150..=250).contains(&deposits), "{deposits} deposits");
    assert!(transfers.iter().all(|t| t.position.is_none() && t.ordinal.is_none()));
}

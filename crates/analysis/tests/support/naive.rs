//! The naive model: every account is kept for every entry from the first to
//! the last, fifo and lifo coin by coin, with no laziness and no heap.

use super::memory::MemoryLedger;
use std::collections::BTreeMap;
use tracehound_analysis::trace::{Cut, Ledger, Rest, SeedWhat, Tick, TraceRequest};
use tracehound_model::{Category, Direction, Policy};
use tracehound_store::{AddressId, AssetId};

/// One coin: clean, or of a seed so many hops ago.
type Coin = Option<(u32, u32)>;
type Key = (AddressId, AssetId);

/// What the naive model says of one transfer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NaiveTransfer {
    pub row: u64,
    pub tainted: u64,
    pub seeded: u64,
    pub unexplained: u64,
    pub by_seed: BTreeMap<u32, u64>,
}

#[derive(Clone, Debug, Default)]
pub struct NaiveTrace {
    pub transfers: Vec<NaiveTransfer>,
    /// (address, asset, rest) to (amount, by seed).
    pub bookings: BTreeMap<(AddressId, AssetId, Rest), BTreeMap<u32, u64>>,
}

struct Model<'a> {
    request: &'a TraceRequest,
    policy: Policy,
    accounts: BTreeMap<Key, Vec<Coin>>,
    poisoned: BTreeMap<Key, u32>,
    /// Stops that will hand on, in the transaction under way, what came in.
    passing: BTreeMap<Key, Rest>,
    trace: NaiveTrace,
}

pub fn trace(ledger: &MemoryLedger, request: &TraceRequest, policy: Policy) -> NaiveTrace {
    let mut model = Model {
        request,
        policy,
        accounts: BTreeMap::new(),
        poisoned: BTreeMap::new(),
        passing: BTreeMap::new(),
        trace: NaiveTrace::default(),
    };
    for ((address, asset), balance) in openings(ledger, request) {
        model.accounts.insert((address, asset), vec![None; balance as usize]);
    }
    for tick in 0..ledger.length() {
        model.step(ledger, tick);
    }
    model.rest();
    model.trace
}

/// Balances before the first tick: what the request states, or, backward, what
/// a forward run leaves.
fn openings(ledger: &MemoryLedger, request: &TraceRequest) -> BTreeMap<Key, u64> {
    let mut balances: BTreeMap<Key, u64> =
        request.opening.iter().map(|(key, amount)| (*key, amount.to_u64().unwrap())).collect();
    if ledger.direction == Direction::Backward {
        for entry in &ledger.entries {
            let amount = entry.amount.to_u64().unwrap();
            let payer = balances.entry((entry.debtor, entry.asset)).or_default();
            *payer = payer.saturating_sub(amount);
            *balances.entry((entry.creditor, entry.asset)).or_default() += amount;
        }
    }
    balances
}

impl Model<'_> {
    fn seed_of(&self, ledger: &MemoryLedger, tick: u64) -> Option<u32> {
        let entry = ledger.at(tick);
        let mut rows = None;
        let mut outflow: Option<(u64, u32)> = None;
        for (number, seed) in (0_u32..).zip(&self.request.seeds) {
            match &seed.what {
                SeedWhat::Rows(list) => {
                    if rows.is_none() && list.iter().any(|row| ledger.tick(*row) == Tick(tick)) {
                        rows = Some(number);
                    }
                }
                SeedWhat::Parts(_) => {}
                SeedWhat::Outflow { address, start, assets } => {
                    let start = ledger.tick(*start).0;
                    let wanted = assets.as_ref().map_or_else(
                        || self.request.followed.contains(&entry.asset),
                        |assets| assets.contains(&entry.asset),
                    );
                    let earlier = outflow.is_none_or(|(at, _)| start < at);
                    if *address == entry.debtor && wanted && earlier {
                        outflow = Some((start, number));
                    }
                }
            }
        }
        rows.or(outflow.filter(|(start, _)| *start <= tick).map(|(_, number)| number))
    }

    fn is_seed_holder(&self, ledger: &MemoryLedger, key: Key) -> bool {
        self.request.seeds.iter().any(|seed| match &seed.what {
            SeedWhat::Outflow { address, start, assets } => {
                *address == key.0
                    && assets.as_ref().map_or_else(
                        || self.request.followed.contains(&key.1),
                        |assets| assets.contains(&key.1),
                    )
                    && (ledger.tick(*start).0..ledger.length())
                        .any(|tick| (ledger.at(tick).debtor, ledger.at(tick).asset) == key)
            }
            SeedWhat::Rows(_) | SeedWhat::Parts(_) => false,
        })
    }

    /// Coins that came over in an entry; under poison all of it did, or nothing.
    fn came_over(&self, ledger: &MemoryLedger, tick: u64, amount: u64) -> Vec<Coin> {
        let mut coins = Vec::new();
        for (number, seed) in (0_u32..).zip(&self.request.seeds) {
            let SeedWhat::Parts(parts) = &seed.what else { continue };
            for (_, part) in parts.iter().filter(|(row, _)| ledger.tick(*row) == Tick(tick)) {
                let part = part.to_u64().unwrap() as usize;
                coins.extend(std::iter::repeat_n(Some((number, 1)), part));
            }
        }
        match coins.first().copied() {
            Some(first) if self.policy == Policy::Poison => vec![first; amount as usize],
            _ => coins,
        }
    }

    fn step(&mut self, ledger: &MemoryLedger, tick: u64) {
        let entry = ledger.at(tick);
        let amount = entry.amount.to_u64().unwrap();
        if amount == 0 {
            return;
        }
        let seed = self.seed_of(ledger, tick);
        let payer = (entry.debtor, entry.asset);
        let passes = self.passing.contains_key(&payer);
        let source = if passes { inside(payer) } else { payer };
        let held = self.accounts.get(&source).map_or(0, Vec::len) as u64;
        let over = self.came_over(ledger, tick, amount);
        let own = amount - over.len() as u64;
        self.drop_clean(source, over.len());
        let (mut coins, already) = self.draw(source, own, seed.is_some());
        if passes && !pays_again(ledger, tick, payer) {
            self.end_passing(payer);
        }
        for coin in &mut coins {
            *coin = match (*coin, seed) {
                (Some((of, _)), Some(_)) if self.policy == Policy::Poison => Some((of, 1)),
                (Some((of, hops)), _) => Some((of, hops + 1)),
                (None, Some(seed)) => Some((seed, 1)),
                (None, None) => None,
            };
        }
        let is_over = !over.is_empty();
        coins.splice(0..0, over);
        let tainted = coins.iter().flatten().count() as u64;
        if tainted > 0 {
            let mut by_seed = BTreeMap::new();
            for (seed, _) in coins.iter().flatten() {
                *by_seed.entry(*seed).or_default() += 1;
            }
            self.trace.transfers.push(NaiveTransfer {
                row: ledger.flip(tick),
                tainted,
                seeded: tainted - already,
                unexplained: if seed.is_some() || passes || is_over {
                    0
                } else {
                    amount.saturating_sub(held)
                },
                by_seed: if self.policy.conserves() { by_seed } else { BTreeMap::new() },
            });
        }
        self.arrive(ledger, tick, (entry.creditor, entry.asset), coins);
    }

    /// Lets the oldest clean coins go; under poison any, since only their number counts.
    fn drop_clean(&mut self, key: Key, mut amount: usize) {
        let poison = self.policy == Policy::Poison;
        self.accounts.entry(key).or_default().retain(|coin| {
            let goes = amount > 0 && (poison || coin.is_none());
            amount -= usize::from(goes);
            !goes
        });
    }

    /// Takes coins in the order in which they leave; says how many were tainted.
    fn draw(&mut self, key: Key, amount: u64, is_seed: bool) -> (Vec<Coin>, u64) {
        let account = self.accounts.entry(key).or_default();
        let wanted = (amount as usize).min(account.len());
        if self.policy == Policy::Poison {
            account.truncate(account.len() - wanted);
            let coin = self.poisoned.get(&key).map(|hops| (0, *hops));
            let already = if coin.is_some() { amount } else { 0 };
            return (vec![coin; amount as usize], already);
        }
        let places: Vec<usize> = if is_seed {
            let lifo = self.policy == Policy::Lifo;
            tainted_first(account, wanted, lifo)
        } else {
            match self.policy {
                Policy::Fifo => (0..wanted).collect(),
                Policy::Lifo => (0..account.len()).rev().take(wanted).collect(),
                Policy::DirtyFirst => tainted_first(account, wanted, false),
                Policy::CleanFirst => clean_first(account, wanted),
                _ => Vec::new(),
            }
        };
        let shares = matches!(self.policy, Policy::Haircut | Policy::Libr);
        let places = if shares { self.shares(key, wanted, is_seed) } else { places };
        let account = self.accounts.entry(key).or_default();
        let mut coins: Vec<Coin> = places.iter().map(|place| account[*place]).collect();
        let mut keep = vec![true; account.len()];
        places.iter().for_each(|place| keep[*place] = false);
        let mut index = 0;
        account.retain(|_| {
            index += 1;
            keep[index - 1]
        });
        let already = coins.iter().flatten().count() as u64;
        coins.resize(amount as usize, None);
        (coins, already)
    }

    /// Places of the coins a haircut or libr debit takes.
    fn shares(&self, key: Key, wanted: usize, is_seed: bool) -> Vec<usize> {
        let account = &self.accounts[&key];
        let mut held: BTreeMap<u32, usize> = BTreeMap::new();
        account.iter().flatten().for_each(|(seed, _)| *held.entry(*seed).or_default() += 1);
        let claim: usize = held.values().sum();
        let clean = account.len() - claim;
        let (mut left, mut whole) = if is_seed {
            (wanted.min(claim), claim)
        } else if self.policy == Policy::Libr {
            (wanted.saturating_sub(clean), claim)
        } else {
            (wanted, account.len())
        };
        let mut places = Vec::new();
        for (seed, amount) in held {
            let share = (amount * left).checked_div(whole).unwrap_or(0);
            whole -= amount;
            left -= share;
            let of_seed = (0..account.len()).filter(|p| account[*p].is_some_and(|c| c.0 == seed));
            places.extend(of_seed.take(share));
        }
        let more = wanted - places.len();
        places.extend((0..account.len()).filter(|p| account[*p].is_none()).take(more));
        places
    }

    fn arrive(&mut self, ledger: &MemoryLedger, tick: u64, key: Key, mut coins: Vec<Coin>) {
        let stops = &self.request.stops;
        if stops.deposits.contains(&tracehound_store::RowId(ledger.flip(tick))) {
            for coin in coins.iter_mut() {
                if let Some((seed, _)) = coin.take() {
                    self.book(key, Rest::Service(Category::Bridge), seed);
                }
            }
            return self.keep(key, coins);
        }
        let tainted = coins.iter().flatten().count() as u64;
        let exempt = self.is_seed_holder(ledger, key);
        let old = stops.age.is_some_and(|age| ledger.tick(age).0 <= tick);
        let dust = stops.dust.get(&key.1).is_some_and(|least| tainted < least.to_u64().unwrap());
        let degree = ledger.degree(key.0).unwrap();
        let whole = if tainted == 0 || exempt {
            None
        } else if let Some(category) = stops.services.get(&key.0) {
            Some(Rest::Service(*category))
        } else if old {
            Some(Rest::Cut(Cut::Age))
        } else if dust {
            Some(Rest::Cut(Cut::Dust))
        } else if stops.hub_degree > 0 && degree > stops.hub_degree {
            Some(Rest::Cut(Cut::Hub))
        } else {
            None
        };
        if let Some(rest @ (Rest::Service(_) | Rest::Cut(Cut::Hub))) = whole
            && pays_again(ledger, tick, key)
        {
            self.passing.entry(key).or_insert(rest);
            return self.keep(inside(key), coins);
        }
        for coin in &mut coins {
            let Some((seed, hops)) = *coin else { continue };
            let far = !exempt && stops.max_hops.is_some_and(|most| hops > most);
            let rest = whole.or(far.then_some(Rest::Cut(Cut::Hops)));
            if let Some(rest) = rest {
                self.book(key, rest, seed);
                *coin = None;
            }
        }
        self.keep(key, coins);
    }

    /// Puts coins in; under poison the account is tainted from here on.
    fn keep(&mut self, key: Key, coins: Vec<Coin>) {
        if self.policy == Policy::Poison
            && let Some(hops) = coins.iter().flatten().map(|c| c.1).min()
        {
            let fewest = self.poisoned.entry(key).or_insert(hops);
            *fewest = (*fewest).min(hops);
        }
        self.put(key, coins);
    }

    fn put(&mut self, key: Key, mut coins: Vec<Coin>) {
        let account = self.accounts.entry(key).or_default();
        if matches!(self.policy, Policy::Haircut | Policy::Libr) {
            // These policies know sums only: a seed's hops at a holder are its fewest.
            account.append(&mut coins);
            let mut fewest: BTreeMap<u32, u32> = BTreeMap::new();
            for (seed, hops) in account.iter().flatten() {
                let least = fewest.entry(*seed).or_insert(*hops);
                *least = (*least).min(*hops);
            }
            account.iter_mut().flatten().for_each(|(seed, hops)| *hops = fewest[seed]);
        } else {
            account.append(&mut coins);
        }
    }

    /// What a stop did not hand on rests there.
    fn end_passing(&mut self, key: Key) {
        let Some(rest) = self.passing.remove(&key) else { return };
        let coins = self.accounts.remove(&inside(key)).unwrap_or_default();
        if self.poisoned.remove(&inside(key)).is_some() {
            coins.iter().for_each(|_| self.book(key, rest, 0));
        } else {
            coins.iter().flatten().for_each(|(seed, _)| self.book(key, rest, *seed));
        }
    }

    fn book(&mut self, (address, asset): Key, rest: Rest, seed: u32) {
        let by_seed = self.trace.bookings.entry((address, asset, rest)).or_default();
        *by_seed.entry(seed).or_default() += 1;
    }

    fn rest(&mut self) {
        let accounts = std::mem::take(&mut self.accounts);
        for (key, coins) in accounts {
            if self.policy == Policy::Poison {
                if self.poisoned.contains_key(&key) {
                    coins.iter().for_each(|_| self.book(key, Rest::Held, 0));
                }
                continue;
            }
            coins.iter().flatten().for_each(|(seed, _)| self.book(key, Rest::Held, *seed));
        }
    }
}

/// The account that stands for what came into a stop in one transaction.
fn inside((address, asset): Key) -> Key {
    (AddressId(address.0 + 1000), asset)
}

/// Whether an address pays again in the transaction of a tick.
fn pays_again(ledger: &MemoryLedger, tick: u64, key: Key) -> bool {
    (tick + 1..ledger.length())
        .take_while(|next| ledger.same_transaction(Tick(tick), Tick(*next)).unwrap())
        .map(|next| ledger.at(next))
        .any(|entry| (entry.debtor, entry.asset) == key && !entry.amount.is_zero())
}

fn tainted_first(account: &[Coin], wanted: usize, lifo: bool) -> Vec<usize> {
    let tainted = (0..account.len()).filter(|p| account[*p].is_some());
    let mut clean: Vec<usize> = (0..account.len()).filter(|p| account[*p].is_none()).collect();
    if lifo {
        clean.reverse();
    }
    tainted.chain(clean).take(wanted).collect()
}

fn clean_first(account: &[Coin], wanted: usize) -> Vec<usize> {
    let clean = (0..account.len()).filter(|p| account[*p].is_none());
    let tainted = (0..account.len()).filter(|p| account[*p].is_some());
    clean.chain(tainted).take(wanted).collect()
}

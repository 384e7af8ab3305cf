//! Small random worlds: tiny chains in which everything that can collide does.
//!
//! A world is read from a string of bytes, so that a property-testing tool
//! can shrink it: a shorter string is a smaller world, zeros are its plainest
//! transfers. Worlds have few addresses and assets, chains of transfers
//! within a block and within a transaction, self transfers, equal transfers,
//! zero amounts and amounts up to 256 bits.

use crate::identity::{self, Realm};
use crate::random::Random;
use crate::schedule::Schedule;
use std::collections::HashMap;
use tracehound_model::transfer::TOKEN_ORDINAL_BASE;
use tracehound_model::{Address, Amount, Asset, Transfer, TransferKind};

/// What a world may contain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorldShape {
    /// How many addresses, 1 to 256.
    pub addresses: u16,
    /// How many assets, 1 to 256; the first is the coin.
    pub assets: u16,
    /// Whether amounts may exceed 64 bits, up to the largest there is.
    pub huge: bool,
    /// Whether no debit may exceed the balance; money enters from the zero address.
    pub funded: bool,
    /// Whether transfers say where in the block they stand.
    pub places: bool,
}

impl Default for WorldShape {
    fn default() -> Self {
        Self { addresses: 7, assets: 3, huge: true, funded: false, places: true }
    }
}

/// Bytes of entropy that one transfer takes.
pub const BYTES_A_TRANSFER: usize = 6;

/// The world of `entropy` in the default shape, in chain order.
#[must_use]
pub fn world(entropy: &[u8]) -> Vec<Transfer> {
    world_with(&WorldShape::default(), entropy)
}

/// The world of `entropy`, in chain order.
#[must_use]
pub fn world_with(shape: &WorldShape, entropy: &[u8]) -> Vec<Transfer> {
    let mut state = State::new(*shape);
    let whole = entropy.chunks_exact(BYTES_A_TRANSFER);
    whole.map(|bytes| state.transfer(bytes)).collect()
}

/// Entropy for a world of `transfers` where no tool provides it.
#[must_use]
pub fn entropy(seed: u64, transfers: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..transfers * BYTES_A_TRANSFER).map(|_| random.bits() as u8).collect()
}

/// Address number `number` of every world.
#[must_use]
pub fn world_address(number: u16) -> Address {
    identity::address(identity::salt(Realm::World, 0), u64::from(number))
}

/// Asset number `number` of every world; 0 is the coin.
#[must_use]
pub fn world_asset(number: u16) -> Asset {
    if number == 0 {
        return Asset::Native;
    }
    Asset::Token(identity::address(identity::salt(Realm::Token, 0), u64::from(number)))
}

struct State {
    shape: WorldShape,
    block: u64,
    transaction: u64,
    position: u32,
    place_in_transaction: u32,
    tokens_only: bool,
    last_amount: Amount,
    balances: HashMap<(Address, Asset), Amount>,
}

impl State {
    fn new(shape: WorldShape) -> Self {
        Self {
            shape,
            block: 0,
            transaction: 0,
            position: 0,
            place_in_transaction: 0,
            tokens_only: false,
            last_amount: Amount::from_u64(1),
            balances: HashMap::new(),
        }
    }

    fn transfer(&mut self, bytes: &[u8]) -> Transfer {
        self.advance(bytes[0]);
        let from = world_address(u16::from(bytes[1]) % self.shape.addresses.max(1));
        let to = world_address(u16::from(bytes[2]) % self.shape.addresses.max(1));
        let asset = world_asset(u16::from(bytes[3]) % self.shape.assets.max(1));
        // A call cannot follow a token event in the order of ordinals.
        if self.tokens_only && asset == Asset::Native {
            self.next_transaction();
        }
        let (kind, ordinal) = self.place(asset);
        let wanted = self.amount(bytes[4], bytes[5]);
        let (from, amount) = self.fund(from, to, asset, wanted, bytes[4]);
        let schedule = Schedule::default();
        Transfer {
            height: schedule.height(self.block),
            timestamp: schedule.timestamp(self.block),
            position: self.shape.places.then_some(self.position),
            transaction: identity::transaction(
                identity::salt(Realm::WorldTransaction, 0),
                self.transaction,
            ),
            ordinal: self.shape.places.then_some(ordinal),
            kind,
            from,
            to,
            asset,
            amount,
        }
    }

    /// Same transaction, next transaction of the block, or a later block.
    fn advance(&mut self, choice: u8) {
        match choice % 8 {
            0..=2 => self.next_transaction(),
            3 | 4 => {}
            blocks => {
                self.block += u64::from(blocks) - 4;
                self.next_transaction();
                self.position = 0;
            }
        }
    }

    fn next_transaction(&mut self) {
        self.transaction += 1;
        self.position += 1;
        self.place_in_transaction = 0;
        self.tokens_only = false;
    }

    fn place(&mut self, asset: Asset) -> (TransferKind, u32) {
        let place = self.place_in_transaction;
        self.place_in_transaction += 1;
        if asset == Asset::Native {
            let kind = if place == 0 { TransferKind::Native } else { TransferKind::Internal };
            return (kind, place);
        }
        self.tokens_only = true;
        (TransferKind::Token, TOKEN_ORDINAL_BASE + place)
    }

    fn amount(&mut self, class: u8, digits: u8) -> Amount {
        let small = Amount::from_u64(u64::from(digits));
        let amount = match (class % 16, self.shape.huge) {
            (10, _) => Amount::ZERO,
            // Equal amounts: the transfers of a split, or a duplicate.
            (11 | 12, _) => self.last_amount,
            (13, _) => Amount::from_u64(u64::MAX - u64::from(digits)),
            (14, true) => Amount::from_u128(u128::MAX - u128::from(digits)),
            (15, true) => Amount::MAX.saturating_subtract(small),
            _ => small,
        };
        self.last_amount = amount;
        amount
    }

    fn fund(
        &mut self,
        from: Address,
        to: Address,
        asset: Asset,
        wanted: Amount,
        choice: u8,
    ) -> (Address, Amount) {
        if !self.shape.funded {
            return (from, wanted);
        }
        let balance = self.balances.get(&(from, asset)).copied().unwrap_or_default();
        let mint = balance.is_zero() || choice >= 240;
        let sender = if mint { Address::evm([0; 20]) } else { from };
        let amount = if mint { wanted } else { wanted.min(balance) };
        let credited = self.balances.entry((to, asset)).or_default();
        // A balance that leaves 256 bits cannot be on a chain.
        let Ok(sum) = credited.add(amount) else { return (sender, Amount::ZERO) };
        *credited = sum;
        if !mint {
            let debited = self.balances.entry((from, asset)).or_default();
            *debited = debited.saturating_subtract(amount);
        }
        (sender, amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worlds_contain_every_collision() {
        let world = world(&entropy(1, 2_000));
        let place = |t: &Transfer| (t.height, t.position, t.ordinal);
        assert!(world.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
        let pairs = || world.windows(2).map(|pair| (pair[0], pair[1]));
        assert!(world.iter().any(|t| t.from == t.to));
        assert!(world.iter().any(|t| t.amount.is_zero()));
        assert!(world.iter().any(|t| t.amount.to_u128().is_none()));
        assert!(pairs().any(|(a, b)| a.transaction == b.transaction && a.to == b.from));
        assert!(pairs().any(|(a, b)| {
            a.transaction != b.transaction && a.height == b.height && a.to == b.from
        }));
        let content = |t: Transfer| (t.transaction, t.from, t.to, t.asset, t.amount);
        assert!(pairs().any(|(a, b)| content(a) == content(b)), "no two equal transfers");
        assert!(world.iter().any(|t| t.asset == world_asset(2)));
    }

    #[test]
    fn a_shorter_string_is_the_beginning_of_the_same_world() {
        let bytes = entropy(2, 100);
        let (long, short) = (world(&bytes), world(&bytes[..bytes.len() / 2]));
        assert_eq!(long[..50], short[..]);
        assert!(world(&[]).is_empty() && world(&[1, 2, 3]).is_empty());
    }

    #[test]
    fn funded_worlds_overdraw_nobody() {
        for huge in [false, true] {
            let shape = WorldShape { funded: true, huge, ..WorldShape::default() };
            let mut balances: HashMap<(Address, Asset), Amount> = HashMap::new();
            for transfer in world_with(&shape, &entropy(3, 2_000)) {
                if !transfer.from.is_zero() {
                    let balance = balances.entry((transfer.from, transfer.asset)).or_default();
                    *balance = balance.subtract(transfer.amount).unwrap();
                }
                let balance = balances.entry((transfer.to, transfer.asset)).or_default();
                *balance = balance.add(transfer.amount).unwrap();
            }
        }
    }
}

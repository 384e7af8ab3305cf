//! Carelessness of the background: what ties some people's two sides together,
//! and coincidences that tie strangers. Drawn from a stream of its own, so that
//! it changes nothing of who pays when.

use super::{BEGIN, BLOCK, MixerPayment, Traffic};
use crate::identity;
use crate::random::Random;
use tracehound_model::{Address, TransactionHash};

/// Points per block that a note of each pool earns.
const RATES: [u64; 4] = [4, 20, 50, 400];
/// Wei in a gwei.
const GWEI: u64 = 1_000_000_000;
/// Services that pay for the gas of many.
const SERVICES: u64 = 5;

pub(super) struct Clues {
    random: Random,
    salt: u64,
    /// Addresses of people before, to be paid by strangers.
    known: Vec<Address>,
}

/// The habits of one person.
pub(super) struct PersonClues<'a> {
    clues: &'a mut Clues,
    owner: u64,
    /// One in seven takes out, where it is to one address, to the one that paid in.
    pub(super) reuses_address: bool,
    /// One in ten has set a price of his own.
    own_price: Option<u64>,
    /// One in seven pays his receivers directly as well.
    is_direct: bool,
    /// Who pays for his gas: one in four has an address of his own for it, half use a service.
    funder: Option<Address>,
    is_miner: bool,
}

impl Clues {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x6d69_7865_7200);
        let salt = random.bits();
        Self { random, salt, known: Vec::new() }
    }

    pub(super) fn of_person(&mut self, owner: u64) -> PersonClues<'_> {
        let random = &mut self.random;
        let reuses_address = random.chance(1, 7);
        let own_price = random.chance(1, 10).then(|| GWEI + random.below(200 * GWEI));
        let is_direct = random.chance(1, 7);
        let is_miner = random.chance(1, 20);
        let funder = match random.below(4) {
            0 => Some(identity::address(self.salt, SERVICES + owner)),
            1 | 2 => Some(identity::address(self.salt, random.below(SERVICES))),
            _ => None,
        };
        PersonClues { clues: self, owner, reuses_address, own_price, is_direct, funder, is_miner }
    }
}

impl PersonClues<'_> {
    pub(super) fn payment(
        &mut self,
        pool: usize,
        time: i64,
        transaction: TransactionHash,
        party: Address,
    ) -> MixerPayment {
        let random = &mut self.clues.random;
        // Most pay a round price; some wallets add odd digits that nobody repeats.
        let round = (1 + random.below(200)) * GWEI;
        let usual = if random.chance(1, 5) { round + random.below(GWEI) } else { round };
        let gas_price = self.own_price.unwrap_or(usual);
        let owner = self.owner;
        MixerPayment { pool, time, transaction, party, owner, gas_price, is_planted: false }
    }

    /// A miner claims the points of some notes, days later.
    pub(super) fn claim(
        &mut self,
        pool: usize,
        paid_at: i64,
        payment: &MixerPayment,
        out: &mut Traffic,
    ) {
        if self.is_miner && self.clues.random.chance(1, 2) {
            let begun = BEGIN.0 + u64::try_from((paid_at - BEGIN.1) / BLOCK).unwrap_or(0);
            let held = payment.block().saturating_sub(begun);
            let later = self.clues.random.below(50_000);
            out.claims.push((held * RATES[pool], payment.block() + later));
        }
    }

    /// Payments outside the mixer, and who paid for gas.
    pub(super) fn acquaint(&mut self, depositor: Address, receiver: Address, out: &mut Traffic) {
        if let Some(funder) = self.funder {
            out.funders.extend([(depositor, funder), (receiver, funder)]);
        }
        let random = &mut self.clues.random;
        if self.is_direct {
            let count = 1 + random.below(6);
            out.acquaintances.extend((0..count).map(|_| (depositor, receiver)));
        }
        let known = &mut self.clues.known;
        if !known.is_empty() && random.chance(1, 10) {
            // A stranger is paid, once in a while often enough to look acquainted.
            let count = 1 + random.below(4);
            let at = usize::try_from(random.below(known.len() as u64)).unwrap_or(0);
            let stranger = known[at];
            out.acquaintances.extend((0..count).map(|_| (depositor, stranger)));
        }
        known.push(receiver);
    }
}

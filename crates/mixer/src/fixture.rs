//! Small events for tests: blocks are minutes, addresses and transactions numbers.

use crate::{Deposit, EventTime, MixerEvents, Pool, PoolEvents, Withdrawal};
use tracehound_model::{Address, Amount, Height, Timestamp, TransactionHash};

pub(crate) fn address(number: u8) -> Address {
    Address::evm([number; 20])
}

pub(crate) fn transaction(number: u64) -> TransactionHash {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    TransactionHash(bytes)
}

fn time(height: u64) -> Option<EventTime> {
    let at = Timestamp(1_600_000_000 + 60 * i64::try_from(height).unwrap());
    Some(EventTime { at, is_estimated: false })
}

/// A deposit of block `height`, its transaction numbered by block.
pub(crate) fn paid_in(height: u64, depositor: Option<u8>) -> Deposit {
    Deposit {
        height: Height(height),
        log_index: None,
        time: time(height),
        transaction: transaction(height),
        leaf_index: height,
        commitment: transaction(height).0,
        depositor: depositor.map(address),
    }
}

/// A withdrawal of block `height`, its transaction numbered from a million.
pub(crate) fn paid_out(height: u64, receiver: u8) -> Withdrawal {
    Withdrawal {
        height: Height(height),
        log_index: None,
        time: time(height),
        transaction: transaction(1_000_000 + height),
        receiver: address(receiver),
        fee: Amount::ZERO,
        nullifier: transaction(height).0,
    }
}

pub(crate) fn pool(name: &str, deposits: Vec<Deposit>, withdrawals: Vec<Withdrawal>) -> PoolEvents {
    let pool: Pool = name.parse().unwrap();
    PoolEvents { pool, deposits, withdrawals }
}

pub(crate) fn one_pool(deposits: Vec<Deposit>, withdrawals: Vec<Withdrawal>) -> MixerEvents {
    MixerEvents::new(vec![pool("1 ETH", deposits, withdrawals)])
}

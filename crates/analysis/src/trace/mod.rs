//! Following stolen money transfer by transfer, in chain order.

mod outcome;

pub use outcome::{
    Booking, CleanInflow, Closing, Cut, Gap, NotFollowed, PolicyTrace, Rest, SeedId, SeedRecord,
    TaintedTransfer, TraceOutcome, Unreached,
};

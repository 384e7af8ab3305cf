//! Where money that arrived at an output is not followed further.

use super::OutputTraceRequest;
use crate::trace::{Cut, Rest};
use tracehound_model::Direction;
use tracehound_store::utxo::{OutputLedger, TransactionId};
use tracehound_store::{AddressId, StoreError};

/// Tainted money that arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived {
    pub(super) transaction: TransactionId,
    /// Whom it pays; `None` if nobody can spend it.
    pub(super) address: Option<AddressId>,
    pub(super) tainted: u64,
    pub(super) hops: u32,
}

impl Arrived {
    /// The rule that stops it, the first that applies: burnt, service, age,
    /// dust, hub, hops; `None` if it goes on.
    pub(super) fn rest<L: OutputLedger + ?Sized>(
        &self,
        ledger: &L,
        request: &OutputTraceRequest<'_>,
    ) -> Result<Option<Rest>, StoreError> {
        let stops = &request.stops;
        let Some(address) = self.address else { return Ok(Some(Rest::Burnt)) };
        if stops.burn.contains(&address) {
            return Ok(Some(Rest::Burnt));
        }
        if let Some(category) = stops.services.get(&address) {
            return Ok(Some(Rest::Service(*category)));
        }
        let too_old = request.too_old.is_some_and(|limit| match request.direction {
            Direction::Forward => self.transaction >= limit,
            Direction::Backward => self.transaction <= limit,
        });
        if too_old {
            return Ok(Some(Rest::Cut(Cut::Age)));
        }
        if self.tainted < request.dust_satoshi {
            return Ok(Some(Rest::Cut(Cut::Dust)));
        }
        if stops.hub_degree > 0 && self.hops > 0 {
            let outputs = ledger.outputs_to(address)?.len();
            let spends = ledger.spends_from(address)?.len();
            // A count of entries fits 64 bits.
            if (outputs + spends) as u64 > stops.hub_degree {
                return Ok(Some(Rest::Cut(Cut::Hub)));
            }
        }
        let far = stops.max_hops.is_some_and(|most| self.hops >= most);
        Ok(far.then_some(Rest::Cut(Cut::Hops)))
    }
}

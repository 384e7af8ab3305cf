//! What a store knows of one address, transaction or output, and what stands
//! behind an address: the same records for the terminal, JSON and the server.

mod account;
mod exposure;
mod net_effect;
mod output_address;
mod output_exposure;
mod outputs;
mod transfer;

pub use account::{AccountQuery, AccountRecord, AssetSums};
pub use exposure::{AssetFigures, ExposureRecord, FigureRecord, SideRecord};
pub use net_effect::{NetEffectRecord, NetLine, NetMarket};
pub use output_address::{OutputAddressLine, OutputAddressQuery, OutputAddressRecord};
pub use output_exposure::{OutputExposureRecord, OutputFigureRecord, OutputSideRecord};
pub use outputs::{BlockLine, InputLine, OutputLine, TransactionRecord, output_of, output_text};
pub use transfer::TransferRecord;

use tracehound_model::{Amount, Chain, Satoshi};

/// An amount in whole coins.
#[must_use]
pub fn coins(chain: &Chain, value: Satoshi) -> String {
    let (_, decimals) = chain.native_coin();
    Amount::from(value).to_decimal(decimals)
}

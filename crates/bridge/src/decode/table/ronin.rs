//! Ronin: tokens locked on Ethereum and minted on Ronin, in two versions of its gateways.

use super::{Fields, KeyRule, NONE, Shape, Side, eip155, row};

/// What the gateway of Ethereum writes of a deposit, and that of Ronin of a withdrawal.
const RONIN_ASKED: Fields = Fields {
    token: Some("_tokenAddress"),
    amount: Some("_tokenNumber"),
    receiver: Some("_owner"),
    ..NONE
};
const TO_RONIN: Fields = Fields {
    other_chain: eip155("receipt.ronin.chainId"),
    token: Some("receipt.mainchain.tokenAddr"),
    other_token: Some("receipt.ronin.tokenAddr"),
    amount: Some("receipt.info.quantity"),
    sender: Some("receipt.mainchain.addr"),
    receiver: Some("receipt.ronin.addr"),
    ..NONE
};
const FROM_RONIN: Fields = Fields {
    other_chain: eip155("receipt.mainchain.chainId"),
    token: Some("receipt.ronin.tokenAddr"),
    other_token: Some("receipt.mainchain.tokenAddr"),
    amount: Some("receipt.info.quantity"),
    sender: Some("receipt.ronin.addr"),
    receiver: Some("receipt.mainchain.addr"),
    ..NONE
};
/// The same receipt where it is paid out.
const AT_RONIN: Fields = Fields {
    other_chain: eip155("receipt.mainchain.chainId"),
    token: Some("receipt.ronin.tokenAddr"),
    other_token: Some("receipt.mainchain.tokenAddr"),
    ..TO_RONIN
};
const AT_MAINCHAIN: Fields = Fields {
    other_chain: eip155("receipt.ronin.chainId"),
    token: Some("receipt.mainchain.tokenAddr"),
    other_token: Some("receipt.ronin.tokenAddr"),
    ..FROM_RONIN
};

macro_rules! ronin_receipt {
    ($name:literal) => {
        concat!(
            "event ",
            $name,
            "(bytes32 receiptHash, (uint256 id, uint8 kind, (address addr, address tokenAddr, uint256 chainId) mainchain, (address addr, address tokenAddr, uint256 chainId) ronin, (uint8 erc, uint256 id, uint256 quantity) info) receipt)"
        )
    };
}

use KeyRule::Prefixed;
use Side::{Destination, Source};

pub(super) const SHAPES: &[Shape] = &[
    row(
        "ronin",
        Source,
        "event TokenDeposited(uint256 indexed _depositId, address indexed _owner, address indexed _tokenAddress, address _sidechainAddress, uint32 _standard, uint256 _tokenNumber)",
        Prefixed("deposit", &["_depositId"]),
        Fields { other_token: Some("_sidechainAddress"), ..RONIN_ASKED },
    ),
    row(
        "ronin",
        Destination,
        "event TokenWithdrew(uint256 indexed _withdrawId, address indexed _owner, address indexed _tokenAddress, uint256 _tokenNumber)",
        Prefixed("withdrawal", &["_withdrawId"]),
        RONIN_ASKED,
    ),
    row(
        "ronin",
        Source,
        ronin_receipt!("DepositRequested"),
        Prefixed("deposit", &["receipt.id"]),
        TO_RONIN,
    ),
    row(
        "ronin",
        Destination,
        ronin_receipt!("Deposited"),
        Prefixed("deposit", &["receipt.id"]),
        AT_RONIN,
    ),
    row(
        "ronin",
        Source,
        ronin_receipt!("WithdrawalRequested"),
        Prefixed("withdrawal", &["receipt.id"]),
        FROM_RONIN,
    ),
    row(
        "ronin",
        Destination,
        ronin_receipt!("Withdrew"),
        Prefixed("withdrawal", &["receipt.id"]),
        AT_MAINCHAIN,
    ),
];

//! Bridges that carry messages: THORChain, LayerZero, Wormhole, CCTP, Nomad.

use super::{Fields, KeyRule, NONE, Numbering, Shape, Side, row};

use KeyRule::{
    Arguments, CctpMessage, MemoAnswered, MemoAsks, NomadDispatch, NomadReceive, ThisChain,
    WormholeMessage,
};
use Side::{Destination, Source};

/// The token of an OFT event is the contract itself, or what an adapter or a
/// pool of Stargate wraps: which, the log does not say, so it is unresolved.
const OFT: Fields = NONE;
const THOR_OUT: Fields =
    Fields { token: Some("asset"), amount: Some("amount"), receiver: Some("to"), ..NONE };
const CCTP_BURN: Fields = Fields {
    other_chain: Some(("destinationDomain", Numbering::Cctp)),
    token: Some("burnToken"),
    amount: Some("amount"),
    sender: Some("depositor"),
    receiver: Some("mintRecipient"),
    ..NONE
};
const NOMAD_OUT: Fields = Fields {
    other_chain: Some(("toDomain", Numbering::Nomad)),
    token: Some("token"),
    amount: Some("amount"),
    sender: Some("from"),
    receiver: Some("toId"),
    ..NONE
};

pub(super) const SHAPES: &[Shape] = &[
    row(
        "thorchain",
        Source,
        "event Deposit(address indexed to, address indexed asset, uint256 amount, string memo)",
        MemoAsks("memo"),
        Fields { token: Some("asset"), amount: Some("amount"), ..NONE },
    ),
    row(
        "thorchain",
        Destination,
        "event TransferOut(address indexed vault, address indexed to, address asset, uint256 amount, string memo)",
        MemoAnswered("memo"),
        THOR_OUT,
    ),
    row(
        "thorchain",
        Destination,
        "event TransferOutAndCall(address indexed vault, address target, uint256 amount, address finalAsset, address to, uint256 amountOutMin, string memo)",
        MemoAnswered("memo"),
        Fields { amount: Some("amount"), receiver: Some("to"), ..NONE },
    ),
    row(
        "thorchain",
        Destination,
        "event TransferOutAndCallV5(address indexed vault, address target, uint256 amount, address finalAsset, address indexed to, uint256 amountOutMin, string memo, bytes payload, string originAddress)",
        MemoAnswered("memo"),
        Fields { amount: Some("amount"), receiver: Some("to"), ..NONE },
    ),
    row(
        "layerzero",
        Source,
        "event OFTSent(bytes32 indexed guid, uint32 dstEid, address indexed fromAddress, uint256 amountSentLD, uint256 amountReceivedLD)",
        Arguments(&["guid"]),
        Fields {
            other_chain: Some(("dstEid", Numbering::LayerZero)),
            amount: Some("amountSentLD"),
            other_amount: Some("amountReceivedLD"),
            sender: Some("fromAddress"),
            ..OFT
        },
    ),
    row(
        "layerzero",
        Destination,
        "event OFTReceived(bytes32 indexed guid, uint32 srcEid, address indexed toAddress, uint256 amountReceivedLD)",
        Arguments(&["guid"]),
        Fields {
            other_chain: Some(("srcEid", Numbering::LayerZero)),
            amount: Some("amountReceivedLD"),
            receiver: Some("toAddress"),
            ..OFT
        },
    ),
    row(
        "wormhole",
        Source,
        "event LogMessagePublished(address indexed sender, uint64 sequence, uint32 nonce, bytes payload, uint8 consistencyLevel)",
        WormholeMessage("payload"),
        NONE,
    ),
    row(
        "wormhole",
        Destination,
        "event TransferRedeemed(uint16 indexed emitterChainId, bytes32 indexed emitterAddress, uint64 indexed sequence)",
        Arguments(&["emitterChainId", "emitterAddress", "sequence"]),
        Fields { other_chain: Some(("emitterChainId", Numbering::Wormhole)), ..NONE },
    ),
    row(
        "cctp",
        Source,
        "event DepositForBurn(uint64 indexed nonce, address indexed burnToken, uint256 amount, address indexed depositor, bytes32 mintRecipient, uint32 destinationDomain, bytes32 destinationTokenMessenger, bytes32 destinationCaller)",
        ThisChain(Numbering::Cctp, &["nonce"]),
        CCTP_BURN,
    ),
    row(
        "cctp",
        Source,
        "event DepositForBurn(address indexed burnToken, uint256 amount, address indexed depositor, bytes32 mintRecipient, uint32 destinationDomain, bytes32 destinationTokenMessenger, bytes32 destinationCaller, uint256 maxFee, uint32 indexed minFinalityThreshold, bytes hookData)",
        KeyRule::None,
        CCTP_BURN,
    ),
    row(
        "cctp",
        Destination,
        "event MessageReceived(address indexed caller, uint32 sourceDomain, uint64 indexed nonce, bytes32 sender, bytes messageBody)",
        CctpMessage("messageBody"),
        Fields { other_chain: Some(("sourceDomain", Numbering::Cctp)), ..NONE },
    ),
    row(
        "cctp",
        Destination,
        "event MessageReceived(address indexed caller, uint32 sourceDomain, bytes32 indexed nonce, bytes32 sender, uint32 indexed finalityThresholdExecuted, bytes messageBody)",
        CctpMessage("messageBody"),
        Fields { other_chain: Some(("sourceDomain", Numbering::Cctp)), ..NONE },
    ),
    row(
        "nomad",
        Source,
        "event Send(address indexed token, address indexed from, uint32 indexed toDomain, bytes32 toId, uint256 amount, bool fastLiquidityEnabled)",
        KeyRule::None,
        NOMAD_OUT,
    ),
    row(
        "nomad",
        Source,
        "event Dispatch(bytes32 indexed messageHash, uint256 indexed leafIndex, uint64 indexed destinationAndNonce, bytes32 committedRoot, bytes message)",
        NomadDispatch("destinationAndNonce"),
        NONE,
    ),
    row(
        "nomad",
        Destination,
        "event Receive(uint64 indexed originAndNonce, address indexed token, address indexed recipient, address liquidityProvider, uint256 amount)",
        NomadReceive("originAndNonce"),
        Fields {
            token: Some("token"),
            amount: Some("amount"),
            receiver: Some("recipient"),
            ..NONE
        },
    ),
];

//! Bridges where somebody pays out first and is paid back: Across, deBridge, Connext.

use super::{Fields, KeyRule, NONE, Numbering, Shape, Side, eip155};

const ACROSS_IN: KeyRule = KeyRule::ThisChain(Numbering::Eip155, &["depositId"]);
const ACROSS_OUT: KeyRule = KeyRule::Arguments(&["originChainId", "depositId"]);

const ACROSS_DEPOSIT: Fields = Fields {
    other_chain: eip155("destinationChainId"),
    token: Some("inputToken"),
    other_token: Some("outputToken"),
    amount: Some("inputAmount"),
    other_amount: Some("outputAmount"),
    sender: Some("depositor"),
    receiver: Some("recipient"),
};
const ACROSS_FILL: Fields = Fields {
    other_chain: eip155("originChainId"),
    token: Some("outputToken"),
    other_token: Some("inputToken"),
    amount: Some("relayExecutionInfo.updatedOutputAmount"),
    other_amount: None,
    sender: Some("depositor"),
    receiver: Some("relayExecutionInfo.updatedRecipient"),
};
const ACROSS_DEPOSIT_2: Fields = Fields {
    other_chain: eip155("destinationChainId"),
    token: Some("originToken"),
    amount: Some("amount"),
    sender: Some("depositor"),
    receiver: Some("recipient"),
    ..NONE
};
const ACROSS_FILL_2: Fields = Fields {
    other_chain: eip155("originChainId"),
    token: Some("destinationToken"),
    amount: Some("fillAmount"),
    sender: Some("depositor"),
    receiver: Some("recipient"),
    ..NONE
};
const ORDER: Fields = Fields {
    other_chain: eip155("order.takeChainId"),
    token: Some("order.giveTokenAddress"),
    other_token: Some("order.takeTokenAddress"),
    amount: Some("order.giveAmount"),
    other_amount: Some("order.takeAmount"),
    sender: Some("order.makerSrc"),
    receiver: Some("order.receiverDst"),
};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        bridge: "across",
        side: Side::Source,
        declaration: "event FundsDeposited(bytes32 inputToken, bytes32 outputToken, uint256 inputAmount, uint256 outputAmount, uint256 indexed destinationChainId, uint256 indexed depositId, uint32 quoteTimestamp, uint32 fillDeadline, uint32 exclusivityDeadline, bytes32 indexed depositor, bytes32 recipient, bytes32 exclusiveRelayer, bytes message)",
        key: ACROSS_IN,
        fields: ACROSS_DEPOSIT,
    },
    Shape {
        bridge: "across",
        side: Side::Destination,
        declaration: "event FilledRelay(bytes32 inputToken, bytes32 outputToken, uint256 inputAmount, uint256 outputAmount, uint256 repaymentChainId, uint256 indexed originChainId, uint256 indexed depositId, uint32 fillDeadline, uint32 exclusivityDeadline, bytes32 exclusiveRelayer, bytes32 indexed relayer, bytes32 depositor, bytes32 recipient, bytes32 messageHash, (bytes32 updatedRecipient, bytes32 updatedMessageHash, uint256 updatedOutputAmount, uint8 fillType) relayExecutionInfo)",
        key: ACROSS_OUT,
        fields: ACROSS_FILL,
    },
    Shape {
        bridge: "across",
        side: Side::Source,
        declaration: "event V3FundsDeposited(address inputToken, address outputToken, uint256 inputAmount, uint256 outputAmount, uint256 indexed destinationChainId, uint32 indexed depositId, uint32 quoteTimestamp, uint32 fillDeadline, uint32 exclusivityDeadline, address indexed depositor, address recipient, address exclusiveRelayer, bytes message)",
        key: ACROSS_IN,
        fields: ACROSS_DEPOSIT,
    },
    Shape {
        bridge: "across",
        side: Side::Destination,
        declaration: "event FilledV3Relay(address inputToken, address outputToken, uint256 inputAmount, uint256 outputAmount, uint256 repaymentChainId, uint256 indexed originChainId, uint32 indexed depositId, uint32 fillDeadline, uint32 exclusivityDeadline, address exclusiveRelayer, address indexed relayer, address depositor, address recipient, bytes message, (address updatedRecipient, bytes updatedMessage, uint256 updatedOutputAmount, uint8 fillType) relayExecutionInfo)",
        key: ACROSS_OUT,
        fields: ACROSS_FILL,
    },
    Shape {
        bridge: "across",
        side: Side::Source,
        declaration: "event FundsDeposited(uint256 amount, uint256 originChainId, uint256 indexed destinationChainId, int64 relayerFeePct, uint32 indexed depositId, uint32 quoteTimestamp, address originToken, address recipient, address indexed depositor, bytes message)",
        key: ACROSS_IN,
        fields: ACROSS_DEPOSIT_2,
    },
    Shape {
        bridge: "across",
        side: Side::Destination,
        declaration: "event FilledRelay(uint256 amount, uint256 totalFilledAmount, uint256 fillAmount, uint256 repaymentChainId, uint256 indexed originChainId, uint256 destinationChainId, int64 relayerFeePct, int64 realizedLpFeePct, uint32 indexed depositId, address destinationToken, address relayer, address indexed depositor, address recipient, bytes message, (address recipient, bytes message, int64 relayerFeePct, bool isSlowRelay, int256 payoutAdjustmentPct) updatableRelayData)",
        key: ACROSS_OUT,
        fields: ACROSS_FILL_2,
    },
    Shape {
        bridge: "debridge",
        side: Side::Source,
        declaration: "event CreatedOrder((uint64 makerOrderNonce, bytes makerSrc, uint256 giveChainId, bytes giveTokenAddress, uint256 giveAmount, uint256 takeChainId, bytes takeTokenAddress, uint256 takeAmount, bytes receiverDst, bytes givePatchAuthoritySrc, bytes orderAuthorityAddressDst, bytes allowedTakerDst, bytes allowedCancelBeneficiarySrc, bytes externalCall) order, bytes32 orderId, bytes affiliateFee, uint256 nativeFixFee, uint256 percentFee, uint32 referralCode, bytes metadata)",
        key: KeyRule::Arguments(&["orderId"]),
        fields: ORDER,
    },
    Shape {
        bridge: "debridge",
        side: Side::Destination,
        declaration: "event FulfilledOrder((uint64 makerOrderNonce, bytes makerSrc, uint256 giveChainId, bytes giveTokenAddress, uint256 giveAmount, uint256 takeChainId, bytes takeTokenAddress, uint256 takeAmount, bytes receiverDst, bytes givePatchAuthoritySrc, bytes orderAuthorityAddressDst, bytes allowedTakerDst, bytes allowedCancelBeneficiarySrc, bytes externalCall) order, bytes32 orderId, address sender, address unlockAuthority)",
        key: KeyRule::Arguments(&["orderId"]),
        fields: Fields {
            other_chain: eip155("order.giveChainId"),
            token: Some("order.takeTokenAddress"),
            other_token: Some("order.giveTokenAddress"),
            amount: Some("order.takeAmount"),
            other_amount: Some("order.giveAmount"),
            sender: Some("order.makerSrc"),
            receiver: Some("order.receiverDst"),
        },
    },
    Shape {
        bridge: "connext",
        side: Side::Source,
        declaration: "event XCalled(bytes32 indexed transferId, uint256 indexed nonce, bytes32 indexed messageHash, (uint32 originDomain, uint32 destinationDomain, uint32 canonicalDomain, address to, address delegate, bool receiveLocal, bytes callData, uint256 slippage, address originSender, uint256 bridgedAmt, uint256 normalizedIn, uint256 nonce, bytes32 canonicalId) params, address asset, uint256 amount, address local, bytes messageBody)",
        key: KeyRule::Arguments(&["transferId"]),
        fields: Fields {
            other_chain: Some(("params.destinationDomain", Numbering::Nomad)),
            token: Some("asset"),
            amount: Some("amount"),
            sender: Some("params.originSender"),
            receiver: Some("params.to"),
            ..NONE
        },
    },
    Shape {
        bridge: "connext",
        side: Side::Destination,
        declaration: "event Executed(bytes32 indexed transferId, address indexed to, address indexed asset, ((uint32 originDomain, uint32 destinationDomain, uint32 canonicalDomain, address to, address delegate, bool receiveLocal, bytes callData, uint256 slippage, address originSender, uint256 bridgedAmt, uint256 normalizedIn, uint256 nonce, bytes32 canonicalId) params, address[] routers, bytes[] routerSignatures, address sequencer, bytes sequencerSignature) args, address local, uint256 amount, address caller)",
        key: KeyRule::Arguments(&["transferId"]),
        fields: Fields {
            other_chain: Some(("args.params.originDomain", Numbering::Nomad)),
            token: Some("asset"),
            amount: Some("amount"),
            sender: Some("args.params.originSender"),
            receiver: Some("to"),
            ..NONE
        },
    },
];

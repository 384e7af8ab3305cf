//! Bridges of locks, burns and mints: Celer, Multichain, Poly, Synapse, Avalanche, Ren.

use super::{Fields, KeyRule, NONE, Numbering, Shape, Side, eip155, row};

const CELER_OUT: Fields = Fields {
    other_chain: eip155("refChainId"),
    token: Some("token"),
    amount: Some("amount"),
    ..NONE
};
const MULTICHAIN: Fields =
    Fields { token: Some("token"), amount: Some("amount"), receiver: Some("to"), ..NONE };
const SYNAPSE_IN: Fields = Fields { other_chain: eip155("chainId"), ..MULTICHAIN };
const SYNAPSE_OUT: Fields = MULTICHAIN;
const AVALANCHE_MINT: Fields =
    Fields { token: Some("this"), amount: Some("amount"), receiver: Some("to"), ..NONE };
use KeyRule::{Arguments, Kappa, Transaction};
use Side::{Destination, Source};

pub(super) const SHAPES: &[Shape] = &[
    row(
        "celer",
        Source,
        "event Send(bytes32 transferId, address sender, address receiver, address token, uint256 amount, uint64 dstChainId, uint64 nonce, uint32 maxSlippage)",
        Arguments(&["transferId"]),
        Fields {
            other_chain: eip155("dstChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("sender"),
            receiver: Some("receiver"),
            ..NONE
        },
    ),
    row(
        "celer",
        Destination,
        "event Relay(bytes32 transferId, address sender, address receiver, address token, uint256 amount, uint64 srcChainId, bytes32 srcTransferId)",
        Arguments(&["srcTransferId"]),
        Fields {
            other_chain: eip155("srcChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("sender"),
            receiver: Some("receiver"),
            ..NONE
        },
    ),
    row(
        "celer",
        Source,
        "event Deposited(bytes32 depositId, address depositor, address token, uint256 amount, uint64 mintChainId, address mintAccount)",
        Arguments(&["depositId"]),
        Fields {
            other_chain: eip155("mintChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("depositor"),
            receiver: Some("mintAccount"),
            ..NONE
        },
    ),
    row(
        "celer",
        Source,
        "event Deposited(bytes32 depositId, address depositor, address token, uint256 amount, uint64 mintChainId, address mintAccount, uint64 nonce)",
        Arguments(&["depositId"]),
        Fields {
            other_chain: eip155("mintChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("depositor"),
            receiver: Some("mintAccount"),
            ..NONE
        },
    ),
    row(
        "celer",
        Source,
        "event LogNewTransferOut(bytes32 transferId, address sender, address receiver, address token, uint256 amount, bytes32 hashlock, uint64 timelock, uint64 dstChainId, address dstAddress)",
        Arguments(&["transferId"]),
        Fields {
            other_chain: eip155("dstChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("sender"),
            receiver: Some("dstAddress"),
            ..NONE
        },
    ),
    row(
        "celer",
        Destination,
        "event LogNewTransferIn(bytes32 transferId, address sender, address receiver, address token, uint256 amount, bytes32 hashlock, uint64 timelock, uint64 srcChainId, bytes32 srcTransferId)",
        Arguments(&["srcTransferId"]),
        Fields {
            other_chain: eip155("srcChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("sender"),
            receiver: Some("receiver"),
            ..NONE
        },
    ),
    row(
        "celer",
        Destination,
        "event Mint(bytes32 mintId, address token, address account, uint256 amount, uint64 refChainId, bytes32 refId, address depositor)",
        Arguments(&["refId"]),
        Fields { sender: Some("depositor"), receiver: Some("account"), ..CELER_OUT },
    ),
    row(
        "celer",
        Source,
        "event Burn(bytes32 burnId, address token, address account, uint256 amount, address withdrawAccount)",
        Arguments(&["burnId"]),
        Fields {
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("account"),
            receiver: Some("withdrawAccount"),
            ..NONE
        },
    ),
    row(
        "celer",
        Source,
        "event Burn(bytes32 burnId, address token, address account, uint256 amount, uint64 toChainId, address toAccount, uint64 nonce)",
        Arguments(&["burnId"]),
        Fields {
            other_chain: eip155("toChainId"),
            token: Some("token"),
            amount: Some("amount"),
            sender: Some("account"),
            receiver: Some("toAccount"),
            ..NONE
        },
    ),
    row(
        "celer",
        Destination,
        "event Withdrawn(bytes32 withdrawId, address receiver, address token, uint256 amount, uint64 refChainId, bytes32 refId, address burnAccount)",
        Arguments(&["refId"]),
        Fields { sender: Some("burnAccount"), receiver: Some("receiver"), ..CELER_OUT },
    ),
    row(
        "multichain",
        Source,
        "event LogAnySwapOut(address indexed token, address indexed from, address indexed to, uint256 amount, uint256 fromChainID, uint256 toChainID)",
        Transaction,
        Fields { other_chain: eip155("toChainID"), sender: Some("from"), ..MULTICHAIN },
    ),
    row(
        "multichain",
        Destination,
        "event LogAnySwapIn(bytes32 indexed txhash, address indexed token, address indexed to, uint256 amount, uint256 fromChainID, uint256 toChainID)",
        Arguments(&["txhash"]),
        Fields { other_chain: eip155("fromChainID"), ..MULTICHAIN },
    ),
    row(
        "multichain",
        Source,
        "event LogSwapout(address indexed account, address indexed bindaddr, uint256 amount)",
        Transaction,
        Fields {
            token: Some("this"),
            amount: Some("amount"),
            sender: Some("account"),
            receiver: Some("bindaddr"),
            ..NONE
        },
    ),
    row(
        "multichain",
        Destination,
        "event LogSwapin(bytes32 indexed txhash, address indexed account, uint256 amount)",
        Arguments(&["txhash"]),
        Fields { token: Some("this"), amount: Some("amount"), receiver: Some("account"), ..NONE },
    ),
    row(
        "poly",
        Source,
        "event CrossChainEvent(address indexed sender, bytes txId, address proxyOrAssetContract, uint64 toChainId, bytes toContract, bytes rawdata)",
        KeyRule::ThisChain(Numbering::Poly, &["txId"]),
        Fields { other_chain: Some(("toChainId", Numbering::Poly)), ..NONE },
    ),
    row(
        "poly",
        Source,
        "event LockEvent(address fromAssetHash, address fromAddress, uint64 toChainId, bytes toAssetHash, bytes toAddress, uint256 amount)",
        KeyRule::None,
        Fields {
            other_chain: Some(("toChainId", Numbering::Poly)),
            token: Some("fromAssetHash"),
            other_token: Some("toAssetHash"),
            amount: Some("amount"),
            other_amount: None,
            sender: Some("fromAddress"),
            receiver: Some("toAddress"),
        },
    ),
    row(
        "poly",
        Destination,
        "event VerifyHeaderAndExecuteTxEvent(uint64 fromChainID, bytes toContract, bytes crossChainTxHash, bytes fromChainTxHash)",
        Arguments(&["fromChainID", "fromChainTxHash"]),
        Fields { other_chain: Some(("fromChainID", Numbering::Poly)), ..NONE },
    ),
    row(
        "poly",
        Destination,
        "event UnlockEvent(address toAssetHash, address toAddress, uint256 amount)",
        KeyRule::None,
        Fields {
            token: Some("toAssetHash"),
            amount: Some("amount"),
            receiver: Some("toAddress"),
            ..NONE
        },
    ),
    row(
        "synapse",
        Source,
        "event TokenDeposit(address indexed to, uint256 chainId, address token, uint256 amount)",
        Kappa,
        SYNAPSE_IN,
    ),
    row(
        "synapse",
        Source,
        "event TokenRedeem(address indexed to, uint256 chainId, address token, uint256 amount)",
        Kappa,
        SYNAPSE_IN,
    ),
    row(
        "synapse",
        Source,
        "event TokenDepositAndSwap(address indexed to, uint256 chainId, address token, uint256 amount, uint8 tokenIndexFrom, uint8 tokenIndexTo, uint256 minDy, uint256 deadline)",
        Kappa,
        SYNAPSE_IN,
    ),
    row(
        "synapse",
        Source,
        "event TokenRedeemAndSwap(address indexed to, uint256 chainId, address token, uint256 amount, uint8 tokenIndexFrom, uint8 tokenIndexTo, uint256 minDy, uint256 deadline)",
        Kappa,
        SYNAPSE_IN,
    ),
    row(
        "synapse",
        Source,
        "event TokenRedeemAndRemove(address indexed to, uint256 chainId, address token, uint256 amount, uint8 swapTokenIndex, uint256 swapMinAmount, uint256 swapDeadline)",
        Kappa,
        SYNAPSE_IN,
    ),
    row(
        "synapse",
        Destination,
        "event TokenWithdraw(address indexed to, address token, uint256 amount, uint256 fee, bytes32 indexed kappa)",
        Arguments(&["kappa"]),
        SYNAPSE_OUT,
    ),
    row(
        "synapse",
        Destination,
        "event TokenMint(address indexed to, address token, uint256 amount, uint256 fee, bytes32 indexed kappa)",
        Arguments(&["kappa"]),
        SYNAPSE_OUT,
    ),
    row(
        "synapse",
        Destination,
        "event TokenMintAndSwap(address indexed to, address token, uint256 amount, uint256 fee, uint8 tokenIndexFrom, uint8 tokenIndexTo, uint256 minDy, uint256 deadline, bool swapSuccess, bytes32 indexed kappa)",
        Arguments(&["kappa"]),
        SYNAPSE_OUT,
    ),
    row(
        "synapse",
        Destination,
        "event TokenWithdrawAndRemove(address indexed to, address token, uint256 amount, uint256 fee, uint8 swapTokenIndex, uint256 swapMinAmount, uint256 swapDeadline, bool swapSuccess, bytes32 indexed kappa)",
        Arguments(&["kappa"]),
        SYNAPSE_OUT,
    ),
    row(
        "avalanche",
        Destination,
        "event Mint(address to, uint256 amount, address feeAddress, uint256 feeAmount, bytes32 originTxId)",
        Arguments(&["originTxId"]),
        AVALANCHE_MINT,
    ),
    row(
        "avalanche",
        Destination,
        "event Mint(address to, uint256 amount, address feeAddress, uint256 feeAmount, bytes32 originTxId, uint256 originOutputIndex)",
        Arguments(&["originTxId", "originOutputIndex"]),
        AVALANCHE_MINT,
    ),
    row(
        "avalanche",
        Source,
        "event Unwrap(uint256 amount, uint256 chainId)",
        KeyRule::None,
        Fields { token: Some("this"), amount: Some("amount"), ..NONE },
    ),
    row(
        "ren",
        Destination,
        "event LogMint(address indexed _to, uint256 _amount, uint256 indexed _n, bytes32 indexed _nHash)",
        Arguments(&["_nHash"]),
        Fields { amount: Some("_amount"), receiver: Some("_to"), ..NONE },
    ),
    row(
        "ren",
        Source,
        "event LogBurn(bytes _to, uint256 _amount, uint256 indexed _n, bytes indexed _indexedTo)",
        KeyRule::None,
        Fields { amount: Some("_amount"), receiver: Some("_to"), ..NONE },
    ),
];

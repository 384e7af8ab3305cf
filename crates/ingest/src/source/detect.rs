//! Whose export a table is, told by its column names.
//!
//! Each format has the columns that tell it from all others. The first
//! format whose columns are all there is taken, and formats that contain
//! another's columns come first. Letter case and order do not matter.

use super::header::Header;
use super::plain;
use std::fmt;

/// The formats that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Published laundering transfers valued in dollars.
    LaunderNet,
    /// ethereum-etl `blocks`: times for the other files.
    EthereumEtlBlocks,
    /// ethereum-etl `transactions`.
    EthereumEtlTransactions,
    /// ethereum-etl `receipts`: which transactions failed, and their places.
    EthereumEtlReceipts,
    /// ethereum-etl `token_transfers`.
    EthereumEtlTokenTransfers,
    /// ethereum-etl `traces`.
    EthereumEtlTraces,
    /// ethereum-etl `tokens`: symbols and decimals.
    EthereumEtlTokens,
    /// Event logs of ethereum-etl (`logs`) or cryo (`logs`).
    EventLogs,
    /// cryo `blocks`: times for the other files.
    CryoBlocks,
    /// cryo `transactions`.
    CryoTransactions,
    /// cryo `native_transfers`.
    CryoNativeTransfers,
    /// cryo `erc20_transfers`.
    CryoErc20Transfers,
    /// cryo `traces`.
    CryoTraces,
    /// Etherscan export of an account's transactions.
    EtherscanTransactions,
    /// Etherscan export of an account's internal transactions.
    EtherscanInternal,
    /// Etherscan export of an account's ERC-20 transfers.
    EtherscanErc20,
    /// The plain schema of `docs/plain-schema.md`.
    Plain,
    /// Transfers of a chain's coin with neither block nor time.
    Undated,
}

use Format::{
    CryoBlocks, CryoErc20Transfers, CryoNativeTransfers, CryoTraces, CryoTransactions,
    EthereumEtlBlocks, EthereumEtlReceipts, EthereumEtlTokenTransfers, EthereumEtlTokens,
    EthereumEtlTraces, EthereumEtlTransactions, EtherscanErc20, EtherscanInternal,
    EtherscanTransactions, EventLogs, LaunderNet, Plain, Undated,
};

/// Names one column may have.
type Names = &'static [&'static str];

/// Spellings of the transaction hash in Etherscan exports, over the years.
const ETHERSCAN_HASH: Names = &["transaction hash", "txhash", "parent transaction hash"];
/// How cryo names the columns of a 256-bit value, exact ones first.
const CRYO_VALUE: Names = &["value_binary", "value_string", "value"];

/// The columns that tell each format, most particular format first.
const FORMATS: &[(Format, &[Names])] = &[
    (
        LaunderNet,
        &[&["timestamp"], &["block"], &["tx_hash"], &["from"], &["to"], &["value_in_usd"]],
    ),
    (
        EtherscanErc20,
        &[
            ETHERSCAN_HASH,
            &["blockno"],
            &["from"],
            &["to"],
            &["tokenvalue", "value"],
            &["contractaddress"],
            &["tokensymbol"],
        ],
    ),
    (
        EtherscanInternal,
        &[
            ETHERSCAN_HASH,
            &["blockno"],
            &["parenttxfrom"],
            &["from"],
            &["txto", "to"],
            &["value_in("],
            &["value_out("],
        ],
    ),
    (
        EtherscanInternal,
        &[
            &["parent transaction hash"],
            &["blockno"],
            &["datetime (utc)"],
            &["from"],
            &["to"],
            &["amount"],
        ],
    ),
    (
        EtherscanTransactions,
        &[
            ETHERSCAN_HASH,
            &["blockno"],
            &["unixtimestamp", "datetime (utc)"],
            &["from"],
            &["to"],
            &["value_in(", "amount"],
            &["value_out(", "txn fee"],
        ],
    ),
    (
        CryoTraces,
        &[
            &["action_from"],
            &["action_to"],
            &["action_value", "action_value_binary", "action_value_string"],
            &["action_type"],
            &["trace_address"],
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        EthereumEtlTraces,
        &[
            &["trace_type"],
            &["trace_address"],
            &["from_address"],
            &["to_address"],
            &["value"],
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        CryoErc20Transfers,
        &[
            &["erc20"],
            &["log_index"],
            &["from_address"],
            &["to_address"],
            CRYO_VALUE,
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        EthereumEtlTokenTransfers,
        &[
            &["token_address"],
            &["log_index"],
            &["from_address"],
            &["to_address"],
            &["value"],
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        EventLogs,
        &[
            &["log_index"],
            &["topics", "topic0"],
            &["data"],
            &["address"],
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        CryoNativeTransfers,
        &[
            &["transfer_index"],
            &["from_address"],
            &["to_address"],
            CRYO_VALUE,
            &["transaction_hash"],
            &["block_number"],
        ],
    ),
    (
        EthereumEtlReceipts,
        &[&["transaction_hash"], &["transaction_index"], &["cumulative_gas_used"], &["status"]],
    ),
    (
        EthereumEtlTransactions,
        &[
            &["hash"],
            &["block_number"],
            &["transaction_index"],
            &["from_address"],
            &["to_address"],
            &["value"],
        ],
    ),
    (
        CryoTransactions,
        &[
            &["transaction_hash"],
            &["block_number"],
            &["transaction_index"],
            &["nonce"],
            &["from_address"],
            &["to_address"],
            CRYO_VALUE,
        ],
    ),
    (EthereumEtlBlocks, &[&["number"], &["hash"], &["miner"], &["timestamp"]]),
    (
        CryoBlocks,
        &[
            &["block_number", "number"],
            &["block_hash", "hash"],
            &["timestamp"],
            &["author", "gas_used"],
        ],
    ),
    (EthereumEtlTokens, &[&["address"], &["symbol"], &["decimals"], &["total_supply"]]),
    (Plain, &[plain::HASH, plain::BLOCK, plain::TIME, plain::FROM, plain::TO, plain::AMOUNT]),
    (Undated, &[plain::UNDATED_HASH, plain::FROM, plain::TO, plain::UNDATED_AMOUNT]),
];

impl Format {
    /// The format these columns belong to.
    pub(crate) fn recognise(header: &Header) -> Option<Self> {
        let complete = |needs: &[Names]| needs.iter().all(|names| header.find(names).is_some());
        FORMATS.iter().find(|(_, needs)| complete(needs)).map(|(format, _)| *format)
    }

    /// The most similar format and the columns it lacks.
    pub(crate) fn nearest(header: &Header) -> (Self, String) {
        let missing = |needs: &[Names]| -> Vec<String> {
            let lacking = needs.iter().filter(|names| header.find(names).is_none());
            lacking.map(|names| names.join(" or ").replace('(', "(…)")).collect()
        };
        // The largest part of its columns; the plain schema where nothing fits.
        let (format, needs) = FORMATS
            .iter()
            .rev()
            // Whoever left out block and time by mistake needs to hear of them.
            .filter(|(format, _)| *format != Undated)
            .min_by_key(|(_, needs)| missing(needs).len() * 100 / needs.len())
            .unwrap_or(&FORMATS[0]);
        (*format, missing(needs).join(", "))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LaunderNet => "LaunderNet CSV",
            EthereumEtlBlocks => "ethereum-etl blocks",
            EthereumEtlTransactions => "ethereum-etl transactions",
            EthereumEtlReceipts => "ethereum-etl receipts",
            EthereumEtlTokenTransfers => "ethereum-etl token_transfers",
            EthereumEtlTraces => "ethereum-etl traces",
            EventLogs => "event logs",
            EthereumEtlTokens => "ethereum-etl tokens",
            CryoBlocks => "cryo blocks",
            CryoTransactions => "cryo transactions",
            CryoNativeTransfers => "cryo native_transfers",
            CryoErc20Transfers => "cryo erc20_transfers",
            CryoTraces => "cryo traces",
            EtherscanTransactions => "Etherscan transactions",
            EtherscanInternal => "Etherscan internal transactions",
            EtherscanErc20 => "Etherscan ERC-20 transfers",
            Plain => "the plain schema",
            Undated => "transfers without block or time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(line: &str) -> Option<Format> {
        Format::recognise(&Header::text(line.split(',')))
    }

    #[test]
    fn real_headers_are_told_apart() {
        for (line, format) in [
            ("Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD", LaunderNet),
            ("hop,tx_hash,block,timestamp_utc,from,to,asset,contract,amount,kind,spoofed", Plain),
            ("tx_hash,block,timestamp,from,to,value_eth,is_error", Plain),
            (
                "number,hash,parent_hash,nonce,miner,size,timestamp,transaction_count",
                EthereumEtlBlocks,
            ),
            (
                "hash,nonce,block_hash,block_number,transaction_index,from_address,to_address,value,gas,block_timestamp",
                EthereumEtlTransactions,
            ),
            (
                "token_address,from_address,to_address,value,transaction_hash,log_index,block_number",
                EthereumEtlTokenTransfers,
            ),
            (
                "block_number,transaction_hash,transaction_index,from_address,to_address,value,trace_type,call_type,trace_address,error,status",
                EthereumEtlTraces,
            ),
            (
                "transaction_hash,transaction_index,block_hash,block_number,cumulative_gas_used,gas_used,contract_address,root,status",
                EthereumEtlReceipts,
            ),
            ("address,symbol,name,decimals,total_supply,block_number", EthereumEtlTokens),
            (
                "block_number,transaction_index,transaction_hash,nonce,from_address,to_address,value_binary,value_string,value_f64,success,timestamp",
                CryoTransactions,
            ),
            (
                "block_hash,author,block_number,gas_used,extra_data,timestamp,base_fee_per_gas,chain_id",
                CryoBlocks,
            ),
            (
                "block_number,transaction_index,log_index,transaction_hash,erc20,from_address,to_address,value_binary",
                CryoErc20Transfers,
            ),
            (
                "block_number,transaction_index,transfer_index,transaction_hash,from_address,to_address,value_binary",
                CryoNativeTransfers,
            ),
            (
                "log_index,transaction_hash,transaction_index,block_hash,block_number,address,data,topics",
                EventLogs,
            ),
            (
                "block_number,transaction_index,log_index,transaction_hash,address,topic0,topic1,topic2,topic3,data,n_data_bytes,chain_id",
                EventLogs,
            ),
            (
                "action_from,action_to,action_value,action_type,action_call_type,trace_address,transaction_hash,block_number",
                CryoTraces,
            ),
            (
                "Txhash,Blockno,UnixTimestamp,DateTime (UTC),From,To,ContractAddress,Value_IN(ETH),Value_OUT(ETH),CurrentValue,Status,ErrCode,Method",
                EtherscanTransactions,
            ),
            (
                "Transaction Hash,Status,Method,Blockno,DateTime (UTC),From,From_Nametag,To,To_Nametag,Amount,Value (USD),Txn Fee",
                EtherscanTransactions,
            ),
            (
                "Parent Transaction Hash,Status,Type,Blockno,DateTime (UTC),From,From_Nametag,To,To_Nametag,Amount,Value (USD)",
                EtherscanInternal,
            ),
            (
                "Txhash,Blockno,UnixTimestamp,DateTime,ParentTxFrom,ParentTxTo,ParentTxETH_Value,From,TxTo,ContractAddress,Value_IN(BNB),Value_OUT(BNB),Status,ErrCode,Type",
                EtherscanInternal,
            ),
            (
                "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,TokenValue,USDValueDayOfTx,ContractAddress,TokenName,TokenSymbol",
                EtherscanErc20,
            ),
        ] {
            assert_eq!(recognised(line), Some(format), "{line}");
        }
        assert_eq!(recognised("txid,from,to,amount"), Some(Undated));
        assert_eq!(recognised("txid,from,to"), None);
    }

    #[test]
    fn the_nearest_format_says_what_it_lacks() {
        let header = Header::text("Timestamp,Tx_hash,From,To,Value_in_USD".split(','));
        assert_eq!(Format::nearest(&header), (LaunderNet, "block".to_owned()));
        let header = Header::text(["x"]);
        assert_eq!(Format::nearest(&header).0, Plain);
    }
}

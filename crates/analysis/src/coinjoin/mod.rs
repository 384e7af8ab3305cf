//! Transactions in which several parties mix their coins.

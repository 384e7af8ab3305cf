//! Actions and the names they go by.

/// What a memo asks for. The order is that of the table of names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs)] // their names are THORChain's own; the table gives them
pub enum Action {
    Swap,
    LimitSwap,
    ModifyLimitSwap,
    Add,
    Withdraw,
    Donate,
    LoanOpen,
    LoanRepay,
    Outbound,
    Refund,
    Migrate,
    Ragnarok,
    YggdrasilFund,
    YggdrasilReturn,
    Consolidate,
    Reserve,
    Bond,
    Unbond,
    Rebond,
    Leave,
    Operator,
    Name,
    Switch,
    NoOperation,
    TradeDeposit,
    TradeWithdraw,
    SecuredDeposit,
    SecuredWithdraw,
    RunePoolDeposit,
    RunePoolWithdraw,
    Maintenance,
    ClaimTcy,
    StakeTcy,
    UnstakeTcy,
    Execute,
    Reference,
}

/// An action and its names, the one that is written first.
pub(super) const TABLE: &[(Action, &[&str])] = &[
    (Action::Swap, &["=", "s", "swap"]),
    (Action::LimitSwap, &["=<", "limito", "lo"]),
    (Action::ModifyLimitSwap, &["m=<"]),
    (Action::Add, &["+", "add", "a"]),
    (Action::Withdraw, &["-", "withdraw", "wd"]),
    (Action::Donate, &["donate", "d", "%"]),
    (Action::LoanOpen, &["$+", "loan+"]),
    (Action::LoanRepay, &["$-", "loan-"]),
    (Action::Outbound, &["OUT"]),
    (Action::Refund, &["REFUND"]),
    (Action::Migrate, &["migrate"]),
    (Action::Ragnarok, &["ragnarok"]),
    (Action::YggdrasilFund, &["yggdrasil+"]),
    (Action::YggdrasilReturn, &["yggdrasil-"]),
    (Action::Consolidate, &["consolidate"]),
    (Action::Reserve, &["reserve"]),
    (Action::Bond, &["bond"]),
    (Action::Unbond, &["unbond"]),
    (Action::Rebond, &["rebond"]),
    (Action::Leave, &["leave"]),
    (Action::Operator, &["operator"]),
    (Action::Name, &["~", "n", "name"]),
    (Action::Switch, &["switch"]),
    (Action::NoOperation, &["noop"]),
    (Action::TradeDeposit, &["trade+"]),
    (Action::TradeWithdraw, &["trade-"]),
    (Action::SecuredDeposit, &["secure+"]),
    (Action::SecuredWithdraw, &["secure-"]),
    (Action::RunePoolDeposit, &["pool+"]),
    (Action::RunePoolWithdraw, &["pool-"]),
    (Action::Maintenance, &["maint"]),
    (Action::ClaimTcy, &["tcy"]),
    (Action::StakeTcy, &["tcy+"]),
    (Action::UnstakeTcy, &["tcy-"]),
    (Action::Execute, &["x"]),
    (Action::Reference, &["r", "reference"]),
];

impl Action {
    /// The action of a name in any case.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let known = |names: &[&str]| names.iter().any(|own| own.eq_ignore_ascii_case(name));
        TABLE.iter().find(|(_, names)| known(names)).map(|(action, _)| *action)
    }

    /// The name that memos are written with.
    #[must_use]
    pub fn name(self) -> &'static str {
        let row = TABLE.iter().find(|(action, _)| *action == self);
        row.and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }

    /// Whether it moves money between vaults of the network only.
    #[must_use]
    pub const fn is_internal(self) -> bool {
        matches!(
            self,
            Self::Migrate
                | Self::Ragnarok
                | Self::YggdrasilFund
                | Self::YggdrasilReturn
                | Self::Consolidate
        )
    }
}

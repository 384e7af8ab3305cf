//! The places where a trail ends, by name and by group.

use serde::Serialize;
use tracehound_analysis::trace::{Cut, Rest};
use tracehound_model::Category;
use tracehound_model::tag::StoppedBy;

/// The groups of a closing line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestGroup {
    /// Entered a service.
    Service,
    /// Still held by an address that is no service.
    Held,
    /// Nobody holds the key.
    Burnt,
    /// Not followed further by a rule of the case.
    Cut,
    /// Exchanged for other assets, where the trail goes on.
    Exchanged,
}

/// Group of a rest.
pub(crate) fn group_of(rest: Rest) -> RestGroup {
    match rest {
        Rest::Held => RestGroup::Held,
        // The case may end its trail at the thief's own address: that is held, not at a service.
        Rest::Service(Category::Theft | Category::Scam | Category::Victim) => RestGroup::Held,
        Rest::Burnt | Rest::Service(Category::Burn) => RestGroup::Burnt,
        Rest::Service(_) => RestGroup::Service,
        Rest::Converted => RestGroup::Exchanged,
        // A rest added later is a cut until this table says otherwise.
        _ => RestGroup::Cut,
    }
}

/// Name of a rest as tables write it.
pub(crate) fn kind_name(rest: Rest) -> String {
    match rest {
        Rest::Service(Category::Burn) | Rest::Burnt => "burnt".to_owned(),
        Rest::Service(category) => category.name().to_owned(),
        Rest::Held => "held".to_owned(),
        Rest::Cut(Cut::Hub) => "cut-hub".to_owned(),
        Rest::Cut(Cut::Dust) => "cut-dust".to_owned(),
        Rest::Cut(Cut::Hops) => "cut-hops".to_owned(),
        Rest::Cut(Cut::Age) => "cut-age".to_owned(),
        Rest::Cut(Cut::CoinJoin) => "coinjoin".to_owned(),
        Rest::Cut(Cut::Coinbase) => "mined".to_owned(),
        Rest::Cut(Cut::Outside) => "cut-outside".to_owned(),
        Rest::Cut(Cut::UnknownInput) => "cut-unknown-input".to_owned(),
        Rest::Cut(Cut::Exchange) => "cut-exchange".to_owned(),
        Rest::Converted => "exchanged".to_owned(),
        other => format!("cut-{other:?}").to_lowercase(),
    }
}

/// What a kind means, for a reader.
pub(crate) fn explain_kind(kind: &str) -> &'static str {
    match kind {
        "exchange" => "exchange account",
        "instant-swapper" => "swap service without account",
        "decentralised-exchange" => "on-chain exchange or router",
        "bridge" => "bridge to another chain",
        "mixer" => "mixer",
        "gambling" => "betting service",
        "custodian" => "custodian",
        "issuer" => "token issuer",
        "service" => "service of unknown kind",
        "case-terminal" => "end named by the case, kind unknown",
        "held" => "held, no service known",
        "burnt" => "burnt",
        "cut-hub" => "busy address, not followed",
        "cut-dust" => "dust, not followed",
        "cut-hops" => "hop limit, not followed",
        "cut-age" => "age limit, not followed",
        "coinjoin" => "CoinJoin, mixed",
        "mined" => "newly made coins and fees of a block",
        "cut-outside" => "outside the data",
        "cut-exchange" => "exchanged together with other assets, not followed",
        "exchanged" => "exchanged for another asset, followed there",
        "cut-unknown-input" => "mixed with an input of unknown value, not followed",
        "theft" => "reported thief",
        "scam" => "reported scam",
        "victim" => "victim",
        _ => "not followed",
    }
}

/// Who can stop what rests here; a token's issuer can where nobody else can.
pub(crate) fn stopped_by(rest: Rest, freezing_issuer: Option<&str>) -> StoppedBy {
    let here = match rest {
        Rest::Service(category) => category.who_can_stop(),
        Rest::Held => StoppedBy::HolderOnly,
        Rest::Burnt => StoppedBy::NobodyHere,
        // What was given in an exchange is the market's, for value.
        Rest::Converted => StoppedBy::NobodyHere,
        // What comes out of a CoinJoin belongs to whoever put it in.
        Rest::Cut(Cut::CoinJoin) => StoppedBy::NobodyHere,
        // A busy address is most likely a service nobody has named.
        Rest::Cut(Cut::Hub) => StoppedBy::Unknown,
        _ => StoppedBy::HolderOnly,
    };
    if rest == Rest::Converted {
        return here;
    }
    let issuer_helps = matches!(here, StoppedBy::HolderOnly | StoppedBy::Unknown);
    if issuer_helps && freezing_issuer.is_some() { StoppedBy::Issuer } else { here }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_steps_in_only_where_nobody_else_can() {
        assert_eq!(stopped_by(Rest::Held, Some("Tether")), StoppedBy::Issuer);
        assert_eq!(stopped_by(Rest::Held, None), StoppedBy::HolderOnly);
        let exchange = Rest::Service(Category::Exchange);
        assert_eq!(stopped_by(exchange, Some("Tether")), StoppedBy::AccountFreeze);
    }

    #[test]
    fn the_thief_is_no_service() {
        assert_eq!(group_of(Rest::Service(Category::Theft)), RestGroup::Held);
        assert_eq!(stopped_by(Rest::Service(Category::Theft), None), StoppedBy::HolderOnly);
    }

    #[test]
    fn a_burn_address_is_burnt_not_a_service() {
        assert_eq!(group_of(Rest::Service(Category::Burn)), RestGroup::Burnt);
        assert_eq!(kind_name(Rest::Service(Category::Burn)), "burnt");
        assert_eq!(kind_name(Rest::Cut(Cut::Hub)), "cut-hub");
    }
}

//! UTC time in whole seconds.

use std::fmt;
use std::str::FromStr;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Timestamp(pub i64);

/// Why a time was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "\"{0}\" is not a UTC time; give \"2023-06-02T21:49:23Z\", \"2023-06-02 21:49:23\", \"2023-06-02\" or Unix seconds"
)]
pub struct TimeError(pub String);

impl Timestamp {
    /// `2023-06-02`.
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().get(..10).unwrap_or_default().to_owned()
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refuse = || TimeError(text.to_owned());
        let trimmed = text.trim();
        if !trimmed.is_empty() && trimmed.bytes().all(|b| b.is_ascii_digit()) {
            let seconds: i64 = trimmed.parse().map_err(|_| refuse())?;
            return jiff::Timestamp::from_second(seconds)
                .map(|_| Self(seconds))
                .map_err(|_| refuse());
        }
        let bare = trimmed.strip_suffix(" UTC").or_else(|| trimmed.strip_suffix('Z'));
        // An offset other than UTC must not be dropped silently.
        if bare.is_none()
            && let Ok(instant) = trimmed.parse::<jiff::Timestamp>()
        {
            return Ok(Self(instant.as_second()));
        }
        let civil: jiff::civil::DateTime = bare.unwrap_or(trimmed).parse().map_err(|_| refuse())?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| refuse())?;
        Ok(Self(zoned.timestamp().as_second()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(instant) => fmt::Display::fmt(&instant, f),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_form_is_the_same_instant() {
        for text in [
            "2023-06-02 21:49:23",
            "2023-06-02T21:49:23Z",
            "2023-06-02 21:49:23 UTC",
            "2023-06-02T23:49:23+02:00",
            "1685742563",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Ok(Timestamp(1_685_742_563)), "{text}");
        }
        assert_eq!(Timestamp(1_685_742_563).to_string(), "2023-06-02T21:49:23Z");
        assert_eq!("2023-06-02".parse::<Timestamp>().unwrap().date(), "2023-06-02");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "yesterday", "2023-13-02", "-5", "99999999999999999999"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}

//! [`Action`]: one of those that `->` separates.

use std::fmt;
use std::time::Duration;

use crate::classify::fault::Fault;

/// On which attempts it acts, and what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Action {
    /// Of the attempts: above 0, and at most 100.
    pub(crate) percent: f64,
    /// On that many attempts at most.
    pub(crate) most: Option<u32>,
    pub(crate) act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    Off,
    Return(Fault),
    Sleep(Duration),
}

/// What is done to an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Injected {
    Fault(Fault),
    Delay(Duration),
}

impl Injected {
    /// As metrics name it.
    #[cfg(feature = "metrics")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fault(_) => "return",
            Self::Delay(_) => "sleep",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.percent < 100.0 {
            write!(f, "{}%", self.percent)?;
        }
        if let Some(most) = self.most {
            write!(f, "{most}*")?;
        }
        match self.act {
            Act::Off => f.write_str("off"),
            Act::Return(Fault::TRANSIENT) => f.write_str("return"),
            Act::Return(fault) => write!(f, "return({fault})"),
            Act::Sleep(delay) => {
                let delay = humantime::format_duration(delay).to_string().replace(' ', "");
                write!(f, "sleep({delay})")
            }
        }
    }
}

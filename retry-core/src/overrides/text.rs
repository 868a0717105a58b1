//! Overrides in one line of text, as in an environment variable.

use std::env::{self, VarError};
use std::fmt;
use std::str::FromStr;

use super::layer::Source;
use super::{Overrides, Settings, bounds};
use crate::policy::partial::InvalidPolicy;
#[cfg(feature = "chaos")]
use crate::policy::partial::LONGEST_QUOTED;
#[cfg(feature = "chaos")]
use crate::primitives::one_line::AtMost;

const VARIABLE: &str = "PERSEVERE";

/// Stands in place of an entry, between two layers.
const NEXT_LAYER: &str = "|";

impl Overrides {
    /// The table in the environment variable `PERSEVERE`; an empty table if that is unset or empty. Its
    /// source is [`Source::Environment`].
    ///
    /// # Errors
    ///
    /// If the variable does not parse as in [`from_str`](Self::from_str), or if it has the setting `chaos`,
    /// which breaks a program on purpose and so must come from its code or its files. The error names the
    /// variable.
    ///
    /// ```
    /// use persevere::overrides::{Overrides, overrides};
    ///
    /// overrides().install(Overrides::from_env()?);
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn from_env() -> Result<Self, InvalidPolicy> {
        let of_environment = |table: Self| table.of_source(Source::Environment);
        let read = match env::var(VARIABLE) {
            Ok(text) => text.parse().and_then(Self::without_chaos).map(of_environment),
            Err(VarError::NotPresent) => Ok(Self::new()),
            Err(VarError::NotUnicode(_)) => Err(InvalidPolicy::new("this is not Unicode text")),
        };
        read.map_err(|invalid: InvalidPolicy| invalid.of_entry(VARIABLE))
    }

    /// It as it is, unless an entry breaks attempts.
    #[cfg_attr(not(feature = "chaos"), allow(clippy::unnecessary_wraps, reason = "it has none"))]
    fn without_chaos(self) -> Result<Self, InvalidPolicy> {
        #[cfg(feature = "chaos")]
        if let Some((pattern, _)) = self.entries().find(|(_, settings)| settings.chaos().is_some())
        {
            let pattern = AtMost(LONGEST_QUOTED, pattern);
            return Err(InvalidPolicy::new(format!(
                "`chaos` of `{pattern}` cannot come from the environment, since it breaks the program on \
                 purpose: write it in a file that the program reads, or install it in code"
            )));
        }
        Ok(self)
    }
}

impl FromStr for Overrides {
    type Err = InvalidPolicy;

    /// Parses entries separated by `,`, each a pattern, `=` and a
    /// [`Settings`]: `payments::*=aggressive, search::query=max_retries:2;base_delay:1s`.
    /// Commas in a list of waits, `mail::*=[1s,5s,30s]`, separate no entries. Whitespace around the parts and
    /// a trailing `,` are ignored; a text without entries is an empty table. A pattern cannot contain `,` or `=` here: if a function's name does, write `*` in their
    /// place, or use [`with`](Self::with), which takes any name. A `|` in place of an entry begins the next
    /// layer, which is [laid over](Self::overlaid) those before it.
    ///
    /// ```
    /// use persevere::overrides::Overrides;
    ///
    /// let error = "search::query=max_retrys:2".parse::<Overrides>().unwrap_err().to_string();
    /// assert!(error.starts_with(
    ///     "`search::query=max_retrys:2`: there is no setting `max_retrys`; did you mean `max_retries`?"
    /// ));
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        if text.len() > bounds::LONGEST_TEXT {
            return Err(InvalidPolicy::new(format!(
                "this table has {} bytes, and one has {} at most: write patterns with `*` for \
                 several functions",
                text.len(),
                bounds::LONGEST_TEXT
            )));
        }
        let text = text.trim();
        let text = text.strip_suffix(',').unwrap_or(text);
        if text.is_empty() {
            return Ok(Self::new());
        }
        let mut layers = Vec::new();
        let last = entries(text).map(str::trim).try_fold(Self::new(), |table, entry| {
            if entry == NEXT_LAYER {
                layers.push(table);
                return Ok(Self::new());
            }
            let read = || {
                let (pattern, policy) = entry.split_once('=').ok_or_else(|| {
                    InvalidPolicy::new(
                        "an entry has a pattern and a policy: write \
                         `function=policy` or `function=setting:value`",
                    )
                })?;
                table.with(pattern.trim(), policy.trim().parse::<Settings>()?)
            };
            read().map_err(|invalid| invalid.of_entry(entry))
        })?;
        layers.push(last);
        Ok(layers.into_iter().fold(Self::new(), Self::overlaid))
    }
}

/// The entries of `text`: what commas separate, except for those in the brackets of a list of waits, which
/// stand behind an entry's `=`.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_value, mut is_list) = (false, false);
    text.split(move |letter| {
        match letter {
            '=' => is_value = true,
            '[' if is_value => is_list = true,
            ']' => is_list = false,
            ',' if !is_list => {
                is_value = false;
                return true;
            }
            _ => {}
        }
        false
    })
}

impl fmt::Display for Overrides {
    /// Writes the text that [`from_str`](Self::from_str) parses, the most specific patterns first in each
    /// layer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, layer) in self.layers().iter().enumerate() {
            if index > 0 {
                write!(f, ",{NEXT_LAYER},")?;
            }
            for (index, (pattern, settings)) in layer.iter().enumerate() {
                let separator = if index == 0 { "" } else { "," };
                write!(f, "{separator}{}={settings}", pattern.text())?;
            }
        }
        Ok(())
    }
}

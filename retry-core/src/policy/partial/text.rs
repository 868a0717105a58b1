//! Policies in one line of text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::jitter_text::jitter_text;
use super::setting::{NAMES, Reading, Value, known};
use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::policy::Policy;
use crate::policy::presets::PRESETS;
use crate::primitives::one_line::AtMost;

impl FromStr for PartialPolicy {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let mut reading = Reading::default();
        for setting in text.split(';').map(str::trim) {
            match setting.split_once(':') {
                Some((name, value)) => reading.set(name.trim(), &Value::Text(value.trim()))?,
                None if NAMES.contains(&setting) => {
                    let message = format!("`{setting}` has no value: write `{setting}:…`");
                    return Err(InvalidPolicy::new(message));
                }
                None if setting.is_empty() => {
                    return Err(InvalidPolicy::new(format!(
                        "a setting is missing: write a policy's name or `setting:value` ({})",
                        known()
                    )));
                }
                None if setting.contains('=') => {
                    let setting = AtMost(LONGEST_QUOTED, setting).to_string();
                    let instead = setting.replacen('=', ":", 1);
                    let message = format!("`{setting}` is not a setting: write `{instead}`");
                    return Err(InvalidPolicy::new(message));
                }
                None => reading.set("policy", &Value::Text(setting))?,
            }
        }
        reading.finish()
    }
}

impl FromStr for Policy {
    type Err = InvalidPolicy;

    /// Reads a preset's name, or the settings that differ from a preset: those of
    /// [`PartialPolicy`], over [`Policy::DEFAULT`] unless a preset is named.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// assert_eq!("aggressive".parse(), Ok(Policy::AGGRESSIVE));
    /// let quick: Policy = "max_retries:2;base_delay:250ms".parse()?;
    /// assert_eq!(quick.base_delay(), Duration::from_millis(250));
    /// assert_eq!(quick.max_delay(), Policy::DEFAULT.max_delay());
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        Ok(text.parse::<PartialPolicy>()?.over(Self::DEFAULT))
    }
}

impl fmt::Display for PartialPolicy {
    /// The text from which `FromStr` reads the same policy.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// assert_eq!(PartialPolicy::from(Policy::AGGRESSIVE).to_string(), "aggressive");
    /// assert_eq!(PartialPolicy::new().with_max_retries(2).to_string(), "max_retries:2");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.whole();
        if let Some((preset, _)) = PRESETS.iter().find(|(_, policy)| whole == Some(*policy)) {
            return f.write_str(preset);
        }
        let list = self.list();
        let exponential = || list.is_none();
        let settings = [
            list.map(list_text),
            self.retries.map(|value| format!("max_retries:{value}")),
            self.base_delay
                .filter(|_| exponential())
                .map(|value| format!("base_delay:{}", duration_text(value))),
            self.max_delay.map(|value| format!("max_delay:{}", duration_text(value))),
            self.exponential_base
                .filter(|_| exponential())
                .map(|value| format!("exponential_base:{value}")),
            self.jitter.map(|value| format!("jitter:{}", jitter_text(value))),
            self.reset_after.map(|value| format!("reset_after:{}", reset_text(value))),
        ];
        let settings: Vec<String> = settings.into_iter().flatten().collect();
        f.write_str(&settings.join(";"))
    }
}

/// The text from which `duration` is read.
pub(super) fn duration_text(duration: Duration) -> String {
    humantime::format_duration(duration).to_string().replace(' ', "")
}

/// The text from which a reset is read.
pub(super) fn reset_text(reset_after: Option<Duration>) -> String {
    reset_after.map_or_else(|| "never".to_owned(), duration_text)
}

/// `[1s,5s,30s]`
fn list_text(list: &[Duration]) -> String {
    let waits: Vec<String> = list.iter().map(|wait| duration_text(*wait)).collect();
    format!("[{}]", waits.join(","))
}

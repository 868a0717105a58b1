//! Policies in one line of text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

#[cfg(feature = "overrides")]
use super::beside::Beside;
use super::jitter_text::jitter_text;
use super::setting::{Reading, Value};
use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::policy::Policy;
use crate::policy::presets::PRESETS;
use crate::primitives::one_line::AtMost;

impl FromStr for PartialPolicy {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let mut reading = Reading::default();
        reading.read(text)?;
        reading.finish()
    }
}

/// An entry of a table of overrides.
#[cfg(feature = "overrides")]
pub(crate) fn entry(text: &str) -> Result<(PartialPolicy, Beside), InvalidPolicy> {
    let mut reading = Reading::of_entry();
    reading.read(text)?;
    reading.finish_entry()
}

impl Reading {
    /// Reads the settings in `text`.
    pub(super) fn read(&mut self, text: &str) -> Result<(), InvalidPolicy> {
        for setting in text.split(';').map(str::trim) {
            match setting.split_once(':') {
                Some((name, value)) => self.set(name.trim(), &Value::Text(value.trim()))?,
                None if self.names().contains(&setting) => {
                    let message = format!("`{setting}` has no value: write `{setting}:…`");
                    return Err(InvalidPolicy::new(message));
                }
                None if setting.is_empty() => {
                    return Err(InvalidPolicy::new(format!(
                        "a setting is missing: write a policy's name or `setting:value` ({})",
                        self.known()
                    )));
                }
                None if setting.contains('=') => {
                    let setting = AtMost(LONGEST_QUOTED, setting).to_string();
                    let instead = setting.replacen('=', ":", 1);
                    let message = format!("`{setting}` is not a setting: write `{instead}`");
                    return Err(InvalidPolicy::new(message));
                }
                None => self.set("policy", &Value::Text(setting))?,
            }
        }
        Ok(())
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
        let settings = self.texts().map(|(name, value)| match name {
            "policy" => value,
            name => format!("{name}:{value}"),
        });
        f.write_str(&settings.collect::<Vec<String>>().join(";"))
    }
}

impl PartialPolicy {
    /// The settings that are given, as they are written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let list = self.list();
        let exponential = list.is_none();
        let base_delay = self.base_delay.filter(|_| exponential);
        let exponential_base = self.exponential_base.filter(|_| exponential);
        let settings = [
            ("policy", list.map(list_text)),
            ("max_retries", self.retries.map(|value| value.to_string())),
            ("base_delay", base_delay.map(duration_text)),
            ("max_delay", self.max_delay.map(duration_text)),
            ("exponential_base", exponential_base.map(|value| value.to_string())),
            ("jitter", self.jitter.map(jitter_text)),
            ("reset_after", self.reset_after.map(reset_text)),
        ];
        settings.into_iter().filter_map(|(name, value)| Some((name, value?)))
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

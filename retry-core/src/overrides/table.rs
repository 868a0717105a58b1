//! [`Overrides`]: changes to policies, by function name.

use std::time::SystemTime;

use super::layer::{Asked, Layer, Source};
use super::pattern::Pattern;
use super::{Settings, bounds};
use crate::policy::partial::{InvalidPolicy, LONGEST_QUOTED, Until};
use crate::primitives::one_line::AtMost;

/// A table of patterns, and what changes for the functions and upstreams that they match.
///
/// See [the module](super) for the syntax and the rules. Two tables are equal if their layers have the same
/// entries, wherever they [come from](Source).
///
/// ```
/// use std::time::Duration;
/// use persevere::overrides::Overrides;
/// use persevere::{PartialPolicy, Policy};
///
/// let table = Overrides::new()
///     .with("payments::*", Policy::AGGRESSIVE)?
///     .with("search::query", PartialPolicy::new().with_max_retries(2))?;
///
/// assert_eq!(table.to_string(), "search::query=max_retries:2,payments::*=aggressive");
/// assert_eq!(table, table.to_string().parse()?);
/// # Ok::<(), persevere::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a table does nothing until it is installed"]
pub struct Overrides {
    /// The layers, none of them empty; the last one wins.
    layers: Vec<Layer>,
}

impl Overrides {
    /// Makes a table without entries.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// assert!(Overrides::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { layers: Vec::new() }
    }

    /// Adds an entry: a whole [`Policy`](crate::Policy), some of its settings, or [`Settings`] with time
    /// limits. It goes into the last layer.
    ///
    /// # Errors
    ///
    /// If the pattern is empty or already has an entry, or if a value exceeds one of the
    /// [bounds](super#bounds).
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// # use persevere::Policy;
    /// let twice = Overrides::new().with("*", Policy::DEFAULT)?.with("*", Policy::AGGRESSIVE);
    /// assert_eq!(twice.unwrap_err().to_string(), "`*` has two entries: write one");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn with(
        mut self,
        pattern: impl Into<String>,
        settings: impl Into<Settings>,
    ) -> Result<Self, InvalidPolicy> {
        let (pattern, settings) = (pattern.into(), settings.into());
        let entries = self.layers.iter().map(|layer| layer.len()).sum();
        bounds::check(&pattern, &settings, entries)?;
        let pattern = Pattern::new(pattern);
        if self.layers.is_empty() {
            self.layers.push(Layer::new(Source::Install));
        }
        let Some(layer) = self.layers.last_mut() else { return Ok(self) };
        if layer.contains_key(&pattern) {
            let pattern = AtMost(LONGEST_QUOTED, pattern.text());
            return Err(InvalidPolicy::new(format!("`{pattern}` has two entries: write one")));
        }
        layer.insert(pattern, settings);
        Ok(self)
    }

    /// This table with `upper` laid over it: for each function, a setting of `upper` wins over one of this
    /// table, whichever pattern is longer. For example, `upper` comes from the environment and this table
    /// from a file.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let file: Overrides =
    ///     "payments::charge=max_retries:6;base_delay:30ms,*=max_delay:10s".parse()?;
    /// let environment: Overrides = "*=max_retries:0".parse()?;
    /// let table = file.overlaid(environment);
    /// let charge = table.get("payments::charge").unwrap();
    /// assert_eq!(charge.to_string(), "max_retries:0;base_delay:30ms;max_delay:10s");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn overlaid(mut self, upper: Self) -> Self {
        upper.layers.into_iter().for_each(|layer| self.lay(layer));
        self
    }

    /// Lays one more layer over those that are there.
    fn lay(&mut self, upper: Layer) {
        // What the same pattern sets again, for ever, nobody sees any more.
        for lower in &mut self.layers {
            lower.retain(|pattern, settings| match upper.get(pattern) {
                Some(above) if above.until().is_none() => {
                    *settings = settings.without(above);
                    !settings.is_empty()
                }
                _ => true,
            });
        }
        self.layers.retain(|layer| !layer.is_empty());
        // Names are more specific than anything but themselves, so that they win in the same layer, too.
        let can_join = |(pattern, settings): (&Pattern, &Settings)| {
            pattern.is_function() && settings.until().is_none()
        };
        match self.layers.last_mut() {
            Some(lower)
                if lower.source == upper.source
                    && upper.iter().all(can_join)
                    && upper
                        .keys()
                        .all(|name| lower.get(name).is_none_or(|it| it.until().is_none())) =>
            {
                for (name, settings) in upper.into_entries() {
                    let below = lower.remove(&name).unwrap_or_default();
                    lower.insert(name, settings.or(&below));
                }
            }
            _ if upper.is_empty() => {}
            _ => self.layers.push(upper),
        }
    }

    /// This table, which comes from `source`.
    pub(super) fn of_source(mut self, source: Source) -> Self {
        self.layers.iter_mut().for_each(|layer| layer.source = source);
        self
    }

    /// The entries that have an end.
    pub(super) fn ends(&self) -> impl Iterator<Item = (&Pattern, Until)> {
        let entries = self.layers.iter().flat_map(|layer| layer.iter());
        entries.filter_map(|(pattern, settings)| Some((pattern, settings.until()?)))
    }

    /// Spans from the installation become times.
    pub(super) fn begin(&mut self, now: SystemTime) {
        for settings in self.layers.iter_mut().flat_map(|layer| layer.values_mut()) {
            if let Some(Until::For(span)) = settings.until() {
                // A time beyond the clock's range does not come.
                if let Some(end) = now.checked_add(span) {
                    *settings = settings.clone().ending_at(end);
                }
            }
        }
    }

    /// Whether an entry has sizes of layers.
    pub(super) fn has_sizes(&self) -> bool {
        let mut settings = self.layers.iter().flat_map(|layer| layer.values());
        settings.any(|settings| !settings.sizes().is_empty())
    }

    /// This table without the sizes of layers.
    pub(super) fn without_sizes(mut self) -> Self {
        for settings in self.layers.iter_mut().flat_map(|layer| layer.values_mut()) {
            *settings = settings.clone().without_sizes();
        }
        self
    }

    /// What breaks attempts counts from now on.
    #[cfg(feature = "chaos")]
    pub(super) fn begin_chaos(&mut self) {
        let settings = self.layers.iter_mut().flat_map(|layer| layer.values_mut());
        settings.for_each(Settings::begin_chaos);
    }

    /// Whether an entry breaks attempts.
    #[cfg(feature = "chaos")]
    pub(super) fn has_chaos(&self) -> bool {
        let mut settings = self.layers.iter().flat_map(|layer| layer.values());
        settings.any(|settings| settings.chaos().is_some())
    }

    /// Stronger than all layers of this table are those of `upper`, which are kept as they are.
    pub(super) fn under(mut self, upper: &Self) -> Self {
        self.layers.extend(upper.layers.iter().cloned());
        self
    }

    /// Removes the entries that have ended by `now`; returns their patterns, and when each ended.
    pub(super) fn end(&mut self, now: SystemTime) -> Vec<(Pattern, SystemTime)> {
        let mut ended = Vec::new();
        for layer in &mut self.layers {
            layer.retain(|pattern, settings| match settings.until() {
                Some(Until::At(end)) if end <= now => {
                    ended.push((pattern.clone(), end));
                    false
                }
                _ => true,
            });
        }
        self.layers.retain(|layer| !layer.is_empty());
        ended
    }

    pub(super) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// The patterns and their settings: the last layer first, and in each the most specific first.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1,shop::*=max_retries:2,shop::pay=default".parse()?;
    /// let patterns: Vec<&str> = table.entries().map(|(pattern, _)| pattern).collect();
    /// assert_eq!(patterns, ["shop::pay", "shop::*", "*"]);
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &Settings)> {
        let entries = self.layers.iter().rev().flat_map(|layer| layer.iter());
        let entries: Vec<_> = entries.map(|(pattern, it)| (pattern.text(), it)).collect();
        entries.into_iter()
    }

    /// What changes for the function of that name, if anything, from all entries that match it. Of
    /// `@payments`: what changes for every call on the upstream `payments`.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1;jitter:full,shop::*=max_retries:2".parse()?;
    /// assert_eq!(table.get("shop::pay").unwrap().to_string(), "max_retries:2;jitter:full");
    /// assert_eq!(table.get("search::query").unwrap().to_string(), "max_retries:1;jitter:full");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn get(&self, function: &str) -> Option<Settings> {
        self.of(&Asked::new(function, None))
    }

    /// As [`get`](Self::get), for calls of the function on the upstream of that name.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "@payments=off,shop::*=timeout:2s".parse()?;
    /// let pay = table.get_on("shop::pay", "payments").unwrap();
    /// assert_eq!(pay.to_string(), "max_retries:0;timeout:2s");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn get_on(&self, function: &str, upstream: &str) -> Option<Settings> {
        self.of(&Asked::new(function, Some(upstream)))
    }

    pub(super) fn of(&self, asked: &Asked<'_>) -> Option<Settings> {
        let settings = self.layers.iter().rev().fold(Settings::new(), |settings, layer| {
            layer.matching(asked).fold(settings, |settings, (_, below)| settings.or(below))
        });
        (!settings.is_empty()).then_some(settings)
    }
}

impl PartialEq for Overrides {
    fn eq(&self, other: &Self) -> bool {
        // Layers from different sources may be several where one would do.
        let of_one_source = |table: &Self| {
            let table = table.clone().of_source(Source::Install);
            Self::new().overlaid(table).layers
        };
        of_one_source(self) == of_one_source(other)
    }
}

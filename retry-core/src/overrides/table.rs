//! [`Overrides`]: changes to policies, by function name.

use std::collections::BTreeMap;

use super::bounds;
use super::pattern::Pattern;
use crate::policy::partial::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::primitives::one_line::AtMost;

/// A table of patterns and changes to the policies of the functions that they match.
///
/// See [the module](super) for the syntax and the rules.
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
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a table does nothing until it is installed"]
pub struct Overrides {
    /// The layers, none of them empty; the last one wins.
    layers: Vec<Layer>,
}

/// Patterns and settings, the most specific first.
pub(super) type Layer = BTreeMap<Pattern, PartialPolicy>;

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

    /// Adds an entry: a whole [`Policy`](crate::Policy), or some settings.
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
        policy: impl Into<PartialPolicy>,
    ) -> Result<Self, InvalidPolicy> {
        let (pattern, policy) = (pattern.into(), policy.into());
        let entries = self.layers.iter().map(Layer::len).sum();
        bounds::check(&pattern, &policy, entries)?;
        let pattern = Pattern::new(pattern);
        if self.layers.is_empty() {
            self.layers.push(Layer::new());
        }
        let Some(layer) = self.layers.last_mut() else { return Ok(self) };
        if layer.contains_key(&pattern) {
            let pattern = AtMost(LONGEST_QUOTED, pattern.text());
            return Err(InvalidPolicy::new(format!("`{pattern}` has two entries: write one")));
        }
        layer.insert(pattern, policy);
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
        // What the same pattern sets again, nobody sees any more.
        for lower in &mut self.layers {
            lower.retain(|pattern, settings| match upper.get(pattern) {
                Some(hidden_by) => {
                    *settings = settings.without(hidden_by);
                    !settings.is_empty()
                }
                None => true,
            });
        }
        self.layers.retain(|layer| !layer.is_empty());
        // Names are more specific than anything but themselves, so that they win in the same layer, too.
        let has_names_only = upper.keys().all(|pattern| !pattern.has_star());
        match self.layers.last_mut() {
            Some(lower) if has_names_only => {
                for (name, settings) in upper {
                    let below = lower.remove(&name).unwrap_or_default();
                    lower.insert(name, settings.or(below));
                }
            }
            _ if upper.is_empty() => {}
            _ => self.layers.push(upper),
        }
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
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &PartialPolicy)> {
        let entries = self.layers.iter().rev().flatten();
        let entries: Vec<_> = entries.map(|(pattern, policy)| (pattern.text(), policy)).collect();
        entries.into_iter()
    }

    /// The settings that change for the function of that name, if any, from all entries that match it.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1;jitter:full,shop::*=max_retries:2".parse()?;
    /// assert_eq!(table.get("shop::pay").unwrap().to_string(), "max_retries:2;jitter:full");
    /// assert_eq!(table.get("search::query").unwrap().to_string(), "max_retries:1;jitter:full");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn get(&self, function: &str) -> Option<PartialPolicy> {
        let exactly = Pattern::new(function);
        let stars = Pattern::before_stars();
        let settings = self.layers.iter().rev().fold(PartialPolicy::new(), |settings, layer| {
            let named = layer.get(&exactly).into_iter();
            let matching = layer.range(&stars..).filter(|(pattern, _)| pattern.matches(function));
            let matching = matching.map(|(_, policy)| policy);
            named.chain(matching).fold(settings, |settings, below| settings.or(*below))
        });
        (!settings.is_empty()).then_some(settings)
    }
}

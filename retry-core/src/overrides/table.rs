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
    /// The most specific first.
    pub(super) entries: BTreeMap<Pattern, PartialPolicy>,
}

impl Overrides {
    /// Makes a table without entries.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// assert!(Overrides::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { entries: BTreeMap::new() }
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
        bounds::check(&pattern, &policy, self.entries.len())?;
        let pattern = Pattern::new(pattern);
        if self.entries.contains_key(&pattern) {
            let pattern = AtMost(LONGEST_QUOTED, pattern.text());
            return Err(InvalidPolicy::new(format!("`{pattern}` has two entries: write one")));
        }
        self.entries.insert(pattern, policy);
        Ok(self)
    }

    /// This table with the entries of `upper` added; they replace those with the same patterns. For
    /// example, `upper` comes from the environment and this table from a file.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let file: Overrides = "a=aggressive,b=max_retries:1".parse()?;
    /// let environment: Overrides = "b=max_retries:2".parse()?;
    /// assert_eq!(file.overlaid(environment).to_string(), "a=aggressive,b=max_retries:2");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn overlaid(mut self, upper: Self) -> Self {
        // A replaced entry keeps its key: both are equal.
        self.entries.extend(upper.entries);
        self
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The patterns and their settings, the most specific first.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1,shop::*=max_retries:2,shop::pay=default".parse()?;
    /// let patterns: Vec<&str> = table.entries().map(|(pattern, _)| pattern).collect();
    /// assert_eq!(patterns, ["shop::pay", "shop::*", "*"]);
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &PartialPolicy)> {
        self.entries.iter().map(|(pattern, policy)| (pattern.text(), policy))
    }

    /// The settings that change for the function of that name, if any.
    ///
    /// ```
    /// # use persevere::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1,shop::*=max_retries:2".parse()?;
    /// assert_eq!(table.get("shop::pay").unwrap().to_string(), "max_retries:2");
    /// assert_eq!(table.get("search::query").unwrap().to_string(), "max_retries:1");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn get(&self, function: &str) -> Option<&PartialPolicy> {
        let mut matching = self.entries.iter().filter(|(pattern, _)| pattern.matches(function));
        self.entries.get(&Pattern::new(function)).or_else(|| Some(matching.next()?.1))
    }
}

//! [`Overrides`]: which policies are different, by function name.

use std::cmp::Reverse;

use super::pattern;
use crate::partial_policy::{InvalidPolicy, PartialPolicy};

/// A table of patterns, and what is different in the policies of the functions that they match.
///
/// See [the module](super) for its forms and the rules.
///
/// ```
/// use std::time::Duration;
/// use retry_core::overrides::Overrides;
/// use retry_core::{PartialPolicy, Policy};
///
/// let table = Overrides::new()
///     .with("payments::*", Policy::AGGRESSIVE)?
///     .with("search::query", PartialPolicy::new().with_max_retries(2))?;
///
/// assert_eq!(table.to_string(), "search::query=max_retries:2,payments::*=aggressive");
/// assert_eq!(table, table.to_string().parse()?);
/// # Ok::<(), retry_core::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a table does nothing until it is installed"]
pub struct Overrides {
    /// The closest first.
    entries: Vec<(Box<str>, PartialPolicy)>,
}

impl Overrides {
    /// One without entries.
    ///
    /// ```
    /// # use retry_core::overrides::Overrides;
    /// assert!(Overrides::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// One entry more: a whole [`Policy`](crate::Policy), or some settings.
    ///
    /// # Errors
    ///
    /// If the pattern is empty, or there is an entry for it already.
    ///
    /// ```
    /// # use retry_core::overrides::Overrides;
    /// # use retry_core::Policy;
    /// let twice = Overrides::new().with("*", Policy::DEFAULT)?.with("*", Policy::AGGRESSIVE);
    /// assert_eq!(twice.unwrap_err().to_string(), "`*` has two entries: write one");
    /// # Ok::<(), retry_core::InvalidPolicy>(())
    /// ```
    pub fn with(
        mut self,
        pattern: impl Into<String>,
        policy: impl Into<PartialPolicy>,
    ) -> Result<Self, InvalidPolicy> {
        let pattern = pattern.into();
        if pattern.is_empty() {
            return Err(InvalidPolicy::new(
                "a pattern is missing: write a function's name, or `*` for all functions",
            ));
        }
        if self.entries.iter().any(|(known, _)| **known == *pattern) {
            return Err(InvalidPolicy::new(format!("`{pattern}` has two entries: write one")));
        }
        self.put(pattern.into(), policy.into());
        Ok(self)
    }

    /// This table and the entries of `upper`, which replace those for the same patterns: what the
    /// environment says over what a file says.
    ///
    /// ```
    /// # use retry_core::overrides::Overrides;
    /// let file: Overrides = "a=aggressive,b=max_retries:1".parse()?;
    /// let environment: Overrides = "b=max_retries:2".parse()?;
    /// assert_eq!(file.overlaid(environment).to_string(), "a=aggressive,b=max_retries:2");
    /// # Ok::<(), retry_core::InvalidPolicy>(())
    /// ```
    pub fn overlaid(mut self, upper: Self) -> Self {
        for (pattern, policy) in upper.entries {
            self.entries.retain(|(known, _)| *known != pattern);
            self.put(pattern, policy);
        }
        self
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The patterns and what they change, the closest first.
    ///
    /// ```
    /// # use retry_core::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1,shop::*=max_retries:2,shop::pay=default".parse()?;
    /// let patterns: Vec<&str> = table.entries().map(|(pattern, _)| pattern).collect();
    /// assert_eq!(patterns, ["shop::pay", "shop::*", "*"]);
    /// # Ok::<(), retry_core::InvalidPolicy>(())
    /// ```
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &PartialPolicy)> {
        self.entries.iter().map(|(pattern, policy)| (&**pattern, policy))
    }

    /// What is different for the function of that name, if anything.
    ///
    /// ```
    /// # use retry_core::overrides::Overrides;
    /// let table: Overrides = "*=max_retries:1,shop::*=max_retries:2".parse()?;
    /// assert_eq!(table.get("shop::pay").unwrap().to_string(), "max_retries:2");
    /// assert_eq!(table.get("search::query").unwrap().to_string(), "max_retries:1");
    /// # Ok::<(), retry_core::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn get(&self, function: &str) -> Option<&PartialPolicy> {
        self.position(function).and_then(|index| self.at(index))
    }

    pub(super) fn position(&self, function: &str) -> Option<usize> {
        self.entries.iter().position(|(pattern, _)| pattern::matches(pattern, function))
    }

    pub(super) fn at(&self, index: usize) -> Option<&PartialPolicy> {
        self.entries.get(index).map(|(_, policy)| policy)
    }

    fn put(&mut self, pattern: Box<str>, policy: PartialPolicy) {
        let key = |pattern: &str| (Reverse(pattern::closeness(pattern)), pattern.to_owned());
        let place = self.entries.partition_point(|(known, _)| key(known) < key(&pattern));
        self.entries.insert(place, (pattern, policy));
    }
}

//! [`overrides()`]: the table in force, which can be read and replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::pattern::{Pattern, UPSTREAM};
use super::spellings::{Names, Spellings};
use super::{Overrides, in_force};
use crate::primitives::one_line::OneLine;

/// The overrides in force in this process.
///
/// ```
/// use persevere::overrides::overrides;
///
/// assert!(overrides().table().is_empty()); // until a table is installed
/// ```
pub const fn overrides() -> Installed {
    Installed(())
}

/// The overrides in force; made by [`overrides()`].
#[derive(Clone, Copy, Debug)]
pub struct Installed(());

impl Installed {
    /// Puts `table` into force, replacing the current one.
    ///
    /// ```
    /// use persevere::overrides::{Overrides, overrides};
    ///
    /// overrides().install("shop::*=max_retries:1".parse()?);
    /// assert_eq!(overrides().table().to_string(), "shop::*=max_retries:1");
    /// # overrides().clear();
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn install(&self, table: Overrides) {
        in_force::replace(table);
    }

    /// Removes the table: every function has its own policy again.
    ///
    /// ```
    /// use persevere::overrides::overrides;
    ///
    /// overrides().clear();
    /// assert!(overrides().table().is_empty());
    /// ```
    pub fn clear(&self) {
        in_force::replace(Overrides::new());
    }

    /// A copy of the table in force; empty if there is none.
    pub fn table(&self) -> Overrides {
        in_force::table()
    }

    /// The patterns of the table in force that match no known function or upstream: those that are misspelt,
    /// and those of functions that have not failed.
    ///
    /// An annotated function is known from its first failure on, as in [`sites`](crate::sites()); a
    /// closure, and an upstream, once a call has failed since the table was installed. So call this in an outage, or at the
    /// end of a test that makes everything fail.
    ///
    /// ```
    /// use persevere::overrides::overrides;
    /// use persevere::Policy;
    ///
    /// overrides().install("serach::query=max_retries:1,search::*=aggressive".parse()?);
    /// let query = || Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).name("search::query");
    /// assert_eq!(query().sleep(|_| ()).call(), None);
    ///
    /// let unmatched = overrides().unmatched();
    /// assert_eq!(unmatched.len(), 1);
    /// assert_eq!(unmatched[0].pattern(), "serach::query");
    /// assert_eq!(unmatched[0].nearest(), Some("search::query"));
    /// # overrides().clear();
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn unmatched(&self) -> Vec<Unmatched> {
        let (table, functions, upstreams) = in_force::table_and_names();
        let upstreams: Vec<String> =
            upstreams.iter().map(|name| format!("{UPSTREAM}{name}")).collect();
        let mut functions = Known::new(functions);
        let mut upstreams = Known::new(upstreams.iter().map(String::as_str));
        let patterns: BTreeSet<&Pattern> =
            table.layers().iter().flat_map(|layer| layer.keys()).collect();
        let unmatched = patterns.into_iter().filter_map(|pattern| {
            let known = if pattern.is_of_upstream() { &mut upstreams } else { &mut functions };
            known.unmatched(pattern.text())
        });
        unmatched.collect()
    }
}

/// A pattern that matches no function known so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    pattern: String,
    nearest: Option<String>,
}

/// Names that patterns may match.
struct Known<'a> {
    names: Names<'a>,
    /// The names as patterns of each shape would have them.
    spellings: BTreeMap<Shape, Spellings>,
}

impl<'a> Known<'a> {
    fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { names: Names::new(names), spellings: BTreeMap::new() }
    }

    /// What there is to say of `pattern`, if it matches none of the names.
    fn unmatched(&mut self, pattern: &str) -> Option<Unmatched> {
        if self.names.any_matches(pattern) {
            return None;
        }
        let behind_crate = format!("*::{pattern}");
        let nearest = if self.names.any_matches(&behind_crate) {
            Some(behind_crate)
        } else {
            let shape = Shape::of(pattern);
            let spellings = self.spellings.entry(shape).or_insert_with_key(|shape| {
                Spellings::new(self.names.iter().map(|name| shape.likened(name)).collect())
            });
            spellings.nearest(pattern).map(str::to_owned)
        };
        Some(Unmatched { pattern: pattern.to_owned(), nearest })
    }
}

impl Unmatched {
    /// The pattern, as it was installed.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A suggestion: a pattern of similar spelling that matches a known function.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

/// Which parts of a pattern are `*`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    /// The parts are counted from the end, since the first is `*`.
    from_end: bool,
    /// Up to the last `*`.
    stars: Vec<bool>,
    /// The last one stands for all further parts.
    is_open: bool,
}

impl Shape {
    fn of(pattern: &str) -> Self {
        let mut stars: Vec<bool> = pattern.split("::").map(|part| part == "*").collect();
        let from_end = stars[0];
        if from_end {
            stars.reverse();
        }
        let is_open = stars.last() == Some(&true);
        let length = stars.iter().rposition(|is_star| *is_star).map_or(0, |last| last + 1);
        stars.truncate(length);
        Self { from_end, stars, is_open }
    }

    /// `name` with a `*` in place of each part that is `*` in the pattern, so that both can be compared.
    fn likened(&self, name: &str) -> String {
        let mut parts: Vec<&str> = name.split("::").collect();
        if self.from_end {
            parts.reverse();
        }
        let count = if self.is_open { self.stars.len() } else { usize::MAX };
        let mut alike: Vec<&str> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| if self.stars.get(index) == Some(&true) { "*" } else { part })
            .take(count)
            .collect();
        if self.from_end {
            alike.reverse();
        }
        alike.join("::")
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = OneLine(&self.pattern);
        let whom = if self.pattern.starts_with(UPSTREAM) { "upstream" } else { "function" };
        write!(f, "`{pattern}` matches no {whom} that has failed so far")?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{}`?", OneLine(nearest)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(pattern: &str) -> Option<String> {
        let names = ["shop::payments::charge", "search::query"];
        Known::new(names).unmatched(pattern).and_then(|unmatched| unmatched.nearest)
    }

    #[test]
    fn what_was_meant_is_a_pattern_that_matches() {
        assert_eq!(nearest("serach::query").as_deref(), Some("search::query"));
        assert_eq!(nearest("serach::*").as_deref(), Some("search::*"));
        assert_eq!(nearest("*::qurey").as_deref(), Some("*::query"));
        assert_eq!(nearest("shop::paymets::*").as_deref(), Some("shop::payments::*"));
        assert_eq!(nearest("payments::*").as_deref(), Some("*::payments::*"));
        assert_eq!(nearest("charge").as_deref(), Some("*::charge"));
        assert_eq!(nearest("mail::send"), None);
    }

    #[test]
    fn it_says_so() {
        let unmatched = Known::new(["shop::charge"]).unmatched("charge").unwrap();
        let sentence = "`charge` matches no function that has failed so far; did you mean \
                        `*::charge`?";
        assert_eq!(unmatched.to_string(), sentence);
    }
}

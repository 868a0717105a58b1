//! [`overrides()`]: the table in force, which can be read and replaced.

use std::collections::BTreeSet;
use std::fmt;

use super::pattern::Pattern;
use super::table::Layer;
use super::{Overrides, in_force, pattern};
use crate::primitives::one_line::OneLine;
use crate::primitives::suggest;

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

    /// The patterns of the table in force that match no known function: those that are misspelt, and
    /// those of functions that have not failed.
    ///
    /// An annotated function is known from its first failure on, as in [`sites`](crate::sites()); a
    /// closure, once it has failed since the table was installed. So call this in an outage, or at the
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
        let (table, names) = in_force::table_and_names();
        let is_unmatched = |known: &&Pattern| !names.iter().any(|name| known.matches(name));
        let patterns: BTreeSet<&Pattern> = table.layers().iter().flat_map(Layer::keys).collect();
        let unmatched = patterns.into_iter().filter(is_unmatched);
        unmatched.map(|pattern| Unmatched::of(pattern.text(), &names)).collect()
    }
}

/// A pattern that matches no function known so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    pattern: String,
    nearest: Option<String>,
}

impl Unmatched {
    fn of(pattern: &str, names: &[&str]) -> Self {
        let behind_crate = format!("*::{pattern}");
        let nearest = if names.iter().any(|name| pattern::matches(&behind_crate, name)) {
            Some(behind_crate)
        } else {
            let alike: Vec<String> = names.iter().map(|name| likened(name, pattern)).collect();
            suggest::nearest(pattern, alike.iter().map(String::as_str)).map(str::to_owned)
        };
        Self { pattern: pattern.to_owned(), nearest }
    }

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

/// `name` with a `*` in place of each part that is `*` in `pattern`, so that both can be compared.
fn likened(name: &str, pattern: &str) -> String {
    let mut parts: Vec<&str> = name.split("::").collect();
    let mut stars: Vec<bool> = pattern.split("::").map(|part| part == "*").collect();
    let from_end = stars[0];
    if from_end {
        parts.reverse();
        stars.reverse();
    }
    let rest = "*"; // a last star stands for all further parts
    let count = if stars.last() == Some(&true) { stars.len() } else { usize::MAX };
    let mut alike: Vec<&str> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| if stars.get(index) == Some(&true) { rest } else { part })
        .take(count)
        .collect();
    if from_end {
        alike.reverse();
    }
    alike.join("::")
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = OneLine(&self.pattern);
        write!(f, "`{pattern}` matches no function that has failed so far")?;
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
        Unmatched::of(pattern, &["shop::payments::charge", "search::query"]).nearest
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
        let unmatched = Unmatched::of("charge", &["shop::charge"]);
        let sentence = "`charge` matches no function that has failed so far; did you mean \
                        `*::charge`?";
        assert_eq!(unmatched.to_string(), sentence);
    }
}

//! [`Pattern`]: a function's name, with or without `*`.

use std::cmp::Reverse;

/// What an upstream's name begins with in a pattern.
pub(super) const UPSTREAM: char = '@';

/// A function's name, or an upstream's behind `@`, in which `*` matches any characters, or none. The order puts the most specific
/// first: names, then patterns by falling length, `*` not counted, then alphabetically.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    has_star: bool,
    letters: Reverse<usize>,
    text: Box<str>,
}

impl Pattern {
    pub(super) fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let stars = text.matches('*').count();
        Self { has_star: stars > 0, letters: Reverse(text.chars().count() - stars), text }
    }

    /// Whether it is the name of a function.
    pub(super) fn is_function(&self) -> bool {
        !self.has_star && !self.is_of_upstream()
    }

    pub(super) fn is_of_upstream(&self) -> bool {
        self.text.starts_with(UPSTREAM)
    }

    /// What stands before every pattern with a `*`, and behind every name.
    pub(super) fn before_stars() -> Self {
        Self { has_star: true, letters: Reverse(usize::MAX), text: "".into() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        matches(&self.text, name)
    }
}

/// Whether `pattern`, in which `*` matches any characters or none, matches `name`.
///
/// Crates for glob patterns give a meaning to `?` and `[…]`, which occur in the names of generic
/// functions; hence this one. Each part between the first `*` and the last matches at the first
/// position that it finds.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let (parts, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let name = name.strip_prefix(start).and_then(|name| name.strip_suffix(end));
    let Some(mut between) = name else { return false };
    parts.split('*').all(|part| match between.split_once(part) {
        Some((_, after)) => {
            between = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: a `*` matches nothing, or one character and then goes on.
    fn by_definition(pattern: &[char], name: &[char]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                by_definition(rest, name)
                    || name.split_first().is_some_and(|(_, name)| by_definition(pattern, name))
            }
            ([p, pattern @ ..], [n, name @ ..]) => p == n && by_definition(pattern, name),
            _ => false,
        }
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        assert!(matches("payments::*", "payments::cards::charge"));
        assert!(matches("*::charge", "payments::cards::charge"));
        assert!(matches("*", ""));
        assert!(matches("a*a", "aa"));
        assert!(!matches("a*a", "a"));
        assert!(!matches("payments", "payments::charge"));
        assert!(!matches("payments::*", "shop::payments::charge"));
        assert!(matches("<[u8; 4] as Send?>::*", "<[u8; 4] as Send?>::send"));
    }

    proptest! {
        #[test]
        fn it_is_the_definition(pattern in "[ab*é]{0,8}", name in "[abé]{0,8}") {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(
                matches(&pattern, &name),
                by_definition(&letters(&pattern), &letters(&name))
            );
        }
    }
}

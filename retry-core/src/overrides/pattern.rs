//! Names with `*` in them.

/// Whether `pattern`, in which `*` stands for any letters or none, is `name`.
///
/// Written here, since crates that match more take `?` and `[…]` for more than themselves, which
/// stand in the names of generic functions. Each `*` takes as little as it can; when what follows
/// does not fit, only the last one takes more.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(end)
}

/// How close a pattern is, where several match: exact ones first, then long ones.
pub(super) fn closeness(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.chars().filter(|letter| *letter != '*').count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By its meaning: a `*` takes nothing, or a letter and goes on.
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

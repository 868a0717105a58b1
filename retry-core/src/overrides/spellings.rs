//! [`Names`] and [`Spellings`]: many names, of which one is sought that a pattern matches, or resembles.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern;
use crate::primitives::suggest;

/// Names, in an order in which those are found soon that a pattern matches.
pub(super) struct Names<'a> {
    sorted: BTreeSet<&'a str>,
    /// By their ends.
    reversed: BTreeMap<String, &'a str>,
    /// All of them, one a line, to look for a part in the middle.
    lines: String,
}

impl<'a> Names<'a> {
    pub(super) fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        let sorted: BTreeSet<&str> = names.into_iter().collect();
        let mut lines = String::from("\n");
        for name in &sorted {
            lines.push_str(name);
            lines.push('\n');
        }
        let reversed = sorted.iter().map(|name| (backwards(name), *name)).collect();
        Self { sorted, reversed, lines }
    }

    /// Whether `pattern` matches one of them.
    pub(super) fn any_matches(&self, pattern: &str) -> bool {
        let Some((start, rest)) = pattern.split_once('*') else {
            return self.sorted.contains(pattern);
        };
        let end = rest.rsplit('*').next().unwrap_or_default();
        let matches = |name: &&str| pattern::matches(pattern, name);
        if !start.is_empty() {
            let range = self.sorted.range(start..).take_while(|name| name.starts_with(start));
            return range.copied().any(|name| matches(&name));
        }
        if !end.is_empty() {
            let end = backwards(end);
            let range = self.reversed.range(end.clone()..);
            let range = range.take_while(|(reversed, _)| reversed.starts_with(&end));
            return range.map(|(_, name)| *name).any(|name| matches(&name));
        }
        let longest = rest.split('*').max_by_key(|part| part.len()).unwrap_or_default();
        if longest.is_empty() {
            return !self.sorted.is_empty();
        }
        self.lines.match_indices(longest).any(|(at, _)| {
            let before = self.lines[..at].rfind('\n').map_or(0, |line| line + 1);
            let after = self.lines[at..].find('\n').map_or(self.lines.len(), |line| at + line);
            matches(&&self.lines[before..after])
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.sorted.iter().copied()
    }
}

fn backwards(name: &str) -> String {
    name.chars().rev().collect()
}

/// Texts of which the nearest to another is sought, many times: the same as [`suggest::nearest`] finds.
pub(super) struct Spellings {
    sorted: Vec<Spelling>,
    /// By their ends, written backwards, with their place among the sorted ones.
    by_end: Vec<(String, usize)>,
}

struct Spelling {
    text: String,
    letters: Letters,
}

/// How many letters and pairs of letters a text has, and how many of each sort. From those of two texts it is
/// quickly found out how many letters differ at least.
struct Letters {
    number: usize,
    by_sort: [u8; 32],
    pairs_by_sort: [u8; 32],
}

/// One letter that is changed, added or left out, or two that are exchanged, change so many pairs at most.
const PAIRS_OF_A_MISTAKE: usize = 3;

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self { number: 0, by_sort: [0; 32], pairs_by_sort: [0; 32] };
        let mut before = 0;
        for letter in text.chars().map(u32::from) {
            count(&mut letters.by_sort, letter);
            if letters.number > 0 {
                count(&mut letters.pairs_by_sort, before * 7 + letter);
            }
            letters.number += 1;
            before = letter;
        }
        letters
    }

    /// How many letters and pairs are in one and not in the other.
    fn differences(&self, other: &Self) -> (usize, usize) {
        let of = |here: &[u8; 32], there: &[u8; 32]| {
            let differences = here.iter().zip(there).map(|(here, there)| here.abs_diff(*there));
            differences.map(u32::from).sum::<u32>() as usize
        };
        (of(&self.by_sort, &other.by_sort), of(&self.pairs_by_sort, &other.pairs_by_sort))
    }

    /// The distance of the two texts, or less.
    fn least_distance(&self, other: &Self, (letters, pairs): (usize, usize)) -> usize {
        let longer = self.number.abs_diff(other.number);
        // The greater of what one has more, and of what the other has.
        let more = |differences: usize| (differences + longer).div_ceil(2);
        let by_pairs = pairs.div_ceil(2).div_ceil(PAIRS_OF_A_MISTAKE);
        more(letters).max(by_pairs).max(longer)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "one of 32 sorts")]
fn count(by_sort: &mut [u8; 32], sort: u32) {
    let count = &mut by_sort[(sort % 32) as usize];
    *count = count.saturating_add(1);
}

impl Spellings {
    pub(super) fn new(texts: BTreeSet<String>) -> Self {
        let spelling = |text: String| Spelling { letters: Letters::of(&text), text };
        let sorted: Vec<Spelling> = texts.into_iter().map(spelling).collect();
        let places = sorted.iter().enumerate();
        let mut by_end: Vec<(String, usize)> =
            places.map(|(place, spelling)| (backwards(&spelling.text), place)).collect();
        by_end.sort_unstable();
        Self { sorted, by_end }
    }

    pub(super) fn nearest(&self, text: &str) -> Option<&str> {
        let letters = Letters::of(text);
        let allowed = suggest::allowed(letters.number);
        // What begins or ends alike is likely to be near, and then few others can be as near.
        let neighbours = self.neighbours(text).map(|candidate| distance(text, candidate));
        let mut most = neighbours.min().unwrap_or(allowed).min(allowed);
        // So is that with the fewest differences.
        let mut candidates = Vec::new();
        let mut likely = None;
        for spelling in &self.sorted {
            if letters.number.abs_diff(spelling.letters.number) > most {
                continue;
            }
            let differences = letters.differences(&spelling.letters);
            let least = letters.least_distance(&spelling.letters, differences);
            if least <= most {
                let number = differences.0 + differences.1;
                if likely.is_none_or(|(fewest, _)| number < fewest) {
                    likely = Some((number, &*spelling.text));
                }
                candidates.push((least, &*spelling.text));
            }
        }
        if let Some((_, likely)) = likely {
            most = most.min(distance(text, likely));
        }
        let mut nearest = None;
        for (least, candidate) in candidates {
            if least > most {
                continue;
            }
            let found = (distance(text, candidate), candidate);
            if found.0 <= most && nearest.is_none_or(|nearest| found < nearest) {
                most = found.0;
                nearest = Some(found);
            }
        }
        nearest.map(|(_, candidate)| candidate)
    }

    /// Those before and behind `text` in both orders.
    fn neighbours(&self, text: &str) -> impl Iterator<Item = &str> {
        let count = self.sorted.len();
        let beside = |place: usize| place.saturating_sub(1)..(place + 1).min(count);
        let place = self.sorted.partition_point(|spelling| *spelling.text < *text);
        let begin_alike = self.sorted[beside(place)].iter();
        let reversed = backwards(text);
        let place = self.by_end.partition_point(|(end, _)| *end < reversed);
        let end_alike = self.by_end[beside(place)].iter().map(|(_, place)| &self.sorted[*place]);
        begin_alike.chain(end_alike).map(|spelling| &*spelling.text)
    }
}

/// How many letters differ. What both begin and end with takes no part in it, and most of the time.
fn distance(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let same = same.map(|(letter, _)| letter.len_utf8()).sum();
    let (one, other) = (&one[same..], &other[same..]);
    let same = one.chars().rev().zip(other.chars().rev()).take_while(|(one, other)| one == other);
    let same: usize = same.map(|(letter, _)| letter.len_utf8()).sum();
    strsim::damerau_levenshtein(&one[..one.len() - same], &other[..other.len() - same])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_nearest_is_the_one_that_all_comparisons_find(
            text in "[ab:é]{0,12}",
            candidates in proptest::collection::btree_set("[ab:é]{0,12}", 0..12)
        ) {
            let expected = suggest::nearest(&text, candidates.iter().map(String::as_str));
            let spellings = Spellings::new(candidates.clone());
            prop_assert_eq!(spellings.nearest(&text), expected);
        }

        #[test]
        fn a_pattern_matches_one_if_it_matches_any(
            pattern in "[ab*é]{0,6}",
            names in proptest::collection::btree_set("[abé]{0,6}", 0..8)
        ) {
            let any = names.iter().any(|name| pattern::matches(&pattern, name));
            let known = Names::new(names.iter().map(String::as_str));
            prop_assert_eq!(known.any_matches(&pattern), any);
        }
    }
}

//! The words of other retry libraries, and what each is called here.
//!
//! Words are listed as `snake_case`; [`spellings`] is the one rule for all other ways to write them.

mod answers;
mod jvm;
mod python;
mod rust;
mod services;
#[cfg(feature = "tasks")]
mod tasks;

#[cfg(feature = "tasks")]
pub(super) use self::tasks::OF_TASK;

/// Another library's word, and what to write instead.
pub(super) type Word = (&'static str, &'static str);

const LIBRARIES: &[&[Word]] = &[
    python::CELERY,
    python::TENACITY,
    python::STAMINA,
    python::OTHERS,
    python::URLLIB3,
    jvm::SPRING,
    jvm::RESILIENCE4J,
    jvm::OTHERS,
    services::WORKFLOWS,
    services::PROXIES,
    services::POLLY,
    services::GO,
    services::JAVASCRIPT,
    services::RUBY,
    rust::LIBRARIES,
    rust::PLAIN,
];

/// All words; `first` has those that mean something else to one attribute.
fn words(first: &'static [Word]) -> impl Iterator<Item = &'static Word> {
    first.iter().chain(LIBRARIES.iter().copied().flatten())
}

/// What to write instead of `word`, which is spelt as here.
pub(super) fn translate(word: &str, first: &'static [Word]) -> Option<&'static str> {
    words(first).find(|(foreign, _)| *foreign == word).map(|(_, here)| *here)
}

/// The word that `word` is a slip of the pen away from.
pub(super) fn nearest(word: &str, first: &'static [Word]) -> Option<&'static Word> {
    let allowed = word.chars().count() / 6;
    words(first)
        .map(|known| (strsim::damerau_levenshtein(word, known.0), known))
        .filter(|(distance, _)| (1..=allowed).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How `word` may be spelt here: as it is; in `snake_case`; that without the `with_` of a builder.
pub(super) fn spellings(word: &str) -> Vec<String> {
    let mut snake = String::new();
    let letters: Vec<char> = word.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let follows_small = at > 0 && !letters[at - 1].is_uppercase();
        let begins_word = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let is_inside = at > 0 && letters[at - 1] != '_';
        if letter.is_uppercase() && is_inside && (follows_small || begins_word) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase().map(|it| if it == '-' { '_' } else { it }));
    }
    let mut spellings = vec![word.to_owned()];
    let prefixes = ["with_", "set_"];
    let bare = prefixes.iter().find_map(|prefix| snake.strip_prefix(prefix)).map(str::to_owned);
    for spelling in [Some(snake), bare].into_iter().flatten() {
        if !spellings.contains(&spelling) && !spelling.is_empty() {
            spellings.push(spelling);
        }
    }
    spellings
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write as _;

    use super::{Word, spellings, words};
    use crate::read::RETRY;

    #[test]
    fn a_word_is_spelt_as_keys_are() {
        for (word, spelt) in [
            ("maxRetries", "max_retries"),
            ("MaxRetries", "max_retries"),
            ("withMaxRetries", "max_retries"),
            ("with_max_retries", "max_retries"),
            ("max-retries", "max_retries"),
            ("HTTPError", "http_error"),
            ("MAX_RETRIES", "max_retries"),
        ] {
            let spellings = spellings(word);
            assert!(spellings.iter().any(|it| it == spelt), "{word}: {spellings:?}");
        }
        assert_eq!(spellings("jitter"), ["jitter"]);
    }

    /// Each stands once, is spelt as keys are, and is none of them.
    fn check(words: impl Iterator<Item = &'static Word>, is_key: impl Fn(&str) -> bool) {
        let mut seen = HashSet::new();
        for (word, _) in words {
            assert!(seen.insert(word), "{word} stands twice");
            assert_eq!(spellings(word).last().map(String::as_str), Some(*word), "another spelling");
            assert!(!is_key(word), "{word} is a key of our own");
        }
    }

    /// A case for the compiler that has all `words`.
    fn case(head: &str, words: impl Iterator<Item = &'static Word>, tail: &str) -> String {
        let mut case = head.to_owned();
        for (word, _) in words {
            writeln!(case, "    {word} = 1,").expect("a string takes any text");
        }
        case + tail
    }

    /// `UPDATE_EXPECT=1` writes the case anew.
    #[test]
    fn each_word_stands_once_is_not_ours_and_is_shown_to_the_compiler() {
        check(words(&[]), |word| RETRY.keys().any(|key| key.name == word));
        let head = "//! Names of keys in other libraries, and what each is called here.\n\n\
                    use persevere::retry;\n\n#[retry(\n    on = _,\n";
        let tail = ")]\nfn f() -> Result<(), ()> {\n    Ok(())\n}\n\n\
                    #[retry(on = _, stop = stop_after_attempt(3), wait = wait_fixed(2))]\n\
                    fn as_in_tenacity() -> Result<(), ()> {\n    Ok(())\n}\n\n\
                    #[retry(autoretry_for = (TimeoutError,), retry_backoff = true, \
                    retry_kwargs = {max_retries: 5})]\n\
                    fn as_in_celery() -> Result<(), ()> {\n    Ok(())\n}\n\nfn main() {}\n";
        expect_test::expect_file!["../../../../tests/ui/foreign/words.rs"].assert_eq(&case(
            head,
            words(&[]),
            tail,
        ));
    }

    #[cfg(feature = "tasks")]
    #[test]
    fn so_does_each_word_of_task_queues() {
        check(super::OF_TASK.iter(), |word| crate::read::TASK.keys().any(|key| key.name == word));
        let head = "//! Words of task queues, and what each is called here.\n\n\
                    use persevere::task;\nuse std::io;\n\n#[task(\n";
        let tail = "    autoretry_for = 1,\n    max_attempts = 1\n)]\n\
                    async fn send(value: u32) -> io::Result<()> {\n    let _ = value;\n    Ok(())\n}\n\n\
                    fn main() {}\n";
        expect_test::expect_file!["../../../../tests/ui/task/words.rs"].assert_eq(&case(
            head,
            super::OF_TASK.iter(),
            tail,
        ));
    }

    /// The attribute's documentation has the whole table: `UPDATE_EXPECT=1` writes it anew.
    #[test]
    fn the_documentation_lists_every_word() {
        let mut rows: Vec<(Vec<String>, &str)> = Vec::new();
        for (word, here) in words(&[]) {
            match rows.iter_mut().find(|(_, known)| known == here) {
                Some((words, _)) => words.push(format!("`{word}`")),
                None => rows.push((vec![format!("`{word}`")], here)),
            }
        }
        let mut table = String::from("| their words | here |\n|---|---|\n");
        for (words, here) in rows {
            let here = here.replace('|', "\\|");
            writeln!(table, "| {} | {here} |", words.join(", ")).expect("a string takes any text");
        }
        expect_test::expect_file!["../../../foreign_words.md"].assert_eq(&table);
    }
}

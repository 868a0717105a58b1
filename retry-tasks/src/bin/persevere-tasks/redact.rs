//! URLs have passwords, which are printed nowhere.

use std::ffi::OsString;

/// What is said of a URL that cannot be read.
pub(crate) const UNREADABLE: &str = "the queue's URL cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special \
     characters as %40";

/// Whether a queue's place is no file.
pub(crate) fn is_url(place: &str) -> bool {
    let scheme = place.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| scheme == "postgres" || scheme == "postgresql")
}

/// A text about a call, without the URLs that it was called with.
pub(crate) fn urls(text: &str, called_with: impl Iterator<Item = OsString>) -> String {
    let mut text = text.to_owned();
    for argument in called_with {
        let argument = argument.to_string_lossy();
        if let Some(at) = argument.find("://") {
            let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            let start = argument[..at].trim_end_matches(is_scheme).len();
            text = text.replace(&argument[start..], "<URL>");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_arguments_are_left_out() {
        let arguments = ["--quee=postgres://ada:secret@h/db", "postgresql://ada:secret@h/db", "db"];
        let text = "no --quee=postgres://ada:secret@h/db and no postgresql://ada:secret@h/db in db";
        let redacted = urls(text, arguments.into_iter().map(OsString::from));
        assert_eq!(redacted, "no --quee=<URL> and no <URL> in db");
    }

    #[test]
    fn files_are_no_urls() {
        assert!(is_url("postgres://h/db") && is_url("PostgreSQL://h/db") && is_url("postgres:x"));
        assert!(
            !is_url("tasks.db") && !is_url("/var/postgres/tasks.db") && !is_url("C:\\tasks.db")
        );
    }
}

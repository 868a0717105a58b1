//! Patterns that no error can match: names of types and functions, and values that an error only holds.

use quote::ToTokens;
use syn::{Ident, Lit, Pat, Path, Type};

use crate::diagnostics::{Errors, as_written};
use crate::function::returned;
use crate::read::{Keyed, Matcher, Values};

/// An error type that the return type names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Known {
    Io,
    /// `HttpError` or `reqwest::Error`, which hold a status.
    Http,
    /// `anyhow::Error` and its like, which hide what they hold.
    Erased,
}

/// Types of errors that are no values, by the end of their paths.
pub(super) const TYPES: &[&str] = &[
    "io::Error",
    "error::Error",
    "fmt::Error",
    "reqwest::Error",
    "hyper::Error",
    "sqlx::Error",
    "redis::RedisError",
    "tonic::Status",
    "transport::Error",
    "object_store::Error",
    "serde_json::Error",
    "anyhow::Error",
    "eyre::Report",
    "http::HttpError",
    "persevere::HttpError",
    "num::ParseIntError",
    "num::ParseFloatError",
    "str::Utf8Error",
    "error::Elapsed",
    "task::JoinError",
];

/// Reports each of them; `output` is what one attempt returns.
pub(super) fn of_another_kind(values: &Values, output: Option<&Type>, errors: &mut Errors) {
    let known = output.and_then(Known::of);
    let keys = [("on", &values.on), ("unless", &values.unless), ("also", &values.also)];
    for (key, matcher) in keys {
        let Some(Keyed { value: Matcher::Pattern { pattern, guard, .. }, .. }) = matcher else {
            continue;
        };
        let mut alternatives = Vec::new();
        flatten(pattern, &mut alternatives);
        let wrong =
            alternatives.iter().find_map(|pattern| Some((pattern, message(key, pattern, known)?)));
        if let Some((pattern, message)) = wrong {
            errors.at(pattern, message);
        } else if let (Some(name), None) = (bound(pattern), guard) {
            let message = format!(
                "the name `{name}` matches every error: write `{key} = {name} if …` for some of them, \
                 `on = _` for all, or `when = {name}` if it is a function"
            );
            errors.at(name, message);
        }
    }
}

/// The alternatives of `pattern`.
fn flatten<'a>(pattern: &'a Pat, alternatives: &mut Vec<&'a Pat>) {
    match pattern {
        Pat::Or(either) => either.cases.iter().for_each(|case| flatten(case, alternatives)),
        Pat::Paren(inner) => flatten(&inner.pat, alternatives),
        pattern => alternatives.push(pattern),
    }
}

/// The name that `pattern` only binds.
fn bound(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(name) if name.subpat.is_none() && is_lowercase(&name.ident.to_string()) => {
            Some(&name.ident)
        }
        _ => None,
    }
}

/// What to write instead of `pattern`, if no error matches it.
fn message(key: &str, pattern: &Pat, known: Option<Known>) -> Option<String> {
    let written = as_written(pattern);
    match pattern {
        Pat::Path(path) => of_path(key, &path.path, &written, known),
        Pat::TupleStruct(tuple) if is_lowercase(&last_of(&tuple.path)) => {
            Some(calls(key, &as_written(&tuple.path)))
        }
        Pat::TupleStruct(_) | Pat::Struct(_) => hidden(key, &written, known),
        Pat::Lit(literal) => of_literal(key, literal, &written, known),
        Pat::Range(_) => of_number(key, &written, known),
        _ => None,
    }
}

/// What to write instead of `path`, if no error matches that.
pub(super) fn of_path(
    key: &str,
    path: &Path,
    written: &str,
    known: Option<Known>,
) -> Option<String> {
    let last = last_of(path);
    let holder = path.segments.iter().nth_back(1).map(|it| it.ident.to_string());
    let holder = holder.unwrap_or_default();
    if is_lowercase(&last) {
        return Some(calls(key, written));
    }
    if TYPES.iter().any(|it| *it == format!("{holder}::{last}")) {
        let all = match known {
            Some(Known::Erased) => format!("write `{key} = [{written}]`"),
            _ => format!(
                "write `{key} = error if …` for some errors, `on = _` for all, or `{key} = [{written}]` \
                 where the error hides its type"
            ),
        };
        return Some(format!(
            "`{written}` is a type, and `{key}` takes a pattern of values: {all}"
        ));
    }
    match (holder.as_str(), known) {
        ("ErrorKind", Some(Known::Io)) => Some(format!(
            "an `io::Error` has a kind: write `{key} = error if error.kind() == {written}`, or \
             `matches!(error.kind(), A | B)` for several"
        )),
        ("StatusCode", Some(Known::Http)) => Some(format!(
            "the error has a status: write `{key} = error if error.status() == Some({written})`"
        )),
        _ => hidden(key, written, known),
    }
}

fn of_literal(
    key: &str,
    literal: &impl ToTokens,
    written: &str,
    known: Option<Known>,
) -> Option<String> {
    match syn::parse2::<Lit>(literal.to_token_stream()).ok()? {
        Lit::Int(_) => of_number(key, written, known),
        Lit::Str(_) if known.is_some() => Some(format!(
            "the error is no text: write `{key} = error if error.to_string().contains({written})`"
        )),
        _ => None,
    }
}

fn of_number(key: &str, written: &str, known: Option<Known>) -> Option<String> {
    (known == Some(Known::Http)).then(|| {
        format!(
            "the error has a status: write `{key} = error if error.status().is_some_and(|status| \
             matches!(status.as_u16(), {written}))`"
        )
    })
}

/// A pattern of a type that the error hides.
fn hidden(key: &str, written: &str, known: Option<Known>) -> Option<String> {
    (known == Some(Known::Erased)).then(|| {
        let ty = written.rsplit_once("::").map_or(written, |(ty, _)| ty);
        format!(
            "the error hides its type: write `{key} = [{ty}]` for that type, or `when = |error| \
             matches!(error.downcast_ref(), Some({written}))`"
        )
    })
}

fn calls(key: &str, function: &str) -> String {
    format!("`{key}` takes a pattern, and this is a function: write `when = {function}`")
}

fn last_of(path: &Path) -> String {
    path.segments.last().map(|it| it.ident.to_string()).unwrap_or_default()
}

fn is_lowercase(name: &str) -> bool {
    name.trim_start_matches("r#").starts_with(char::is_lowercase)
}

impl Known {
    /// That of a function that returns `output`; `None`, if another name stands for it.
    pub(super) fn of(output: &Type) -> Option<Self> {
        let error = returned::error_of(output);
        if let Type::Path(path) = error {
            let mut names = path.path.segments.iter().rev().map(|it| it.ident.to_string());
            let (last, holder) = (names.next()?, names.next().unwrap_or_default());
            let is_alias = std::ptr::eq(error, output) && last == "Result";
            return match (holder.as_str(), last.as_str()) {
                ("io", "Error") => Some(Self::Io),
                ("io", "Result") if is_alias => Some(Self::Io),
                ("reqwest", "Error") | (_, "HttpError") => Some(Self::Http),
                ("reqwest", "Result") if is_alias => Some(Self::Http),
                ("anyhow", "Error") | ("eyre", "Report") => Some(Self::Erased),
                ("anyhow" | "eyre", "Result") if is_alias => Some(Self::Erased),
                (_, "Box") if as_written(error).contains("dyn ") => Some(Self::Erased),
                _ => None,
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn known(output: proc_macro2::TokenStream) -> Option<Known> {
        Known::of(&syn::parse2(output).expect("it is a type"))
    }

    #[test]
    fn an_error_is_known_where_its_name_is_written() {
        assert!(known(quote!(io::Result<u8>)) == Some(Known::Io));
        assert!(known(quote!(Result<u8, std::io::Error>)) == Some(Known::Io));
        assert!(known(quote!(Result<u8, HttpError>)) == Some(Known::Http));
        assert!(known(quote!(anyhow::Result<u8>)) == Some(Known::Erased));
        assert!(known(quote!(Result<u8, Box<dyn Error>>)) == Some(Known::Erased));
        for other in [
            quote!(Result<u8, io::ErrorKind>),
            quote!(anyhow::Result<u8, Mine>),
            quote!(Result<u8, Box<Mine>>),
            quote!(Result<u8>),
            quote!(Option<u8>),
        ] {
            assert!(known(other.clone()).is_none(), "{other}");
        }
    }
}

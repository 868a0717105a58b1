//! A body that takes its `Attempt` for a number, or uses one that it does not get.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use crate::diagnostics::Errors;

/// Reports `attempt > 3`, where nothing in the body may have another meaning for the name `context`.
pub(super) fn compared(context: &Ident, body: &TokenStream, errors: &mut Errors) {
    let mut seen = Seen::default();
    look(context, body.clone(), &mut seen);
    let Some((name, operator)) = seen.compared.filter(|_| !seen.is_bound) else { return };
    errors.at(
        name,
        format!(
            "`{context}` is an `&Attempt`, no number: write `{context}.number() {operator} …`, which \
             counts attempts from 1, or `{context}.retries() {operator} …`, from 0"
        ),
    );
}

/// Reports `attempt.number()` where no `context` gives the body an `attempt`, and nothing else can; `is_argument`
/// says whether the function has an argument of that name.
pub(super) fn not_given(
    body: &TokenStream,
    is_argument: impl Fn(&str) -> bool,
    errors: &mut Errors,
) {
    for name in ["attempt", "context", "ctx"] {
        let mut used = None;
        if is_argument(name) || !is_only_asked(name, body.clone(), &mut used) {
            continue;
        }
        if let Some(place) = used {
            errors.at(
                place,
                format!(
                    "`{name}` is not known here: `#[retry(context = {name})]` gives the body its attempt \
                     by that name"
                ),
            );
        }
    }
}

/// What only an `Attempt` is asked.
const METHODS: [&str; 5] = ["number", "retries", "retry_in", "retry_with", "give_up"];

/// Whether the tokens have `name` only where something is called on it, which is one of an attempt's own
/// methods at least at the place `used`.
fn is_only_asked(name: &str, tokens: TokenStream, used: &mut Option<Ident>) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens.iter().enumerate().all(|(at, token)| match token {
        TokenTree::Group(group) => is_only_asked(name, group.stream(), used),
        TokenTree::Ident(ident) if ident == name => {
            let before = at.checked_sub(1).map(|before| &tokens[before]);
            let is_asked = !is_part(before);
            let (dot, method, call) = (tokens.get(at + 1), tokens.get(at + 2), tokens.get(at + 3));
            let is_dot = matches!(dot, Some(TokenTree::Punct(mark)) if mark.as_char() == '.');
            let is_call = matches!(call, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            if let Some(TokenTree::Ident(method)) = method.filter(|_| is_asked && is_dot && is_call) {
                if used.is_none() && METHODS.iter().any(|it| method == it) {
                    *used = Some(ident.clone());
                }
                true
            } else {
                false
            }
        }
        _ => true,
    })
}

#[derive(Default)]
struct Seen {
    /// The name and the mark that follows it, the first time.
    compared: Option<(Ident, String)>,
    /// Whether the body may bind the name anew.
    is_bound: bool,
}

fn look(context: &Ident, tokens: TokenStream, seen: &mut Seen) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => look(context, group.stream(), seen),
            TokenTree::Ident(name) if name == context => {
                let before = at.checked_sub(1).map(|before| &tokens[before]);
                let after = &tokens[at + 1..];
                match operator(after) {
                    Some(mark) if seen.compared.is_none() && !is_part(before) => {
                        seen.compared = Some((name.clone(), mark));
                    }
                    Some(_) => {}
                    None => seen.is_bound |= binds(before, after.first()),
                }
            }
            _ => {}
        }
    }
}

/// Whether the name is that of a field or of a path's part.
fn is_part(before: Option<&TokenTree>) -> bool {
    matches!(before, Some(TokenTree::Punct(mark)) if matches!(mark.as_char(), '.' | ':'))
}

/// The comparison or calculation with a number that follows.
fn operator(after: &[TokenTree]) -> Option<String> {
    let marks: String = after
        .iter()
        .map_while(|token| match token {
            TokenTree::Punct(mark) => Some(mark.as_char()),
            _ => None,
        })
        .collect();
    let is_known = ["<", ">", "<=", ">=", "==", "!=", "%"].contains(&marks.as_str());
    let number = after.get(marks.len());
    let is_number =
        matches!(number, Some(TokenTree::Literal(it)) if it.to_string().parse::<u64>().is_ok());
    (is_known && is_number).then_some(marks)
}

/// Whether the name may be bound here: after `let` and its like, in a closure's or a function's
/// arguments, alone in a pattern.
fn binds(before: Option<&TokenTree>, after: Option<&TokenTree>) -> bool {
    let ends = match after {
        None => true,
        Some(TokenTree::Punct(mark)) => matches!(mark.as_char(), ',' | ':' | '|' | '@' | '='),
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(_) => false,
    };
    match before {
        Some(TokenTree::Ident(word)) => {
            ["let", "mut", "ref", "for", "static", "const", "fn"].iter().any(|it| word == it)
        }
        Some(TokenTree::Punct(mark)) => matches!(mark.as_char(), '|' | ',' | '&') && ends,
        None => ends,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use quote::quote;

    use super::*;

    fn is_reported(body: &TokenStream) -> bool {
        let mut errors = Errors::default();
        compared(&Ident::new("attempt", Span::call_site()), body, &mut errors);
        !errors.is_empty()
    }

    #[test]
    fn a_comparison_with_a_number_is_reported() {
        for body in [
            quote!(if attempt > 3 { a } else { b }),
            quote!(f(attempt == 1)),
            quote!(while x && attempt % 2 == 0 {}),
            quote!(log(attempt.number()); if attempt >= 2 {}),
        ] {
            assert!(is_reported(&body), "{body}");
        }
    }

    fn is_missing(body: &TokenStream) -> bool {
        let mut errors = Errors::default();
        not_given(body, |_| false, &mut errors);
        !errors.is_empty()
    }

    #[test]
    fn an_attempt_that_nothing_gives_is_reported() {
        for body in [
            quote!(if attempt.number() > 3 {
                a
            }),
            quote!(println!("{}", attempt.number()); attempt.elapsed();),
            quote!(f(|| ctx.give_up())),
            quote!(return attempt.number()),
            quote!(match attempt.retries() {}),
        ] {
            assert!(is_missing(&body), "{body}");
        }
    }

    #[test]
    fn one_that_may_be_given_is_not() {
        for body in [
            quote!(let attempt = next(); attempt.number()),
            quote!(self.attempt.number()),
            quote!(attempts.iter().map(|attempt| attempt.number())),
            quote!(attempt.send().await),
            quote!(attempt::number()),
            quote!(for_each!(attempt in x => { attempt.number() })),
            quote!(if let Some(attempt) = x {
                attempt.number()
            }),
        ] {
            assert!(!is_missing(&body), "{body}");
        }
    }

    #[test]
    fn what_may_compile_is_not() {
        for body in [
            quote!(let attempt = attempt.number(); if attempt > 3 {}),
            quote!(if attempt.number() > 3 {}),
            quote!(self.attempt > 3),
            quote!(list.iter().filter(|attempt| attempt > 3)),
            quote!(
                fn f(attempt: u32) -> bool {
                    attempt > 3
                }
            ),
            quote!(if let Some(attempt) = x {
                attempt > 3
            }),
            quote!(for attempt in 0..9 {
                attempt > 3
            }),
            quote!(match x {
                Point { attempt, .. } => attempt > 3,
            }),
            quote!(match x {
                attempt => attempt > 3,
            }),
            quote!(attempt > other),
        ] {
            assert!(!is_reported(&body), "{body}");
        }
    }
}

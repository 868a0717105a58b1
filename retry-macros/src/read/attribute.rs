//! The attributes, and the keys that each of them has.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitBool, Token, token};

use super::entry::Entry;
use super::foreign;
#[cfg(feature = "tasks")]
use super::keys::OF_TASK;
use super::keys::{Form, Key, OF_RETRY};
use super::nameless;
use super::values::{Keyed, Values};
use crate::diagnostics::Errors;
use crate::suggest;

/// An attribute, and its keys.
pub(crate) struct Attribute {
    name: &'static str,
    /// The parts of the table that hold its keys.
    keys: &'static [&'static [Key]],
    /// Those of the keys that it cannot have, each with the reason.
    refused: &'static [(&'static str, &'static str)],
    /// Other libraries' words that mean something else here than in a retried function.
    words: &'static [foreign::Word],
}

/// `#[retry(…)]` above a function.
pub(crate) const RETRY: Attribute =
    Attribute { name: "retry", keys: &[OF_RETRY], refused: &[], words: &[] };

/// `#[task(…)]` above a function.
#[cfg(feature = "tasks")]
pub(crate) const TASK: Attribute = Attribute {
    name: "task",
    keys: &[OF_RETRY, OF_TASK],
    refused: &[
        (
            "context",
            "a task has its `Attempt` as an argument: leave `context` out, and take `attempt: \
             &Attempt`",
        ),
        (
            "hedge",
            "`hedge` runs a body twice at a time, and a task's attempts follow each other: remove \
             this",
        ),
        ("clone", "each attempt of a task reads its arguments anew: leave `clone` out"),
        ("sleep", "a task's waits are made by its worker and by the queue: leave `sleep` out"),
        (
            "fallback",
            "a task that is given up is kept among the dead, with its error: leave `fallback` \
             out, and return the other result from the body",
        ),
    ],
    words: foreign::OF_TASK,
};

/// `#[retry(…)]` above an `impl` block, whose methods it gives defaults.
pub(crate) const RETRY_ON_IMPL: Attribute = Attribute {
    refused: &[
        (
            "name",
            "`name` cannot be a default, since all methods would share it: put it on one method",
        ),
        (
            "clone",
            "`clone` cannot be a default, since it lists one method's arguments: put it on that method",
        ),
    ],
    ..RETRY
};

/// What was read.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) values: Values,
    /// Each key that is given, in order.
    pub(crate) given: Vec<Given>,
}

/// The key that a name stands for.
struct Name {
    key: &'static Key,
    span: Span,
}

/// A key as it was written.
pub(crate) struct Given {
    name: &'static str,
    /// With its value; nothing, if that cannot be read.
    pub(crate) entry: TokenStream,
}

/// Reads `tokens`, what stands in the parentheses of `attribute`; what cannot be read is reported to
/// `errors` and left out.
pub(crate) fn attribute(attribute: &Attribute, tokens: TokenStream, errors: &mut Errors) -> Read {
    let mut read = Read::default();
    let parsed = (|input: ParseStream<'_>| {
        while !input.is_empty() {
            let start = input.fork();
            match attribute.entry(input, &mut read, errors) {
                Ok(()) => {
                    if let Some(last) = read.given.last_mut() {
                        last.entry = between(&start, input);
                    }
                }
                Err(error) => {
                    errors.push(error);
                    skip_to_next_entry(input)?;
                }
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                errors.push(input.error("expected `,` before the next key"));
                skip_to_next_entry(input)?;
                input.parse::<Option<Token![,]>>()?;
            }
        }
        Ok(())
    })
    .parse2(tokens);
    if let Err(error) = parsed {
        errors.push(error);
    }
    read
}

impl Read {
    /// Whether the key `name` is given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|given| given.name == name)
    }
}

impl Given {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

impl Attribute {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static Key> + Clone {
        self.keys.iter().copied().flatten()
    }

    /// Those that it can have, as messages list them.
    fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        let is_refused = |name: &str| self.refused.iter().any(|(refused, _)| *refused == name);
        self.keys().map(|key| key.name).filter(move |name| !is_refused(name))
    }

    /// Reads one key with its value.
    fn entry(
        &self,
        input: ParseStream<'_>,
        read: &mut Read,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        let Name { key, span } = self.key(input, read.given.last())?;
        let name = key.name;
        if read.has(name) {
            errors.push(syn::Error::new(span, format!("`{name}` is given twice")));
        }
        if let Some((_, reason)) = self.refused.iter().find(|(refused, _)| *refused == name) {
            errors.push(syn::Error::new(span, reason));
        }
        read.given.push(Given { name, entry: TokenStream::new() });
        let is_list = match key.form {
            Form::Value => false,
            Form::List => true,
            Form::ValueOrList => input.peek(token::Paren),
        };
        if !is_list {
            let is_valued = input.parse::<Option<Token![=]>>()?.is_some();
            let ends = input.is_empty() || input.peek(Token![,]);
            if !is_valued || ends {
                let message = format!("`{name}` needs a value: `{name} = {}`", key.example);
                let error = syn::Error::new(span, message);
                if !ends {
                    return Err(error);
                }
                errors.push(error); // nothing to skip: the next key follows
                return Ok(());
            }
            if key.can_be_dropped() && is_false(input) {
                input.parse::<LitBool>()?;
                read.values.dropped.push(Keyed { key: span, value: name });
                return Ok(());
            }
        }
        let mut entry = Entry { key, span, is_list, input, errors };
        (key.read)(&mut read.values, &mut entry).map_err(|error| {
            if is_list || !breaks_off(&error) {
                return error;
            }
            let example = key.example;
            let message =
                format!("the value of `{name}` is incomplete: write it as in `{name} = {example}`");
            syn::Error::new(span, message)
        })
    }

    /// Reads a key's name.
    fn key(&self, input: ParseStream<'_>, before: Option<&Given>) -> syn::Result<Name> {
        if let Some(error) = nameless::refused(self.name, before, input) {
            return Err(error);
        }
        let start = input.fork();
        let (name, span) = input.call(name)?;
        match self.keys().find(|known| known.name == name) {
            Some(key) => Ok(Name { key, span }),
            None => Err(syn::Error::new_spanned(between(&start, input), self.unknown(&name))),
        }
    }

    /// What to write instead of another library's word: `translation`, unless that names a key which this
    /// attribute cannot have.
    fn answer(&self, translation: &'static str) -> &'static str {
        let refused = self.refused.iter().find(|(key, _)| names(translation, key));
        refused.map_or(translation, |(_, reason)| *reason)
    }

    /// What to write instead of an unknown key.
    fn unknown(&self, name: &str) -> String {
        let spellings = foreign::spellings(name);
        for spelling in &spellings {
            if let Some(key) = self.keys().find(|key| key.name == spelling) {
                return match self.refused.iter().find(|(refused, _)| refused == spelling) {
                    Some((_, reason)) => (*reason).to_owned(),
                    None => format!("`{name}` is spelt `{spelling}` here: `{}`", key.written()),
                };
            }
            if let Some(translation) = foreign::translate(spelling, self.words) {
                let answer = self.answer(translation);
                return format!("`{name}` is another library's word: {answer}");
            }
        }
        let attribute = self.name;
        let keys = self.names();
        let guess = spellings
            .iter()
            .map(|spelling| suggest::did_you_mean(spelling, keys.clone()))
            .find(|guess| !guess.is_empty());
        if let Some(guess) = guess {
            return format!("`#[{attribute}]` has no key `{name}`{guess}");
        }
        let near = spellings.iter().find_map(|spelling| foreign::nearest(spelling, self.words));
        if let Some((word, translation)) = near {
            let answer = self.answer(translation);
            return format!("`{name}` is near to another library's `{word}`: {answer}");
        }
        let keys = suggest::listed(keys);
        format!("`#[{attribute}]` has no key `{name}`; it has {keys}")
    }
}

/// Whether `text` names the key: alone, with its value, or with its list.
fn names(text: &str, key: &str) -> bool {
    ["`", " =", "("].into_iter().any(|behind| text.contains(&format!("`{key}{behind}")))
}

/// A key's name, which may be spelt with hyphens, and the place of its first word.
fn name(input: ParseStream<'_>) -> syn::Result<(String, Span)> {
    let first = input.call(Ident::parse_any)?;
    let mut name = first.unraw().to_string();
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        input.parse::<Token![-]>()?;
        name = format!("{name}-{}", input.call(Ident::parse_any)?.unraw());
    }
    Ok((name, first.span()))
}

/// Whether the value that follows is `false`, alone.
fn is_false(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_false = ahead.parse::<LitBool>().is_ok_and(|value| !value.value);
    is_false && (ahead.is_empty() || ahead.peek(Token![,]))
}

/// Whether the tokens ended too early, of which syn can only say that it was somewhere in the
/// attribute.
fn breaks_off(error: &syn::Error) -> bool {
    error.to_string().starts_with("unexpected end of input")
}

/// The tokens that `start` has before it and `end` behind it.
fn between(start: ParseStream<'_>, end: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while start.cursor() != end.cursor() {
        let Ok(token) = start.parse::<TokenTree>() else { break };
        tokens.extend([token]);
    }
    tokens
}

/// Skips to the comma before the next `key =` or `key(…)`, or to the end.
fn skip_to_next_entry(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let ahead = input.fork();
            ahead.parse::<Token![,]>()?;
            let is_key = ahead.call(name).is_ok();
            if ahead.is_empty() || is_key && (ahead.peek(Token![=]) || ahead.peek(token::Paren)) {
                return Ok(());
            }
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::read::{Retries, Setting};

    /// An attribute that has some of the keys, and cannot have one of these.
    const OTHER: Attribute = Attribute {
        name: "other",
        keys: &[OF_RETRY.split_at(3).0],
        refused: &[("base_delay", "`base_delay` is not for `#[other]`")],
        words: &[("retries", "say nothing")],
    };

    fn read(tokens: TokenStream) -> (Read, String) {
        let mut errors = Errors::default();
        let read = attribute(&OTHER, tokens, &mut errors);
        (read, errors.into_tokens().to_string())
    }

    #[test]
    fn another_attribute_reads_the_keys_that_it_has() {
        let (read, errors) = read(quote!(policy = "aggressive", max_retries = 3));
        assert_eq!(errors, "");
        let count = read.values.fields.max_retries.as_deref().and_then(Setting::known);
        assert_eq!(count, Some(Retries::AtMost(3)));
        assert!(read.has("policy") && !read.has("base_delay"));
    }

    #[test]
    fn a_key_that_it_has_not_and_one_that_it_refuses_are_reported_in_its_name() {
        let (_, errors) =
            read(quote!(max_retry = 3, base_delay = 1, nonsense = 1, retries = 1, delay = 1));
        let expected = [
            "`max_retry` is another library's word: write `max_retries`",
            "`base_delay` is not for `#[other]`",
            "`#[other]` has no key `nonsense`; it has `policy` and `max_retries`",
            "`retries` is another library's word: say nothing",
            "`delay` is another library's word: `base_delay` is not for `#[other]`",
        ];
        for message in expected {
            assert!(errors.contains(message), "{message} is not in {errors}");
        }
    }
}

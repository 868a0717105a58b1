//! What a `#[retry(…)]` inside `#[derive(Classify)]` says.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Expr, Fields, GenericParam, Generics, Ident, LitInt, Member, Meta, Path, Token, Type,
};

use crate::diagnostics::Errors;
use crate::suggest;

/// How a variant or struct is classified.
pub(super) enum Kind {
    Permanent,
    Transient,
    Throttled,
    /// By one of its fields; which one, if that is said.
    Forward(Option<Member>, Span),
    /// By a function of its fields.
    When(Expr),
}

/// All that stands in the attributes of one variant, enum or struct.
#[derive(Default)]
pub(super) struct Says {
    pub(super) kind: Option<Kind>,
    kind_span: Option<Span>,
    /// The field that holds the wait asked for.
    pub(super) after: Option<Member>,
    /// How often failures of this kind are retried.
    pub(super) at_most: Option<LitInt>,
    pub(super) krate: Option<Path>,
    pub(super) has_errors: bool,
}

const WORDS: [&str; 8] =
    ["transient", "throttled", "permanent", "forward", "when", "after", "at_most", "crate"];

impl Says {
    /// Reads every `#[retry(…)]` among `attributes`.
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut says = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("retry")) {
            if !matches!(&attribute.meta, Meta::List(list) if !list.tokens.is_empty()) {
                says.has_errors = true;
                errors
                    .at(&attribute.meta, "`#[retry]` needs a word, such as `#[retry(transient)]`");
                continue;
            }
            if let Err(error) = super::read_words(attribute, |input| says.word(input)) {
                says.has_errors = true;
                errors.push(error);
            }
        }
        match says.contradiction() {
            Err(error) if !says.has_errors => {
                says.has_errors = true;
                errors.push(error);
            }
            _ => {}
        }
        says
    }

    fn word(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a word, such as `transient`"));
        }
        let word = input.call(Ident::parse_any)?;
        let span = word.span();
        let kind = match word.to_string().as_str() {
            "transient" => Kind::Transient,
            "throttled" => Kind::Throttled,
            "permanent" => Kind::Permanent,
            "forward" => {
                let message = "`forward` takes the field that holds an error: `forward = source`, or \
                               `forward = 0`";
                Kind::Forward(value(input, message)?, span)
            }
            "when" => {
                let message = "`when` needs a function that takes the fields: `when = is_deadlock`";
                match value::<Expr>(input, message)? {
                    Some(judge) => Kind::When(judge),
                    None => return Err(syn::Error::new(span, message)),
                }
            }
            "after" => {
                let message = "`after` needs the field that holds the wait: `after = wait`, or \
                               `after = 0`";
                return match (value(input, message)?, &self.after) {
                    (Some(_), Some(_)) => Err(syn::Error::new(span, "`after` is given twice")),
                    (None, _) => Err(syn::Error::new(span, message)),
                    (after, None) => {
                        self.after = after;
                        Ok(())
                    }
                };
            }
            "at_most" => {
                let message = "`at_most` needs the number of retries that this kind of failure may have: \
                               `at_most = 2`";
                let most = value::<LitInt>(input, message)?;
                let most = most.filter(|most| most.base10_parse::<u32>().is_ok());
                return match (most, &self.at_most) {
                    (Some(_), Some(_)) => Err(syn::Error::new(span, "`at_most` is given twice")),
                    (None, _) => Err(syn::Error::new(span, message)),
                    (most, None) => {
                        self.at_most = most;
                        Ok(())
                    }
                };
            }
            "crate" => {
                let message = "write `crate = path::to::persevere`";
                self.krate = value(input, message)?;
                return match self.krate {
                    Some(_) => Ok(()),
                    None => Err(syn::Error::new(span, message)),
                };
            }
            other => {
                let guess = suggest::did_you_mean(other, WORDS);
                let known = suggest::listed(WORDS);
                let message = format!("there is no word `{other}`{guess} (there are {known})");
                return Err(syn::Error::new(span, message));
            }
        };
        if input.peek(Token![=]) {
            return Err(input.error(format!("`{word}` takes no value")));
        }
        if self.kind.replace(kind).is_some() {
            let message = "this is classified twice: remove one of the two words";
            return Err(syn::Error::new(span, message));
        }
        self.kind_span = Some(span);
        Ok(())
    }

    fn contradiction(&self) -> syn::Result<()> {
        if let Some(most) = &self.at_most {
            if matches!(most.base10_parse::<u32>(), Ok(0)) {
                let message = "`at_most = 0` never retries this kind of failure: write `permanent`";
                return Err(syn::Error::new_spanned(most, message));
            }
            match (&self.kind, self.kind_span) {
                (None, _) => {
                    let message = "`at_most` limits retries, and does not say whether there are any: add \
                                   `transient`, `throttled`, `forward` or `when = function`";
                    return Err(syn::Error::new_spanned(most, message));
                }
                (Some(Kind::Permanent), Some(span)) => {
                    let message = "`at_most` has no effect on a permanent failure, which is never retried: \
                                   remove one of them";
                    return Err(syn::Error::new(span, message));
                }
                _ => {}
            }
        }
        let Some(after) = &self.after else { return Ok(()) };
        let Some(span) = self.kind_span else {
            let message = "`after` sets how long to wait, not whether to retry: add `throttled` or \
                           `transient`";
            return Err(syn::Error::new_spanned(after, message));
        };
        match self.kind {
            Some(Kind::Permanent) => Err(syn::Error::new(
                span,
                "`after` has no effect on a permanent failure, which is never retried: remove one \
                 of them",
            )),
            Some(Kind::Forward(..)) => Err(syn::Error::new_spanned(
                after,
                "`forward` takes the wait from the error inside: remove `after`, or write \
                 `transient` or `throttled` instead of `forward`",
            )),
            _ => Ok(()),
        }
    }

    /// Whether nothing is said here.
    pub(super) fn is_blank(&self) -> bool {
        self.kind.is_none() && self.after.is_none() && self.at_most.is_none() && !self.has_errors
    }

    /// The default on an enum has no fields to speak of.
    pub(super) fn check_default(&self, errors: &mut Errors) {
        match (&self.kind, &self.after) {
            (_, Some(after)) => errors.at(after, "`after` names a field: move it to a variant"),
            (Some(Kind::Forward(..) | Kind::When(_)), _) => {
                let message = "an enum's default is `transient`, `throttled` or `permanent`: move \
                               this to the variants";
                let span = self.kind_span.unwrap_or_else(Span::call_site);
                errors.push(syn::Error::new(span, message));
            }
            _ => {}
        }
    }

    pub(super) fn refuse_krate(&self, errors: &mut Errors) {
        if let Some(path) = &self.krate {
            errors.at(path, "`crate` belongs to the whole enum: move it there");
        }
    }
}

/// `= value`, if there is one.
fn value<T: Parse>(input: ParseStream<'_>, expected: &str) -> syn::Result<Option<T>> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Ok(None);
    }
    input.parse().map(Some).map_err(|error| syn::Error::new(error.span(), expected))
}

/// The place of the field that `member` names.
pub(super) fn field(fields: &Fields, member: &Member, errors: &mut Errors) -> Option<usize> {
    let found = fields.members().position(|known| known == *member);
    if found.is_none() {
        let names: Vec<String> = fields.members().map(|known| spelt(&known)).collect();
        let name = spelt(member);
        let guess = suggest::did_you_mean(&name, names.iter().map(String::as_str));
        errors.at(member, format!("there is no field `{name}` here{guess}"));
    }
    found
}

/// The field that `forward` asks: the only one, else the one that `thiserror` knows as the source.
pub(super) fn only_source(fields: &Fields, span: Span, errors: &mut Errors) -> Option<usize> {
    if fields.len() == 1 {
        return Some(0);
    }
    let is_source = |field: &&syn::Field| {
        let named = field.ident.as_ref().is_some_and(|name| name == "source");
        let marks = ["from", "source"];
        named || field.attrs.iter().any(|it| marks.iter().any(|mark| it.path().is_ident(mark)))
    };
    let found = fields.iter().position(|field| is_source(&field));
    if found.is_none() {
        let message = if fields.is_empty() {
            "`forward` needs a field that holds an error, and there is none: write `transient`, \
             `throttled` or `permanent`"
        } else {
            "`forward` needs to know which field holds the error: name it, as in `forward = source`"
        };
        errors.push(syn::Error::new(span, message));
    }
    found
}

/// Whether the type depends on one of the parameters, so that its trait must be asked for.
pub(super) fn mentions_parameter(ty: &Type, generics: &Generics) -> bool {
    let names: Vec<&Ident> = generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            _ => None,
        })
        .collect();
    contains_any(ty.to_token_stream(), &names)
}

fn contains_any(tokens: TokenStream, names: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&&ident),
        TokenTree::Group(group) => contains_any(group.stream(), names),
        _ => false,
    })
}

fn spelt(member: &Member) -> String {
    member.to_token_stream().to_string()
}

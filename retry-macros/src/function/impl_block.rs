//! `#[retry(…)]` on an `impl` block: defaults for the methods in it that are marked `#[retry]`.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta, Token};

use crate::diagnostics::Errors;
use crate::read::{self, OF_UPSTREAM, RETRY, RETRY_ON_IMPL, Read};

/// Whether `item` is an `impl` block.
pub(crate) fn is_one(item: &TokenStream) -> bool {
    let is_impl = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Option<Token![unsafe]>>()?;
        let is_impl = input.peek(Token![impl]);
        input.parse::<TokenStream>()?;
        Ok(is_impl)
    };
    is_impl.parse2(item.clone()).unwrap_or(false)
}

/// Adds `defaults` to the `#[retry]` of each marked method; a method's own keys win.
///
/// The block stays raw tokens, so that editors keep completing in half-typed methods. On an error
/// the marks are taken off: what is wrong with the defaults is reported once, not for each method.
pub(crate) fn spread(defaults: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let defaults = read::attribute(&RETRY_ON_IMPL, defaults, &mut errors);
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(block)) = tokens.last_mut() else {
        let message = "expected the methods of this `impl` in braces";
        errors.push(syn::Error::new(Span::call_site(), message));
        let mut output = errors.into_tokens();
        output.extend(tokens);
        return output;
    };
    for mark in conditional_marks(block.stream()) {
        let message = "`#[retry]` in `cfg_attr` gets no defaults from this `impl`: write it without `cfg_attr`, \
                       or move the method to another `impl` and give it all its keys";
        errors.push(syn::Error::new_spanned(mark, message));
    }
    let marked = attributes(&block.stream()).count();
    if marked == 0 && errors.is_empty() {
        let message = "no method of this `impl` is marked `#[retry]`, so these defaults have no \
                       effect: put `#[retry]` on the methods to retry";
        errors.push(syn::Error::new(Span::call_site(), message));
    }
    let methods = rewritten(&block.stream(), errors.is_empty().then_some(&defaults));
    *block = regrouped(block, methods);
    let mut output = errors.into_tokens();
    output.extend(tokens);
    output
}

/// The `#[retry]` attributes among `tokens`.
fn attributes(tokens: &TokenStream) -> impl Iterator<Item = Mark> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let marks: Vec<Mark> =
        tokens.windows(2).filter_map(|pair| Mark::of(&pair[0], &pair[1])).collect();
    marks.into_iter()
}

/// The `retry`s in `#[cfg_attr(…, retry(…))]`, which the compiler takes out only later.
fn conditional_marks(block: TokenStream) -> Vec<TokenTree> {
    let mut marks = Vec::new();
    for token in block {
        let TokenTree::Group(attribute) = token else { continue };
        let mut inner = attribute.stream().into_iter();
        match (attribute.delimiter(), inner.next(), inner.next()) {
            (
                Delimiter::Bracket,
                Some(TokenTree::Ident(name)),
                Some(TokenTree::Group(conditional)),
            ) if name == "cfg_attr" => {
                let is_mark = |it: &TokenTree| matches!(it, TokenTree::Ident(it) if it == "retry");
                marks.extend(conditional.stream().into_iter().filter(is_mark));
            }
            _ => {}
        }
    }
    marks
}

/// The methods, each mark with the defaults added, or without marks.
fn rewritten(tokens: &TokenStream, defaults: Option<&Read>) -> TokenStream {
    let mut rewritten = TokenStream::new();
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match tokens.peek().and_then(|next| Mark::of(&token, next)) {
            Some(mark) => {
                tokens.next();
                if let Some(defaults) = defaults {
                    rewritten.extend(mark.with(defaults));
                }
            }
            None => rewritten.extend([token]),
        }
    }
    rewritten
}

/// One `#[retry]` or `#[retry(…)]`.
struct Mark {
    pound: TokenTree,
    bracket: Group,
    path: syn::Path,
    own: TokenStream,
}

impl Mark {
    fn of(pound: &TokenTree, bracket: &TokenTree) -> Option<Self> {
        match (pound, bracket) {
            (TokenTree::Punct(mark), TokenTree::Group(group))
                if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
            {
                let meta: Meta = syn::parse2(group.stream()).ok()?;
                let path = meta.path().clone();
                let is_retry = path.segments.last().is_some_and(|name| name.ident == "retry");
                let own = match meta {
                    Meta::Path(_) => TokenStream::new(),
                    Meta::List(list) => list.tokens,
                    Meta::NameValue(_) => return None,
                };
                let (pound, bracket) = (pound.clone(), group.clone());
                is_retry.then_some(Self { pound, bracket, path, own })
            }
            _ => None,
        }
    }

    /// The attribute again, with the defaults whose keys it does not have.
    fn with(self, defaults: &Read) -> TokenStream {
        let Self { pound, bracket, path, own } = self;
        let known = read::attribute(&RETRY, own.clone(), &mut Errors::default());
        let site = Span::mixed_site();
        let upstream_of = if known.has("upstream") { &known } else { defaults };
        let is_on_upstream = upstream_of.values.upstream.is_some();
        // `false` goes on to the method where an upstream may have a value, too.
        let goes_on = |name: &str| is_on_upstream && OF_UPSTREAM.contains(&name);
        let inherited = defaults.given.iter().filter(|given| {
            !known.has(given.name())
                && (!defaults.values.drops(given.name()) || goes_on(given.name()))
        });
        let inherited: Vec<&TokenStream> = inherited.map(|given| &given.entry).collect();
        let is_settled =
            |name: &str| known.values.drops(name) && defaults.has(name) && !goes_on(name);
        let own = if known.given.iter().any(|given| is_settled(given.name())) {
            let left = known.given.iter().filter(|given| !is_settled(given.name()));
            let left = left.map(|given| &given.entry);
            quote_spanned!(site=> #(#left),*)
        } else {
            own
        };
        let ends_open =
            own.clone().into_iter().last().is_some_and(|token| token.to_string() != ",");
        let comma = (ends_open && !inherited.is_empty()).then(|| quote_spanned!(site=> ,));
        let merged = quote_spanned!(site=> #path(#own #comma #(#inherited),*));
        let mut tokens = pound.to_token_stream();
        tokens.extend([TokenTree::Group(regrouped(&bracket, merged))]);
        tokens
    }
}

/// `group` with other contents.
fn regrouped(group: &Group, contents: TokenStream) -> Group {
    let mut regrouped = Group::new(group.delimiter(), contents);
    regrouped.set_span(group.span());
    regrouped
}

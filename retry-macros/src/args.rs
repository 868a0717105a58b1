//! The attribute's arguments: keys and values, nothing judged yet but their own spelling.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprUnary, LitBool, LitStr, Path, Token, UnOp, token};

use crate::diagnostics::Errors;
use crate::hedge::Hedge;
use crate::keys::{self, KEYS};
use crate::matcher::Matcher;
use crate::policy::{self, Overrides, Schedule, Setting};
use crate::statics;

#[derive(Default)]
pub(crate) struct Args {
    pub(crate) policy: Option<Schedule>,
    pub(crate) overrides: Overrides,
    pub(crate) on: Option<Matcher>,
    pub(crate) unless: Option<Matcher>,
    pub(crate) when: Option<Expr>,
    pub(crate) on_ok: Option<Matcher>,
    pub(crate) throttled: Option<Schedule>,
    pub(crate) timeout: Option<Setting<Duration>>,
    pub(crate) deadline: Option<Setting<Duration>>,
    pub(crate) budget: Option<Expr>,
    pub(crate) breaker: Option<Expr>,
    pub(crate) bulkhead: Option<Expr>,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) clone: Vec<Ident>,
    pub(crate) context: Option<Ident>,
    pub(crate) on_retry: Option<Expr>,
    pub(crate) on_give_up: Option<Expr>,
    pub(crate) on_success: Option<Expr>,
    pub(crate) fallback: Option<Expr>,
    pub(crate) id: Option<Expr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) sleep: Option<Expr>,
    pub(crate) krate: Option<Path>,
    /// `doc = false`
    pub(crate) undocumented: bool,
    /// Each key, where it stands, in order.
    pub(crate) keys: Vec<(String, Span)>,
    /// Each key with its entry as it was written.
    pub(crate) entries: Vec<(String, TokenStream)>,
}

/// Parses `tokens`; what cannot be read is reported to `errors` and left out.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Args {
    let mut args = Args::default();
    let parsed = (|input: ParseStream<'_>| {
        while !input.is_empty() {
            let start = input.fork();
            match entry(input, &mut args, errors) {
                Ok(key) => args.entries.push((key, between(&start, input))),
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
    args
}

fn entry(input: ParseStream<'_>, args: &mut Args, errors: &mut Errors) -> syn::Result<String> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let message = format!("write `#[retry(policy = {:?})]`", text.value());
        return Err(syn::Error::new(text.span(), message));
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a key, such as `policy = \"aggressive\"`"));
    }
    let key = input.call(Ident::parse_any)?;
    let name = key.unraw().to_string();
    if !KEYS.contains(&name.as_str()) {
        return Err(syn::Error::new(key.span(), keys::unknown(&name)));
    }
    if args.has(&name) {
        errors.push(syn::Error::new(key.span(), format!("`{name}` is given twice")));
    }
    args.keys.push((name.clone(), key.span()));
    if name == "clone" {
        args.clone.extend(cloned_arguments(input, &key)?);
        return Ok(name);
    }
    if name == "hedge" && input.peek(token::Paren) {
        args.hedge = Some(Hedge::parse_parts(input, &key, errors)?);
        return Ok(name);
    }
    let is_valued = input.parse::<Option<Token![=]>>()?.is_some();
    let ends = input.is_empty() || input.peek(Token![,]);
    if !is_valued || ends {
        let message = format!("`{name}` needs a value: `{name} = {}`", keys::example(&name));
        let error = syn::Error::new(key.span(), message);
        if !ends {
            return Err(error);
        }
        errors.push(error); // nothing to skip: the next key follows
        return Ok(name);
    }
    match value(input, args, &name) {
        Ok(()) => Ok(name),
        Err(error) if breaks_off(&error) => {
            let example = keys::example(&name);
            let message = format!("the value of `{name}` breaks off; write `{name} = {example}`");
            Err(syn::Error::new(key.span(), message))
        }
        Err(error) => Err(error),
    }
}

/// Whether the tokens ended too early, of which syn can only say that it was somewhere in the
/// attribute.
fn breaks_off(error: &syn::Error) -> bool {
    error.to_string().starts_with("unexpected end of input")
}

fn value(input: ParseStream<'_>, args: &mut Args, name: &str) -> syn::Result<()> {
    match name {
        "policy" => args.policy = Some(policy::schedule(setting(input)?)?),
        "throttled" => args.throttled = Some(policy::schedule(setting(input)?)?),
        "max_retries" => args.overrides.max_retries = Some(policy::count(setting(input)?)?),
        "base_delay" => args.overrides.base_delay = Some(policy::delay(setting(input)?)?),
        "max_delay" => args.overrides.max_delay = Some(policy::delay(setting(input)?)?),
        "exponential_base" => {
            args.overrides.exponential_base = Some(policy::exponential_base(setting(input)?)?);
        }
        "jitter" => args.overrides.jitter = Some(policy::jitter(setting(input)?)?),
        "on" => args.on = Some(Matcher::parse(input, name)?),
        "unless" => args.unless = Some(Matcher::parse(input, name)?),
        "when" => args.when = Some(input.parse()?),
        "on_ok" => args.on_ok = Some(Matcher::pattern(input, name)?),
        "timeout" => args.timeout = Some(policy::delay(setting(input)?)?),
        "deadline" => args.deadline = Some(policy::delay(setting(input)?)?),
        "budget" => args.budget = Some(statics::BUDGET.shared(setting(input)?)?),
        "breaker" => args.breaker = Some(statics::BREAKER.shared(setting(input)?)?),
        "bulkhead" => args.bulkhead = Some(statics::BULKHEAD.shared(setting(input)?)?),
        "hedge" => args.hedge = Some(Hedge::of(setting(input)?)?),
        "context" => {
            args.context = Some(input.parse().map_err(|error: syn::Error| {
                syn::Error::new(error.span(), "expected a name, such as `context = attempt`")
            })?);
        }
        "on_retry" => args.on_retry = Some(input.parse()?),
        "on_give_up" => args.on_give_up = Some(input.parse()?),
        "on_success" => args.on_success = Some(input.parse()?),
        "fallback" => args.fallback = Some(input.parse()?),
        "id" => args.id = Some(input.parse()?),
        "name" => {
            args.name = Some(input.parse().map_err(|error: syn::Error| {
                syn::Error::new(error.span(), "expected a string, such as `name = \"billing\"`")
            })?);
        }
        "sleep" => args.sleep = Some(input.parse()?),
        "doc" => {
            let on: LitBool = input.parse().map_err(|error: syn::Error| {
                syn::Error::new(error.span(), "expected `true` or `false`: `doc = false`")
            })?;
            args.undocumented = !on.value;
        }
        "crate" => {
            args.krate = Some(input.call(Path::parse_mod_style).map_err(|error| {
                syn::Error::new(error.span(), "expected a path, such as `crate = ::persevere`")
            })?);
        }
        _ => unreachable!("every key is handled"),
    }
    Ok(())
}

/// An expression; a literal comes out of the invisible group in which `macro_rules!` hands on an
/// `$x:expr`.
pub(crate) fn setting(input: ParseStream<'_>) -> syn::Result<Expr> {
    let value: Expr = input.parse()?;
    let mut inner = &value;
    while let Expr::Group(group) = inner {
        inner = &group.expr;
    }
    let literal = matches!(inner, Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }));
    Ok(if literal { inner.clone() } else { value })
}

fn cloned_arguments(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Ident>> {
    const MESSAGE: &str = "`clone` lists arguments: `clone(url, body)`";
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(key.span(), MESSAGE));
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    if content.is_empty() {
        return Err(syn::Error::new(parentheses.span.join(), MESSAGE));
    }
    let names = content.call(|content: ParseStream<'_>| {
        Punctuated::<Ident, Token![,]>::parse_terminated_with(content, |name| {
            if name.peek(Token![self]) { name.call(Ident::parse_any) } else { name.parse() }
        })
    });
    match names {
        Ok(names) => Ok(names.into_iter().collect()),
        Err(error) => {
            content.parse::<TokenStream>()?; // the rest is not to be reported again
            Err(syn::Error::new(error.span(), MESSAGE))
        }
    }
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
            let is_key = ahead.call(Ident::parse_any).is_ok();
            if ahead.is_empty() || is_key && (ahead.peek(Token![=]) || ahead.peek(token::Paren)) {
                return Ok(());
            }
        }
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

impl Args {
    /// Whether `key` is given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.key(key).is_some()
    }

    /// Where `key` stands, if it is given.
    pub(crate) fn key(&self, key: &str) -> Option<Span> {
        self.keys.iter().find(|(known, _)| known == key).map(|(_, span)| *span)
    }

    /// Where the generated code finds the library: `crate = …`, else `::persevere`.
    pub(crate) fn private(&self) -> TokenStream {
        let site = Span::mixed_site();
        self.krate.as_ref().map_or_else(
            || quote::quote_spanned!(site=> ::persevere::__private),
            |path| quote::quote_spanned!(site=> #path::__private),
        )
    }
}

//! The attribute's arguments: keys and values, nothing judged yet but their own spelling.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprUnary, LitStr, Pat, Path, Token, UnOp, token};

use crate::diagnostics::Errors;
use crate::policy::{self, Overrides, Schedule};
use crate::{foreign, suggest};

/// Every key, in the order in which messages list them.
pub(crate) const KEYS: &[&str] = &[
    "policy",
    "max_retries",
    "base_delay",
    "max_delay",
    "exponential_base",
    "jitter",
    "on",
    "when",
    "throttled",
    "clone",
    "context",
    "on_retry",
    "on_give_up",
    "id",
    "name",
    "sleep",
    "crate",
];

#[derive(Default)]
pub(crate) struct Args {
    pub(crate) policy: Option<Schedule>,
    pub(crate) overrides: Overrides,
    pub(crate) on: Option<On>,
    pub(crate) when: Option<Expr>,
    pub(crate) throttled: Option<Schedule>,
    pub(crate) clone: Vec<Ident>,
    pub(crate) context: Option<Ident>,
    pub(crate) on_retry: Option<Expr>,
    pub(crate) on_give_up: Option<Expr>,
    pub(crate) id: Option<Expr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) sleep: Option<Expr>,
    pub(crate) krate: Option<Path>,
}

/// `on = PATTERN` or `on = PATTERN if GUARD`.
pub(crate) struct On {
    pub(crate) pattern: Pat,
    pub(crate) guard: Option<Expr>,
}

/// Parses `tokens`; what cannot be read is reported to `errors` and left out.
pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Args {
    let mut args = Args::default();
    let parsed = (|input: ParseStream<'_>| {
        let mut seen = Vec::new();
        while !input.is_empty() {
            if let Err(error) = entry(input, &mut args, &mut seen, errors) {
                errors.push(error);
                skip_to_next_entry(input)?;
            }
            if !input.is_empty()
                && let Err(error) = input.parse::<Token![,]>()
            {
                errors.push(error);
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

fn entry(
    input: ParseStream<'_>,
    args: &mut Args,
    seen: &mut Vec<String>,
    errors: &mut Errors,
) -> syn::Result<()> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let message = format!("write `policy = {:?}`", text.value());
        return Err(syn::Error::new(text.span(), message));
    }
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a key, such as `policy = \"aggressive\"`"));
    }
    let key = input.call(Ident::parse_any)?;
    let name = key.unraw().to_string();
    if !KEYS.contains(&name.as_str()) {
        return Err(syn::Error::new(key.span(), unknown_key(&name)));
    }
    if seen.contains(&name) {
        errors.push(syn::Error::new(key.span(), format!("`{name}` is given twice")));
    }
    seen.push(name.clone());
    if name == "clone" {
        args.clone.extend(cloned_arguments(input, &key)?);
        return Ok(());
    }
    if !input.peek(Token![=]) {
        let message = format!("`{name}` needs a value: `{name} = {}`", example(&name));
        return Err(syn::Error::new(key.span(), message));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        let message = format!("`{name}` needs a value: `{name} = {}`", example(&name));
        return Err(syn::Error::new(key.span(), message));
    }
    value(input, args, &name)
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
        "on" => args.on = Some(on(input)?),
        "when" => args.when = Some(input.parse()?),
        "context" => {
            args.context = Some(input.parse().map_err(|error: syn::Error| {
                syn::Error::new(error.span(), "expected a name, such as `context = attempt`")
            })?);
        }
        "on_retry" => args.on_retry = Some(input.parse()?),
        "on_give_up" => args.on_give_up = Some(input.parse()?),
        "id" => args.id = Some(input.parse()?),
        "name" => {
            args.name = Some(input.parse().map_err(|error: syn::Error| {
                syn::Error::new(error.span(), "expected a string, such as `name = \"billing\"`")
            })?);
        }
        "sleep" => args.sleep = Some(input.parse()?),
        "crate" => args.krate = Some(input.call(Path::parse_mod_style)?),
        _ => unreachable!("every key is handled"),
    }
    Ok(())
}

/// An expression; a literal comes out of the invisible group in which `macro_rules!` hands on an
/// `$x:expr`.
fn setting(input: ParseStream<'_>) -> syn::Result<Expr> {
    let value: Expr = input.parse()?;
    let mut inner = &value;
    while let Expr::Group(group) = inner {
        inner = &group.expr;
    }
    let literal = matches!(inner, Expr::Lit(_) | Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }));
    Ok(if literal { inner.clone() } else { value })
}

fn on(input: ParseStream<'_>) -> syn::Result<On> {
    let pattern = input.call(Pat::parse_multi_with_leading_vert)?;
    let guard = match input.parse::<Option<Token![if]>>()? {
        Some(_) => Some(input.parse()?),
        None => None,
    };
    Ok(On { pattern, guard })
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
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn unknown_key(name: &str) -> String {
    if let Some(translation) = foreign::translate(name) {
        return format!("`{name}` is another library's word: {translation}");
    }
    let guess = suggest::did_you_mean(name, KEYS.iter().copied());
    if guess.is_empty() {
        return format!(
            "`#[retry]` has no key `{name}`; it has {}",
            suggest::listed(KEYS.iter().copied())
        );
    }
    format!("`#[retry]` has no key `{name}`{guess}")
}

fn example(key: &str) -> &'static str {
    match key {
        "policy" | "throttled" => "\"aggressive\"",
        "max_retries" => "3",
        "base_delay" => "\"250ms\"",
        "max_delay" => "\"30s\"",
        "exponential_base" => "2.0",
        "jitter" => "\"full\"",
        "on" => "Error::Timeout",
        "when" => "Error::is_transient",
        "context" => "attempt",
        "on_retry" | "on_give_up" => "|event| println!(\"{event}\")",
        "id" => "order.id",
        "name" => "\"billing\"",
        "sleep" => "my_runtime::sleep",
        _ => "::persevere",
    }
}

impl Args {
    /// Where the generated code finds the library: `crate = …`, else `::persevere`.
    pub(crate) fn private(&self) -> TokenStream {
        let site = Span::mixed_site();
        self.krate.as_ref().map_or_else(
            || quote::quote_spanned!(site=> ::persevere::__private),
            |path| quote::quote_spanned!(site=> #path::__private),
        )
    }
}

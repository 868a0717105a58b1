//! `on`, `unless`, `also`, `on_ok`: a pattern with an optional guard, or a list of types.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Pat, Token, Type, token};

use super::entry::Entry;
use crate::diagnostics::as_written;

pub(crate) enum Matcher {
    /// `PATTERN` or `PATTERN if GUARD`; of `on_ok`, with `=> VALUE`, what the caller gets when the retries
    /// are used up.
    Pattern { pattern: Box<Pat>, guard: Option<Box<Expr>>, used_up: Option<Box<Expr>> },
    /// `[A, B]`: the error, or one in its source chain, is one of these.
    Types(Vec<Type>, Span),
}

impl Matcher {
    /// A pattern, or types in brackets.
    pub(super) fn read(entry: &mut Entry<'_>) -> syn::Result<Self> {
        let (input, key) = (entry.input, entry.key.name);
        if !input.peek(token::Bracket) {
            return Self::pattern(entry);
        }
        let wrong = format!(
            "brackets hold types, as in `{key} = [TimeoutError, io::Error]`: write a pattern without \
             them"
        );
        let empty = format!(
            "`{key} = []` names no type: add one, as in `{key} = [io::Error]`, or remove it"
        );
        let (types, span) = entry.list(&wrong, &empty)?;
        if input.peek(Token![if]) {
            let message = "a list of types takes no guard: write `when = function` as well";
            let error = input.error(message);
            Self::guard(input)?; // not to be reported again
            return Err(error);
        }
        Ok(Self::Types(types, span))
    }

    /// Its text, for people, in one line.
    pub(crate) fn as_written(&self) -> String {
        let text = match self {
            Self::Pattern { pattern, guard: None, .. } => as_written(pattern),
            Self::Pattern { pattern, guard: Some(guard), .. } => {
                format!("{} if {}", as_written(pattern), as_written(guard))
            }
            Self::Types(types, _) => {
                let types: Vec<String> = types.iter().map(as_written).collect();
                format!("[{}]", types.join(", "))
            }
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A pattern with an optional guard.
    pub(super) fn pattern(entry: &mut Entry<'_>) -> syn::Result<Self> {
        let (input, key) = (entry.input, entry.key.name);
        let start = input.fork();
        let parsed = input.call(Pat::parse_multi_with_leading_vert).and_then(|pattern| {
            let guard = Self::guard(input)?;
            let used_up = Self::used_up(input, key)?;
            Ok(Self::Pattern { pattern: Box::new(pattern), guard, used_up })
        });
        if parsed.is_ok() && input.peek(Token![<]) {
            let message = format!(
                "`{key}` takes a pattern of values, and this is a type: write `on = _` for every error, \
                 or `{key} = [Type, …]` for types of erased errors"
            );
            return Err(syn::Error::new(start.span(), message));
        }
        if parsed.is_ok() && input.peek(Token![.]) && !start.peek(Token![|]) {
            if let Ok(expression) = start.parse::<Expr>() {
                input.advance_to(&start);
                let message = as_pattern(key, &expression);
                return Err(syn::Error::new_spanned(expression, message));
            }
        }
        let ends = parsed.is_ok() && (input.is_empty() || input.peek(Token![,]));
        let here = match key {
            "on_ok" => "write one, as in `on_ok = value if value.is_pending()`",
            _ => "give a function to `when` instead",
        };
        let closure = if ends { None } else { start.parse::<ExprClosure>().ok() };
        if let Some(closure) = closure {
            let message = format!("`{key}` takes a pattern: {here}");
            return Err(syn::Error::new_spanned(closure, message));
        }
        if let Some(closure) = parsed.as_ref().ok().and_then(Self::as_closure) {
            return Err(syn::Error::new_spanned(
                closure,
                format!("`{key}` takes a pattern: {here}"),
            ));
        }
        parsed.map_err(|error| {
            let end = error.to_string().starts_with("unexpected end of input");
            if end || !error.to_string().starts_with("expected one of") {
                return error;
            }
            let example = entry.key.example;
            let message = format!("expected a pattern, such as `{key} = {example}` or `{key} = _`");
            syn::Error::new(error.span(), message)
        })
    }

    fn guard(input: ParseStream<'_>) -> syn::Result<Option<Box<Expr>>> {
        match input.parse::<Option<Token![if]>>()? {
            Some(_) => Ok(Some(Box::new(input.parse()?))),
            None => Ok(None),
        }
    }

    /// `=> VALUE`
    fn used_up(input: ParseStream<'_>, key: &str) -> syn::Result<Option<Box<Expr>>> {
        let Some(arrow) = input.parse::<Option<Token![=>]>>()? else { return Ok(None) };
        if key != "on_ok" {
            let message = format!(
                "`=>` says what the caller gets of a value that `on_ok` has waited for in vain, and \
                 `{key}` matches failures: remove it, and name a `fallback`"
            );
            let _: Expr = input.parse()?; // not to be reported again
            return Err(syn::Error::new_spanned(arrow, message));
        }
        if input.is_empty() || input.peek(Token![,]) {
            let message = "this `=>` needs what the caller gets when the retries are used up, as in \
                           `on_ok = Job::Pending => Err(Error::StillPending)`";
            return Err(syn::Error::new_spanned(arrow, message));
        }
        Ok(Some(Box::new(input.parse()?)))
    }

    /// `|error| true`, read as alternatives.
    fn as_closure(&self) -> Option<&Pat> {
        let Self::Pattern { pattern, .. } = self else { return None };
        let Pat::Or(either) = &**pattern else { return None };
        let is_closure =
            either.leading_vert.is_some() && either.cases.first().is_some_and(is_variable);
        is_closure.then_some(&**pattern)
    }

    /// Whether this is `_`, which matches everything.
    pub(crate) fn is_wild(&self) -> bool {
        matches!(self, Self::Pattern { pattern, guard: None, .. } if matches!(**pattern, Pat::Wild(_)))
    }

    pub(crate) fn is_pattern(&self) -> bool {
        matches!(self, Self::Pattern { .. })
    }

    /// Where what the caller gets in the end stands, if it is given.
    #[cfg(feature = "tasks")]
    pub(crate) fn used_up_at(&self) -> Option<Span> {
        match self {
            Self::Pattern { used_up: Some(used_up), .. } => Some(used_up.span()),
            Self::Pattern { .. } | Self::Types(..) => None,
        }
    }

    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Pattern { pattern, .. } => pattern.span(),
            Self::Types(_, span) => *span,
        }
    }
}

/// What to write instead of an expression with a `.`: `Error.Busy`, `error.is_busy()`.
fn as_pattern(key: &str, expression: &Expr) -> String {
    let written = as_written(expression);
    let begins = written.split(['.', ' ']).next().unwrap_or_default();
    if begins.starts_with(char::is_uppercase) {
        let path = written.replace(" . ", ".").replace('.', "::");
        return format!("`{key}` takes a pattern, and paths have `::`: write `{key} = {path}`");
    }
    let instead = format!("`{key} = {begins} if {}`", written.replace(" . ", "."));
    format!("`{key}` takes a pattern, and this is a condition: write {instead}")
}

/// Whether the pattern only binds a name, as no other alternative can.
fn is_variable(pattern: &Pat) -> bool {
    let is_lowercase = |name: &str| name.trim_start_matches("r#").starts_with(char::is_lowercase);
    matches!(pattern, Pat::Ident(name) if is_lowercase(&name.ident.to_string()))
}

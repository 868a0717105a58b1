//! The keys that only a task has.

use std::time::Duration;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, LitInt, LitStr, Token, Type, token};

use super::entry::Entry;
use super::values::{Keyed, Setting};

/// What each of them says; `None` where it is not given.
#[derive(Default)]
pub(crate) struct TaskValues {
    pub(crate) queue: Option<Keyed<LitStr>>,
    pub(crate) formerly: Option<Keyed<Vec<LitStr>>>,
    pub(crate) version: Option<Keyed<u32>>,
    /// The types of earlier versions, the latest first.
    pub(crate) from: Option<Keyed<Vec<Type>>>,
    pub(crate) args: Option<Keyed<Type>>,
    pub(crate) keep: Option<Keyed<Setting<Duration>>>,
    pub(crate) unique: Option<Keyed<Expr>>,
    pub(crate) priority: Option<Keyed<Priority>>,
    pub(crate) max_crashes: Option<Keyed<Setting<u32>>>,
}

/// Which of several due tasks begins first.
#[derive(Clone, Copy)]
pub(crate) enum Priority {
    Low,
    Normal,
    High,
}

/// `queue = "evaluations"`, a text that is not empty.
pub(super) fn text(entry: &mut Entry<'_>) -> syn::Result<LitStr> {
    let (key, example) = (entry.key.name, entry.key.example);
    let text: LitStr =
        entry.parse_or(&format!("expected a string, such as `{key} = {example}`"))?;
    if text.value().trim().is_empty() {
        let message = format!("`{key}` is empty: write a text, such as `{key} = {example}`");
        return Err(syn::Error::new(text.span(), message));
    }
    Ok(text)
}

/// `formerly = ["evaluate", "eval"]`
pub(super) fn names(entry: &mut Entry<'_>) -> syn::Result<Vec<LitStr>> {
    const EXPECTED: &str =
        "`formerly` lists the names that the task had: `formerly = [\"evaluate\"]`";
    if !entry.input.peek(token::Bracket) {
        return Err(entry.input.error(EXPECTED));
    }
    Ok(entry.list(EXPECTED, EXPECTED)?.0)
}

/// `version = 2`
pub(super) fn version(entry: &mut Entry<'_>) -> syn::Result<u32> {
    const EXPECTED: &str = "`version` is a whole number from 1, which grows with the form of the arguments: \
         `version = 2`";
    let number: LitInt = entry.parse_or(EXPECTED)?;
    match number.base10_parse::<u32>() {
        Ok(version) if version > 0 && matches!(number.suffix(), "" | "u32") => Ok(version),
        _ => Err(syn::Error::new(number.span(), EXPECTED)),
    }
}

/// `from = EvaluateCodeV1`, or `from = [EvaluateCodeV2, EvaluateCodeV1]`
pub(super) fn earlier(entry: &mut Entry<'_>) -> syn::Result<Vec<Type>> {
    const EXPECTED: &str = "`from` names the struct of the version before: `from = EvaluateCodeV1`; \
                            of several, the latest comes first: `from = [EvaluateCodeV2, \
                            EvaluateCodeV1]`";
    if !entry.input.peek(token::Bracket) {
        return Ok(vec![entry.parse_or(EXPECTED)?]);
    }
    Ok(entry.list(EXPECTED, EXPECTED)?.0)
}

/// `args = EvaluateCode`
pub(super) fn args(entry: &mut Entry<'_>) -> syn::Result<Type> {
    const EXPECTED: &str = "`args` names a struct that stands elsewhere, and that is the function's one owned \
         argument: `args = EvaluateCode`";
    let ty: Type = entry.parse_or(EXPECTED)?;
    match ty {
        Type::Path(_) => Ok(ty),
        _ => Err(syn::Error::new_spanned(ty, EXPECTED)),
    }
}

/// `priority = high`
pub(super) fn priority(entry: &mut Entry<'_>) -> syn::Result<Priority> {
    const EXPECTED: &str = "`priority` is `low`, `normal` or `high`: `priority = high`";
    let input: ParseStream<'_> = entry.input;
    let word = input.fork().call(Ident::parse_any);
    let ends = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    let known = word.ok().and_then(|word| match word.to_string().as_str() {
        "low" => Some(Priority::Low),
        "normal" => Some(Priority::Normal),
        "high" => Some(Priority::High),
        _ => None,
    });
    match known {
        Some(priority) => {
            input.call(Ident::parse_any)?;
            if ends(input) { Ok(priority) } else { Err(input.error(EXPECTED)) }
        }
        None => Err(input.error(EXPECTED)),
    }
}

/// `unique = eval_id`
pub(super) fn unique(entry: &mut Entry<'_>) -> syn::Result<Expr> {
    match entry.setting()? {
        Expr::Closure(closure) => {
            let message = "`unique` is an expression of the arguments, not a function of them: \
                           `unique = eval_id`";
            Err(syn::Error::new_spanned(closure, message))
        }
        key => Ok(key),
    }
}

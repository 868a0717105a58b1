//! The policy of a function, and whether the compiler can compute it.

use proc_macro2::Ident;
use syn::Expr;

use crate::library::private;
use crate::read::{Base, Keyed, PolicyFields, Preset, Setting};

/// A policy: a base, some fields of which are replaced.
pub(crate) struct Policy {
    pub(crate) base: Base,
    pub(crate) fields: PolicyFields,
    pub(crate) borrowing: Borrowing,
}

/// How a reference to a policy comes about.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Borrowing {
    /// A path to a constant is `&'static` by itself: one constant less to compile.
    OfPath,
    /// Of a constant that the compiler computes.
    OfConstant,
    /// Of what is computed when an attempt has failed.
    AtRunTime,
}

impl Policy {
    /// `locals` are the function's arguments.
    pub(super) fn of(base: Option<Base>, fields: PolicyFields, locals: &[Ident]) -> Self {
        let base =
            base.unwrap_or_else(|| Base::Named(Preset::DEFAULT, proc_macro2::Span::mixed_site()));
        let is_constant = match &base {
            Base::Named(..) | Base::Waits(..) => true,
            Base::Code(code) => is_constant(code, locals),
        };
        let borrowing = match &base {
            _ if !is_constant || !fields_are_constant(&fields, locals) => Borrowing::AtRunTime,
            Base::Named(..) if fields.is_empty() => Borrowing::OfPath,
            _ => Borrowing::OfConstant,
        };
        Self { base, fields, borrowing }
    }

    /// The base that the upstream gives.
    pub(super) fn of_upstream() -> Base {
        let site = proc_macro2::Span::mixed_site();
        let policy = quote::quote_spanned!(site=> #private::policy_of(__upstream()));
        Base::Code(Box::new(Expr::Verbatim(policy)))
    }

    /// `base` as it is.
    pub(super) fn plain(base: Base, locals: &[Ident]) -> Self {
        Self::of(Some(base), PolicyFields::default(), locals)
    }
}

/// What a policy is called where its function is spoken of: a preset's name or a constant's, unless other
/// keys change it.
pub(super) fn name(base: Option<&Base>, fields: &PolicyFields) -> String {
    const CUSTOM: &str = "custom";
    if !fields.is_empty() {
        return CUSTOM.to_owned();
    }
    let constant = |code: &Expr| match code {
        Expr::Path(path) => path.path.segments.last().map(|name| name.ident.to_string()),
        _ => None,
    };
    match base {
        None => Preset::DEFAULT.name.to_owned(),
        Some(Base::Named(preset, _)) => preset.name.to_owned(),
        Some(Base::Waits(..)) => CUSTOM.to_owned(),
        Some(Base::Code(code)) => constant(code).unwrap_or_else(|| CUSTOM.to_owned()),
    }
}

fn fields_are_constant(fields: &PolicyFields, locals: &[Ident]) -> bool {
    fn is_constant_setting<T>(setting: Option<&Keyed<Setting<T>>>, locals: &[Ident]) -> bool {
        match setting.map(|setting| &setting.value) {
            None | Some(Setting::Known(..)) => true,
            Some(Setting::Code(code)) => is_constant(code, locals),
        }
    }
    let PolicyFields { max_retries, base_delay, max_delay, exponential_base, jitter, reset_after } =
        fields;
    is_constant_setting(max_retries.as_ref(), locals)
        && is_constant_setting(base_delay.as_ref(), locals)
        && is_constant_setting(max_delay.as_ref(), locals)
        && is_constant_setting(exponential_base.as_ref(), locals)
        && is_constant_setting(jitter.as_ref(), locals)
        && is_constant_setting(reset_after.as_ref(), locals)
}

/// Whether the compiler can compute `code` in a constant; `locals` are the function's arguments.
///
/// Where this says no, the expression is evaluated when an attempt has failed.
pub(super) fn is_constant(code: &Expr, locals: &[Ident]) -> bool {
    let constant = |part: &Expr| is_constant(part, locals);
    match code {
        Expr::Lit(_) | Expr::Const(_) => true,
        Expr::Path(path) => match path.path.get_ident() {
            // A name in small letters is a variable that stands before an `async` block.
            Some(ident) => {
                !locals.contains(ident) && !ident.to_string().contains(char::is_lowercase)
            }
            None => true,
        },
        Expr::Paren(inner) => constant(&inner.expr),
        Expr::Group(inner) => constant(&inner.expr),
        Expr::Reference(inner) => inner.mutability.is_none() && constant(&inner.expr),
        Expr::Array(array) => array.elems.iter().all(constant),
        Expr::Call(call) => is_constant_function(&call.func) && call.args.iter().all(constant),
        Expr::MethodCall(call) => {
            SETTERS.iter().any(|setter| call.method == setter)
                && constant(&call.receiver)
                && call.args.iter().all(constant)
        }
        _ => false,
    }
}

/// `Policy`'s own, which are `const`.
const SETTERS: [&str; 8] = [
    "with_max_retries",
    "with_base_delay",
    "with_max_delay",
    "with_exponential_base",
    "with_jitter",
    "with_unlimited_retries",
    "with_reset_after",
    "without_reset",
];

/// Whether it is one of those of `Policy`, `Duration` and `Jitter` that are `const`.
fn is_constant_function(function: &Expr) -> bool {
    const OF_DURATION: [&str; 7] =
        ["new", "from_secs", "from_millis", "from_micros", "from_nanos", "from_mins", "from_hours"];
    let Expr::Path(path) = function else { return false };
    let mut segments = path.path.segments.iter().rev();
    let (Some(name), Some(owner)) = (segments.next(), segments.next()) else { return false };
    owner.ident == "Jitter"
        || owner.ident == "Policy" && name.ident == "waits"
        || owner.ident == "Duration" && OF_DURATION.iter().any(|known| name.ident == known)
}

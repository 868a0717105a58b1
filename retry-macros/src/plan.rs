//! What will be written: every question about keys and function is answered here, once.

mod arguments;
mod docs;
mod hook;
mod layers;
mod policy;
#[cfg(feature = "tasks")]
mod task;

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Expr, FnArg, LitStr, Path, Signature, Token, Type, Visibility};

pub(crate) use self::arguments::{Argument, Copied, Handing, OuterMut, Words};
pub(crate) use self::hook::{Hook, Hooks};
pub(crate) use self::layers::{Lateness, Layer, Layers, Limits, Race, Timeout, Upstream};
pub(crate) use self::policy::{Borrowing, Policy};
#[cfg(feature = "tasks")]
pub(crate) use self::task::{Args, Asked, Source, Task};
use crate::function::Function;
use crate::function::arguments::Binding;
use crate::function::body::{Around, Body};
use crate::function::borrowed::{self, Question};
use crate::function::names::Names;
use crate::function::prelude;
use crate::function::returned;
use crate::read::{Keyed, Matcher, Values};

/// All that the function is written from.
pub(crate) struct Plan {
    pub(crate) head: Head,
    pub(crate) around: Around,
    pub(crate) krate: Option<Path>,
    pub(crate) site: Site,
    pub(crate) output: Output,
    pub(crate) is_blocking: bool,
    /// The body's opening brace, where the attempt's own tokens point.
    pub(crate) brace: Span,
    pub(crate) arguments: Vec<Argument>,
    /// The `mut`s of the statements before the `async` block of a returned future.
    pub(crate) outer_muts: Vec<OuterMut>,
    pub(crate) question: Option<Question>,
    pub(crate) body: TokenStream,
    pub(crate) context: Option<Ident>,
    pub(crate) call: Call,
    pub(crate) judging: Judging,
    pub(crate) limits: Limits,
    pub(crate) layers: Layers,
    pub(crate) race: Option<Race>,
    pub(crate) gives: Gives,
    pub(crate) hooks: Hooks,
    pub(crate) fallback: Option<Hook>,
    pub(crate) sleep: Option<Expr>,
    /// Whether what an attempt failed with must be kept, since a later one may be cut at the
    /// deadline or refused by the circuit breaker or the rate.
    pub(crate) keeps_earlier: bool,
    /// Whether chaos may act on its attempts.
    pub(crate) may_be_broken: bool,
}

/// What stands before the body.
pub(crate) struct Head {
    pub(crate) attributes: Vec<Attribute>,
    /// A paragraph for its documentation.
    pub(crate) documentation: Option<String>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

/// What the function is called in events.
pub(crate) struct Site {
    pub(crate) name: SiteName,
    pub(crate) policy: String,
    /// As it is written.
    pub(crate) also: Option<String>,
}

pub(crate) enum SiteName {
    Given(LitStr),
    /// The function's own, in its module.
    InModule(String),
}

/// What one attempt returns.
pub(crate) struct Output {
    pub(crate) written: Type,
    /// With `_` for each `impl Trait`, to annotate what is generated with.
    pub(crate) inferred: Type,
    /// Whether it may be a future, since a blocking function calls it neither `Result` nor `Option`.
    pub(crate) may_be_future: bool,
}

/// What one attempt gives.
#[derive(Clone, Copy)]
pub(crate) enum Gives {
    /// What the body returns.
    Outcome,
    /// That, with what cut it short and the verdict of its race, as far as they are asked for.
    End { cause: bool, verdict: bool },
}

/// What the runtime learns of a call.
pub(crate) struct Call {
    pub(crate) policy: Policy,
    pub(crate) throttled: Option<Policy>,
    pub(crate) id: Option<Id>,
    pub(crate) has_timeline: bool,
    /// Whether it learns by what an attempt was refused or cut.
    pub(crate) is_rejected: bool,
    /// Whether all of it is known when the function is compiled.
    pub(crate) is_constant: bool,
}

/// `id = …`
pub(crate) enum Id {
    /// A variable or a field, which outlives the event.
    Place(Expr),
    Value(Expr),
}

/// Which outcomes are retried.
pub(crate) struct Judging {
    pub(crate) on: Option<Matcher>,
    pub(crate) unless: Option<Matcher>,
    pub(crate) also: Option<Matcher>,
    pub(crate) when: Option<Expr>,
    pub(crate) on_ok: Option<Matcher>,
    /// Whether an open circuit or a used-up rate is no failure to wait for, since neither `on` nor `when` asks for that.
    pub(crate) gives_up_refused: bool,
}

/// What a plan is made from beside the keys: the function, once its body is taken out.
pub(crate) struct Sources<'a> {
    pub(crate) function: Function,
    pub(crate) output: Type,
    pub(crate) is_blocking: bool,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) body: Body,
    /// The names that the whole function uses.
    pub(crate) used: &'a Names,
    /// Those that `#[instrument]` moves.
    pub(crate) moved: Option<Names>,
    /// Whether chaos may act on its attempts.
    pub(crate) may_be_broken: bool,
}

impl Plan {
    pub(crate) fn of(values: Values, sources: Sources<'_>) -> Self {
        let Sources {
            function,
            output,
            is_blocking,
            mut bindings,
            body,
            used,
            moved,
            may_be_broken,
        } = sources;
        let documentation = docs::paragraph(&values, &function.attributes);
        let Function { attributes, visibility, mut signature, body: braces } = function;
        let outer_muts = arguments::outer_muts(&body, &mut bindings);
        let mut arguments = arguments::plan(&values, &bindings, &body, is_blocking, moved.as_ref());
        if prelude::may_be_missing(&signature) {
            arguments.iter_mut().for_each(Argument::ask_without_prelude);
        }
        let question = borrowed::question(&signature, &output, used);
        let is_self_cloned = values.clones().iter().any(|name| name == "self");
        match signature.inputs.first_mut() {
            Some(FnArg::Receiver(receiver)) if is_self_cloned => {
                receiver.mutability.get_or_insert(Token![mut](receiver.self_token.span));
            }
            _ => {}
        }
        let locals: Vec<Ident> = bindings.iter().map(|binding| binding.ident.clone()).collect();
        let body = body.with_pinned_self(&bindings);
        let site = Site::of(&values, &signature);
        let timeout_of_upstream = values
            .upstream
            .as_ref()
            .filter(|_| values.inherits("timeout"))
            .map(|upstream| upstream.key);
        let layers = Layers::of(&values, &locals, is_blocking);
        let has_timeline = values.context.is_some() || values.deadline.is_some();
        let is_rejected = layers.refused_at.is_some() || layers.notes_cuts;
        let of_upstream = values.inherits("policy").then(Policy::of_upstream);
        let base = values.policy.map(|base| base.value).or(of_upstream);
        let policy = Policy::of(base, values.fields, &locals);
        let call = Call {
            is_constant: policy.borrowing != Borrowing::AtRunTime
                && values.throttled.is_none()
                && values.id.is_none()
                && layers.budget.is_none()
                && layers.upstream.is_none()
                && !has_timeline
                && !is_rejected
                && !may_be_broken,
            policy,
            throttled: values.throttled.map(|base| Policy::plain(base.value, &locals)),
            id: values.id.map(|id| Id::of(id.value)),
            has_timeline,
            is_rejected,
        };
        let timeout = Timeout::of(values.timeout, timeout_of_upstream, is_blocking);
        let cuts_at_deadline = !is_blocking && values.deadline.is_some();
        let hook = |function: Option<Keyed<Expr>>| {
            function.map(|function| Hook::of(function.value, is_blocking))
        };
        Self {
            head: Head { attributes, documentation, visibility, signature },
            around: body.around,
            krate: values.krate.map(|krate| krate.value),
            site,
            output: Output::of(output, is_blocking),
            is_blocking,
            brace: braces.span_open(),
            arguments,
            outer_muts,
            question,
            body: body.tokens,
            context: values.context.map(|name| name.value),
            call,
            judging: Judging {
                gives_up_refused: layers.refuses_attempts()
                    && values.on.is_none()
                    && values.when.is_none(),
                on: values.on.map(|on| on.value),
                unless: values.unless.map(|unless| unless.value),
                also: values.also.map(|also| also.value),
                when: values.when.map(|when| when.value),
                on_ok: values.on_ok.map(|on_ok| on_ok.value),
            },
            gives: Gives::of(&layers, values.hedge.is_some()),
            race: values.hedge.map(|hedge| Race::of(hedge.value)),
            limits: Limits { timeout, deadline: values.deadline, cuts_at_deadline },
            may_be_broken,
            keeps_earlier: cuts_at_deadline || layers.refuses_attempts(),
            layers,
            hooks: Hooks {
                retry: hook(values.on_retry),
                give_up: hook(values.on_give_up),
                success: hook(values.on_success),
            },
            fallback: hook(values.fallback),
            sleep: values.sleep.map(|sleep| sleep.value),
        }
    }
}

impl Site {
    fn of(values: &Values, signature: &Signature) -> Self {
        let name = match &values.name {
            Some(name) => SiteName::Given(name.value.clone()),
            None => {
                let function = signature.ident.to_string();
                SiteName::InModule(function.strip_prefix("r#").unwrap_or(&function).to_owned())
            }
        };
        let policy = match &values.policy {
            None if values.inherits("policy") && values.fields.is_empty() => "upstream".to_owned(),
            policy => policy::name(policy.as_deref(), &values.fields),
        };
        let also = values.also.as_ref().map(|also| also.value.as_written());
        Self { name, policy, also }
    }
}

impl Output {
    fn of(written: Type, is_blocking: bool) -> Self {
        Self {
            inferred: returned::inferring_impl_trait(written.clone()),
            may_be_future: is_blocking && !returned::is_outcome(&written),
            written,
        }
    }
}

impl Gives {
    fn of(layers: &Layers, is_raced: bool) -> Self {
        if layers.notes_cuts || is_raced {
            Self::End { cause: layers.notes_cuts, verdict: is_raced }
        } else {
            Self::Outcome
        }
    }
}

impl Id {
    fn of(value: Expr) -> Self {
        if is_place(&value) { Self::Place(value) } else { Self::Value(value) }
    }
}

/// Whether `expression` names a variable or a field.
fn is_place(expression: &Expr) -> bool {
    match expression {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}

//! What is made of a function that a worker runs.

use std::collections::HashSet;
use std::time::Duration;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, LitStr, Path, Type};

use super::docs;
use super::{Hook, Hooks, Id, Judging, Policy, Site};
use crate::function::Function;
use crate::function::form::Call;
use crate::function::given::{From, Given, Owned};
use crate::function::names::Names;
use crate::read::{Keyed, Setting, TaskValues, Values};

/// All that a task is written from.
pub(crate) struct Task {
    pub(crate) function: Function,
    /// `#[cfg]`s of the function, which all that is made of it keeps.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) krate: Option<Path>,
    /// Its name in rows.
    pub(crate) name: String,
    pub(crate) args: Args,
    pub(crate) given: Vec<Given>,
    pub(crate) call: Call,
    pub(crate) site: Site,
    pub(crate) policy: Policy,
    pub(crate) throttled: Option<Policy>,
    pub(crate) judging: Judging,
    pub(crate) upstream: Option<Expr>,
    /// Whether the upstream must have no timeout, since nothing cuts a blocking function.
    pub(crate) must_not_cut: bool,
    pub(crate) timeout: Option<Source<Setting<Duration>>>,
    pub(crate) deadline: Option<Setting<Duration>>,
    pub(crate) budget: Option<Source<Expr>>,
    pub(crate) breaker: Option<Source<Expr>>,
    pub(crate) bulkhead: Option<Source<Expr>>,
    pub(crate) hooks: Hooks,
    pub(crate) id: Option<Asked<Id>>,
    pub(crate) unique: Option<Asked<Expr>>,
    pub(crate) values: TaskValues,
}

/// Where a setting comes from.
pub(crate) enum Source<T> {
    /// From its key.
    Key(T),
    /// From the upstream, if it has one.
    Upstream,
}

/// The type that a row holds.
pub(crate) enum Args {
    /// A struct of the owned arguments.
    Made {
        name: Ident,
        /// Paragraphs.
        documentation: String,
    },
    /// One that stands elsewhere.
    Elsewhere(Box<Type>),
}

/// An expression of the arguments, and those that it uses.
pub(crate) struct Asked<T> {
    pub(crate) asked: T,
    pub(crate) uses: Vec<Ident>,
}

impl Task {
    pub(crate) fn of(values: Values, function: Function, given: Vec<Given>, call: Call) -> Self {
        let signature = &function.signature;
        let site = Site::of(&values, signature);
        let name = match values.name.as_deref() {
            Some(name) => name.value(),
            None => signature.ident.unraw().to_string(),
        };
        let documentation = docs::of_arguments(&values, &signature.ident);
        let inherits = |name: &str| values.inherits(name).then_some(Source::Upstream);
        let (of_budget, of_breaker, of_bulkhead) =
            (inherits("budget"), inherits("breaker"), inherits("bulkhead"));
        let of_timeout = values.inherits("timeout").then_some(Source::Upstream);
        let must_not_cut = of_timeout.is_some() && !call.is_awaited;
        let of_policy = values.inherits("policy").then(Policy::of_upstream);
        let Values { mut task, .. } = values;
        let args = match task.args.take() {
            Some(args) => Args::Elsewhere(Box::new(args.value)),
            None => Args::Made { name: camel_case(&signature.ident), documentation },
        };
        let conditions = function.attributes.iter().filter(|it| it.path().is_ident("cfg"));
        let value = |expression: Option<Keyed<Expr>>| expression.map(|it| it.value);
        let hook = |function: Option<Keyed<Expr>>| function.map(|it| Hook::of(it.value, false));
        Self {
            conditions: conditions.cloned().collect(),
            krate: values.krate.map(|krate| krate.value),
            name,
            args,
            site,
            policy: Policy::of(
                values.policy.map(|base| base.value).or(of_policy),
                values.fields,
                &[],
            ),
            throttled: values.throttled.map(|base| Policy::plain(base.value, &[])),
            judging: Judging {
                on: values.on.map(|on| on.value),
                unless: values.unless.map(|unless| unless.value),
                also: values.also.map(|also| also.value),
                when: value(values.when),
                on_ok: values.on_ok.map(|on_ok| on_ok.value),
                gives_up_refused: false, // the worker asks its breaker before it begins an attempt
            },
            upstream: value(values.upstream),
            must_not_cut,
            timeout: match values.timeout {
                Some(timeout) => Some(Source::Key(timeout.value)),
                None => of_timeout.filter(|_| call.is_awaited),
            },
            deadline: values.deadline.map(|deadline| deadline.value),
            budget: value(values.budget).map(Source::Key).or(of_budget),
            breaker: value(values.breaker).map(Source::Key).or(of_breaker),
            bulkhead: value(values.bulkhead).map(Source::Key).or(of_bulkhead),
            hooks: Hooks {
                retry: hook(values.on_retry),
                give_up: hook(values.on_give_up),
                success: hook(values.on_success),
            },
            id: values.id.map(|id| Asked::of(id.value, &given).map(Id::of)),
            unique: task.unique.take().map(|unique| Asked::of(unique.value, &given)),
            values: task,
            function,
            given,
            call,
        }
    }

    /// The arguments that stand in the row.
    pub(crate) fn owned(&self) -> impl Iterator<Item = (&Owned, &[Attribute])> {
        self.given.iter().filter_map(|given| match &given.from {
            From::Row(owned) => Some((owned, &*given.conditions)),
            From::Attempt | From::State(_) => None,
        })
    }

    /// The types that the worker's state has, each once.
    pub(crate) fn state(&self) -> Vec<&Type> {
        let mut seen = HashSet::new();
        let types = self.given.iter().filter_map(|given| match &given.from {
            From::State(ty) => Some(ty),
            From::Attempt | From::Row(_) => None,
        });
        types.filter(|ty| seen.insert(ty.to_token_stream().to_string())).collect()
    }

    /// Former names.
    pub(crate) fn formerly(&self) -> &[LitStr] {
        self.values.formerly.as_deref().map_or(&[], Vec::as_slice)
    }
}

impl Asked<Expr> {
    fn of(asked: Expr, given: &[Given]) -> Self {
        let spelt = Names::of(asked.to_token_stream());
        let names = given.iter().filter_map(|given| match &given.from {
            From::Row(owned) => owned.name.as_ref(),
            From::Attempt | From::State(_) => None,
        });
        let uses = names.filter(|name| spelt.contain(name)).cloned().collect();
        Self { asked, uses }
    }

    fn map<T>(self, change: impl FnOnce(Expr) -> T) -> Asked<T> {
        Asked { asked: change(self.asked), uses: self.uses }
    }
}

/// `evaluate_code` is `EvaluateCode`.
fn camel_case(function: &Ident) -> Ident {
    let mut name = String::new();
    let text = function.unraw().to_string();
    for word in text.split('_').filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        if name.is_empty() && word.starts_with(|first: char| first.is_ascii_digit()) {
            name.push('_');
        }
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.extend(letters);
    }
    Ident::new(if name.is_empty() { "Task" } else { &name }, function.span())
}

//! The arguments: which of them each attempt gets afresh, and which it borrows uniquely.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Token, parse_quote_spanned};

use crate::function::arguments::{Binding, Mode, own, pinned_self};
use crate::function::body::{Around, Body};
use crate::function::names::Names;
use crate::function::uses::{self, Use};
use crate::read::Values;

/// A name that the signature binds, and how it reaches each attempt.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// The `mut` that it has in the attempt.
    pub(crate) mutability: Option<Token![mut]>,
    /// `#[cfg]`s, which what is generated for it must keep.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) lints: Vec<Attribute>,
    pub(crate) handing: Handing,
    /// Whether a future of another attribute moves it, so that it must be had again.
    pub(crate) is_moved: bool,
    /// The places of it that the body uses by value, and so may have used up.
    pub(crate) uses: Vec<Use>,
    /// Whether the body may use it up where [`uses`](Self::uses) does not see it.
    pub(crate) may_be_used_up: bool,
    /// Whether bodies run at the same time.
    pub(crate) is_hedged: bool,
    pub(crate) words: Words,
}

impl Argument {
    /// Asks without attributes of the expansion's own: see [`prelude`](crate::function::prelude).
    pub(crate) fn ask_without_prelude(&mut self) {
        self.words = Words::Library;
    }
}

/// Whose words say that an argument is used up.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Words {
    /// The expansion's, with the argument's name.
    Own,
    /// The library's, where there may be no prelude, and so no `#[diagnostic]`.
    Library,
}

/// How an attempt gets an argument.
pub(crate) enum Handing {
    /// As the body itself captures it.
    Captured,
    /// Each body makes its own copy, since bodies run at the same time.
    CopiedInside(Copied),
    /// A copy is made before each attempt, under the name `own`, and moves into it.
    Copied {
        copied: Copied,
        own: Ident,
        /// Whether the original moves out of the arguments, as a blocking body would move it: clippy
        /// would have it taken by reference. In an async function it would be held twice.
        is_kept: bool,
    },
    /// `self`, which cannot be bound anew, only assigned: its original is kept as `own`.
    Assigned { copied: Copied, own: Ident },
    /// Borrowed uniquely: a shared capture would ask `Sync` where the plain function asks `Send`.
    Unique,
    /// As [`Unique`](Self::Unique), behind `&mut self`.
    UniqueSelf,
    /// A `&mut`, lent anew, so that the body may pass it on by value.
    Reborrowed,
    /// A `Pin<&mut T>`, lent anew under this name.
    Repinned(Ident),
}

/// A copy of an argument, and where it is asked for: rustc's message goes there, if it cannot be
/// made.
#[derive(Clone, Copy)]
pub(crate) struct Copied {
    pub(crate) asked_at: Span,
    /// Whether `clone(…)` asks for it, and not a `mut`.
    pub(crate) is_clone: bool,
}

/// A `mut` of an argument that the statements before an `async` block need as well.
pub(crate) struct OuterMut {
    pub(crate) name: Ident,
    pub(crate) mutability: Token![mut],
    /// Where either use may be why it is `mut`.
    pub(crate) allow: Option<Attribute>,
}

/// What each attempt needs of `bindings`; `body` is searched for their names, since an argument
/// that is not used must keep its warning.
pub(super) fn plan(
    values: &Values,
    bindings: &[Binding],
    body: &Body,
    is_blocking: bool,
    moved: Option<&Names>,
) -> Vec<Argument> {
    let clones = values.clones();
    let mut uses = uses(bindings, clones, body);
    let body = &body.names;
    let is_hedged = values.hedge.is_some() && !is_blocking;
    let argument = |(index, binding): (usize, &Binding)| {
        let Binding { ident, mode, mutability, conditions, lints, .. } = binding;
        let is_self = ident == "self";
        let copied = copied(binding, clones);
        let is_used = body.contain(ident);
        let handing = match copied {
            Some(copied) if is_hedged => Handing::CopiedInside(copied),
            None if is_hedged => Handing::Captured,
            Some(_) if is_self && !is_used => Handing::Captured,
            Some(copied) if is_self => Handing::Assigned { copied, own: own(index) },
            Some(copied) => {
                Handing::Copied { copied, own: own(index), is_kept: is_blocking && copied.is_clone }
            }
            None if !is_used => Handing::Captured,
            None => match mode {
                Mode::Shared => Handing::Captured,
                Mode::Unique if is_self => Handing::UniqueSelf,
                Mode::Unique => Handing::Reborrowed,
                Mode::Pinned if is_self => Handing::Repinned(pinned_self()),
                Mode::Pinned => Handing::Repinned(ident.clone()),
                Mode::Value => Handing::Unique,
            },
        };
        let is_moved = *mode == Mode::Value
            && mutability.is_none()
            && !clones.contains(ident)
            && moved.is_some_and(|moved| moved.contain(ident));
        Argument {
            name: ident.clone(),
            mutability: *mutability,
            conditions: conditions.clone(),
            lints: lints.clone(),
            handing,
            is_moved,
            uses: if is_moved { Vec::new() } else { std::mem::take(&mut uses[index]) },
            may_be_used_up: is_used && !is_moved && may_be_used_up(binding, clones),
            is_hedged,
            words: Words::Own,
        }
    };
    bindings.iter().enumerate().map(argument).collect()
}

/// Whether the body could use it up, by what its signature says.
fn may_be_used_up(binding: &Binding, clones: &[Ident]) -> bool {
    binding.mode == Mode::Value
        && !binding.is_plain
        && binding.mutability.is_none()
        && !clones.contains(&binding.ident)
}

/// For each of `bindings`, what the body uses of it by value, where it may be missed.
fn uses(bindings: &[Binding], clones: &[Ident], body: &Body) -> Vec<Vec<Use>> {
    let may_be_missed = |it: &&Binding| may_be_used_up(it, clones);
    let names: Vec<&Ident> =
        bindings.iter().filter(may_be_missed).map(|binding| &binding.ident).collect();
    let called_once: Vec<&Ident> =
        bindings.iter().filter(|it| it.is_called_once).map(|binding| &binding.ident).collect();
    let mut uses = uses::of(&body.tokens, &body.names, &names, &called_once).into_iter();
    let mut uses = |it: &Binding| if may_be_missed(&it) { uses.next() } else { None };
    bindings.iter().map(|it| uses(it).unwrap_or_default()).collect()
}

fn copied(binding: &Binding, clones: &[Ident]) -> Option<Copied> {
    match clones.iter().find(|name| **name == binding.ident) {
        Some(name) => Some(Copied { asked_at: name.span(), is_clone: true }),
        None => binding
            .mutability
            .filter(|_| !binding.mode.is_unique())
            .map(|token| Copied { asked_at: token.span, is_clone: false }),
    }
}

/// Gives the statements before the `async` block of a returned future their own `mut`s.
pub(super) fn outer_muts(body: &Body, bindings: &mut [Binding]) -> Vec<OuterMut> {
    let Around::Future { future, .. } = &body.around else { return Vec::new() };
    let outside = Names::of(future.outside());
    let mut outer = Vec::new();
    for Binding { ident, mutability, lints, .. } in bindings {
        let Some(token) = *mutability else { continue };
        // `self` has kept its own.
        if !outside.contain(ident) || ident == "self" {
            continue;
        }
        let allow: Attribute = parse_quote_spanned!(Span::mixed_site()=> #[allow(unused_mut)]);
        let allow = body.names.contain(ident).then_some(allow);
        match &allow {
            Some(allow) => lints.push(allow.clone()),
            None => *mutability = None,
        }
        outer.push(OuterMut { name: ident.clone(), mutability: token, allow });
    }
    outer
}

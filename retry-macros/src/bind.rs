//! The arguments: which of them each attempt gets afresh, and which it borrows uniquely.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Attribute, FnArg, Pat, ReceiverKind, Signature, Token, Type, parse_quote_spanned};

use crate::diagnostics::Errors;
use crate::names::Names;
use crate::returned;
use crate::span::Stretch;
use crate::suggest;

/// One name that the signature binds.
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    pub(crate) mode: Mode,
    /// The `mut` of a name bound by value: each attempt must start from the same value.
    mutability: Option<Token![mut]>,
    /// `#[cfg]`s of the argument, which what is generated for it must keep.
    conditions: Vec<Attribute>,
    /// Lint attributes of a by-value `mut`, which moves to the attempt and takes them along.
    lints: Vec<Attribute>,
}

impl Binding {
    fn new(ident: Ident, mode: Mode, mutability: Option<Token![mut]>) -> Self {
        Self { ident, mode, mutability, conditions: Vec::new(), lints: Vec::new() }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// By value: `x: T`, `self`, `self: Arc<Self>`.
    Value,
    /// A shared reference: `x: &T`, `&self`.
    Shared,
    /// A unique one: `x: &mut T`, `&mut self`.
    Unique,
    /// A unique one that is pinned: `x: Pin<&mut T>`, `self: Pin<&mut Self>`.
    Pinned,
}

impl Mode {
    /// Whether what is behind it is the attempt's alone, and the reference is lent to it anew.
    fn is_unique(self) -> bool {
        matches!(self, Self::Unique | Self::Pinned)
    }
}

/// What stands around the body of one attempt.
#[derive(Default)]
pub(crate) struct Bindings {
    /// Before the loop.
    pub(crate) kept: TokenStream,
    /// At the start of each round, outside the attempt.
    pub(crate) copied: TokenStream,
    /// Never run: asks for unique captures.
    pub(crate) unique: TokenStream,
    /// First in the attempt.
    pub(crate) rebound: TokenStream,
}

/// The names that the signature binds, whose by-value `mut`s are taken off it: they move to the
/// attempt. `body` has the names that the function uses.
pub(crate) fn take(signature: &mut Signature, body: &Names) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for argument in &mut signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                let mode = match &receiver.kind {
                    ReceiverKind::Reference(_, _, mutability) => reference(mutability.is_some()),
                    ReceiverKind::Typed(_, ty) => mode_of(ty),
                    _ => Mode::Value,
                };
                let ident = Ident::new("self", receiver.self_token.span);
                let mutability = receiver.mutability;
                if mode == Mode::Pinned && body.contain(&ident) {
                    receiver.mutability.get_or_insert(pinned_mut(ident.span()));
                }
                bindings.push(Binding::new(ident, mode, mutability));
            }
            FnArg::Typed(argument) => {
                let mode = mode_of(&argument.ty);
                let first = bindings.len();
                take_from_pattern(&mut argument.pat, mode, &mut bindings);
                keep_attributes(&mut argument.attrs, &mut bindings[first..]);
                if let (Mode::Pinned, Pat::Ident(name)) = (mode, &mut *argument.pat)
                    && body.contain(&name.ident)
                {
                    name.mutability = Some(pinned_mut(name.ident.span()));
                }
            }
        }
    }
    bindings
}

/// The `mut` of an argument that is reborrowed by `Pin::as_mut`.
fn pinned_mut(name: Span) -> Token![mut] {
    Token![mut](Span::mixed_site().located_at(name))
}

/// Notes an argument's attributes for what is generated for the names that it binds.
fn keep_attributes(attributes: &mut Vec<Attribute>, bindings: &mut [Binding]) {
    const LINTS: [&str; 4] = ["allow", "expect", "warn", "deny"];
    let is_moved = bindings.iter().any(|it| it.mutability.is_some() && !it.mode.is_unique());
    let mut lints = Vec::new();
    if is_moved {
        let is_lint = |it: &mut Attribute| LINTS.iter().any(|lint| it.path().is_ident(lint));
        lints.extend(attributes.extract_if(.., is_lint));
    }
    for binding in bindings {
        let conditions = attributes.iter().filter(|it| it.path().is_ident("cfg"));
        binding.conditions.extend(conditions.cloned());
        binding.lints.clone_from(&lints);
    }
}

/// As [`take`], for the pattern of a `let`.
pub(crate) fn take_from_pattern(pattern: &mut Pat, mode: Mode, bindings: &mut Vec<Binding>) {
    match pattern {
        Pat::Ident(name) => {
            let mode = match (&name.by_ref, name.mutability) {
                (Some(_), mutability) => reference(mutability.is_some()),
                (None, _) => mode,
            };
            let mutability = if name.by_ref.is_some() { None } else { name.mutability.take() };
            bindings.push(Binding::new(name.ident.clone(), mode, mutability));
            if let Some((_, inner)) = &mut name.subpat {
                take_from_pattern(inner, mode, bindings);
            }
        }
        Pat::Paren(inner) => take_from_pattern(&mut inner.pat, mode, bindings),
        Pat::Reference(inner) => take_from_pattern(&mut inner.pat, Mode::Value, bindings),
        Pat::Slice(slice) => {
            slice.elems.iter_mut().for_each(|inner| take_from_pattern(inner, mode, bindings));
        }
        Pat::Tuple(tuple) => {
            tuple.elems.iter_mut().for_each(|inner| take_from_pattern(inner, mode, bindings));
        }
        Pat::TupleStruct(tuple) => {
            tuple.elems.iter_mut().for_each(|inner| take_from_pattern(inner, mode, bindings));
        }
        Pat::Struct(fields) => {
            for field in &mut fields.fields {
                take_from_pattern(&mut field.pat, mode, bindings);
            }
        }
        _ => {}
    }
}

fn reference(unique: bool) -> Mode {
    if unique { Mode::Unique } else { Mode::Shared }
}

fn mode_of(ty: &Type) -> Mode {
    match ty {
        Type::Reference(ty) => reference(ty.mutability.is_some()),
        Type::Paren(inner) => mode_of(&inner.elem),
        Type::Group(inner) => mode_of(&inner.elem),
        _ if returned::pinned(ty).is_some_and(|it| it.mutability.is_some()) => Mode::Pinned,
        _ => Mode::Value,
    }
}

/// Reports each name in `clone(..)` that is no argument, or cannot be consumed by the body.
pub(crate) fn check_clones(clones: &[Ident], bindings: &[Binding], errors: &mut Errors) {
    for (index, name) in clones.iter().enumerate() {
        let mut refuse = |message: String| errors.push(syn::Error::new(name.span(), message));
        if clones[..index].contains(name) {
            refuse(format!("`{name}` is listed twice in `clone(..)`"));
            continue;
        }
        let Some(binding) = bindings.iter().find(|binding| binding.ident == *name) else {
            let names: Vec<String> =
                bindings.iter().map(|binding| binding.ident.to_string()).collect();
            let guess = suggest::did_you_mean(&name.to_string(), names.iter().map(String::as_str));
            refuse(format!("the function has no argument `{name}`{guess}"));
            continue;
        };
        if binding.mode != Mode::Value {
            refuse(format!(
                "`{name}` is borrowed, so the body cannot use it up: leave it out of `clone(..)`"
            ));
        }
    }
}

/// Reports what bodies that run at the same time cannot share; `body` has the names they use.
pub(crate) fn check_hedged(
    bindings: &[Binding],
    clones: &[Ident],
    body: &Names,
    errors: &mut Errors,
) {
    const WHY: &str = "a hedged body runs more than once at the same time, so it cannot";
    for Binding { ident, mode, mutability, .. } in bindings {
        if !body.contain(ident) {
            continue;
        }
        let is_self = ident == "self" || ident == "__self";
        let message = match mode {
            Mode::Unique | Mode::Pinned if is_self => {
                format!("{WHY} have `&mut self`: take `&self`, and what changes in a `Mutex`")
            }
            Mode::Unique | Mode::Pinned => format!(
                "{WHY} have `&mut` arguments: take `{ident}` by `&`, and what changes in a `Mutex`"
            ),
            Mode::Value if is_self && (mutability.is_some() || clones.contains(ident)) => {
                format!("{WHY} use up `self`: take `&self`, or clone in the body what it needs")
            }
            Mode::Value | Mode::Shared => continue,
        };
        errors.push(syn::Error::new(ident.span(), message));
    }
}

/// Gives the statements before the `async` block of a returned future their own `mut`s: `outside`
/// has their names, `inside` those of the block.
pub(crate) fn keep_outside(
    bindings: &mut [Binding],
    outside: &Names,
    inside: &Names,
) -> TokenStream {
    let mut kept = TokenStream::new();
    for Binding { ident, mutability, lints, .. } in bindings {
        // `self` has kept its own.
        if mutability.is_none() || !outside.contain(ident) || ident == "self" {
            continue;
        }
        // Either may be why it is `mut`.
        let allow: Attribute = parse_quote_spanned!(Span::mixed_site()=> #[allow(unused_mut)]);
        let of_both = inside.contain(ident).then_some(&allow);
        kept.extend(quote_spanned! {Span::mixed_site()=>
            #of_both
            let #mutability #ident = #ident;
        });
        if of_both.is_some() {
            lints.push(allow);
        } else {
            *mutability = None;
        }
    }
    kept
}

/// What each attempt needs of `bindings`; `body` is searched for their names, since an argument
/// that is not used must keep its warning.
///
/// `hedged` bodies run at the same time: they share what they borrow, and make their own copies.
pub(crate) fn plan(
    private: &TokenStream,
    bindings: &[Binding],
    clones: &[Ident],
    body: &Names,
    blocking: bool,
    hedged: bool,
) -> Bindings {
    let site = Span::mixed_site();
    let mut plan = Bindings::default();
    for (index, Binding { ident, mode, mutability, conditions, lints }) in
        bindings.iter().enumerate()
    {
        let own = own(index);
        // Told where the copy is asked for, if it cannot be made.
        let copy = if let Some(name) = clones.iter().find(|name| *name == ident) {
            Some((Stretch::at(name.span()), "clone_argument"))
        } else {
            let mutability = mutability.filter(|_| !mode.is_unique());
            mutability.map(|token| (Stretch::at(token.span), "fresh_argument"))
        };
        let copy_of = |original: &Ident| {
            copy.map(|(stretch, function)| {
                let borrow = stretch.borrowed(&original.to_token_stream());
                stretch.call(private, function, &borrow)
            })
        };
        let rebound = |mutability: Option<Token![mut]>, value: &TokenStream| {
            quote_spanned! {site=>
                #(#conditions)*
                #(#lints)*
                #[allow(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
                let #mutability #ident = #value;
            }
        };
        match copy {
            Some(_) if hedged => {
                plan.rebound.extend(rebound(*mutability, &copy_of(ident).to_token_stream()));
            }
            None if hedged => {}
            // `self` cannot be bound anew, only assigned.
            Some(_) if ident == "self" => {
                if body.contain(ident) {
                    let copy = copy_of(&own);
                    plan.kept.extend(quote_spanned!(site=> let #own = #ident;));
                    plan.copied.extend(quote_spanned!(site=> #ident = #copy;));
                }
            }
            Some(_) => {
                // Moved, as a blocking body would: nobody is to be told to take it by reference.
                // In an async function it would be held twice.
                if blocking && clones.contains(ident) {
                    plan.kept.extend(rebound(None, &ident.to_token_stream()));
                }
                let copy = copy_of(ident);
                plan.copied.extend(quote_spanned!(site=> #(#conditions)* let #own = #copy;));
                plan.rebound.extend(rebound(*mutability, &own.to_token_stream()));
            }
            None if !body.contain(ident) => {}
            None => match mode {
                Mode::Shared => {}
                Mode::Unique if ident == "self" => {
                    plan.unique.extend(quote_spanned!(site=> let _ = &mut *#ident;));
                }
                // Reborrowed, so that the body may pass it on by value.
                Mode::Unique => {
                    plan.rebound.extend(rebound(*mutability, &quote_spanned!(site=> &mut *#ident)));
                }
                Mode::Pinned => {
                    let pinned = quote_spanned!(site=> #private::Pin::as_mut(&mut #ident));
                    if ident == "self" {
                        let renamed = pinned_self();
                        plan.rebound
                            .extend(quote_spanned!(site=> let #mutability #renamed = #pinned;));
                    } else {
                        plan.rebound.extend(rebound(*mutability, &pinned));
                    }
                }
                Mode::Value => {
                    plan.unique.extend(quote_spanned!(site=> #(#conditions)* let _ = &mut #ident;));
                }
            },
        }
    }
    plan
}

/// Never run: asks that what a future of another attribute moves can be had again.
pub(crate) fn unmoved(
    private: &TokenStream,
    bindings: &[Binding],
    clones: &[Ident],
    moved: &Names,
) -> TokenStream {
    let is_moved = |it: &&Binding| {
        let is_copied = it.mutability.is_some() || clones.contains(&it.ident);
        it.mode == Mode::Value && !is_copied && moved.contain(&it.ident)
    };
    bindings
        .iter()
        .filter(is_moved)
        .map(|Binding { ident, conditions, .. }| {
            let stretch = Stretch::at(ident.span());
            let borrow = stretch.borrowed(&ident.to_token_stream());
            let check = stretch.call(private, "unmoved_argument", &borrow);
            quote_spanned!(Span::mixed_site()=> #(#conditions)* #check;)
        })
        .collect()
}

/// Where `self` is kept, if each attempt gets a copy of it.
pub(crate) fn original_of_self(bindings: &[Binding], clones: &[Ident]) -> Option<Ident> {
    let first = bindings.first().filter(|first| first.ident == "self")?;
    let is_copied =
        clones.contains(&first.ident) || first.mutability.is_some() && !first.mode.is_unique();
    is_copied.then(|| own(0))
}

/// The name that a body has for its `self: Pin<&mut Self>`, which cannot be bound anew under its own.
pub(crate) fn pinned_self() -> Ident {
    Ident::new("__self", Span::mixed_site())
}

/// Whether the function takes `self: Pin<&mut Self>`.
pub(crate) fn pins_self(bindings: &[Binding]) -> bool {
    bindings.iter().any(|binding| binding.ident == "self" && binding.mode == Mode::Pinned)
}

fn own(index: usize) -> Ident {
    Ident::new(&format!("__own{index}"), Span::mixed_site())
}

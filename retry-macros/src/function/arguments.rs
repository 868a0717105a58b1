//! The function's arguments: the names that they bind, and how.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, Generics, Pat, PredicateType, ReceiverKind, Signature, Token, Type,
    WherePredicate,
};

use super::names::Names;
use super::returned;

/// One name that the signature binds.
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    pub(crate) mode: Mode,
    /// Whether its type is one that is `Copy` by its name: a number.
    pub(crate) is_plain: bool,
    /// Whether its type is one that can be called once: its bounds say `FnOnce`.
    pub(crate) is_called_once: bool,
    /// The `mut` of a name bound by value: each attempt must start from the same value.
    pub(crate) mutability: Option<Token![mut]>,
    /// `#[cfg]`s of the argument, which what is generated for it must keep.
    pub(crate) conditions: Vec<Attribute>,
    /// Lint attributes of a by-value `mut`, which moves to the attempt and takes them along.
    pub(crate) lints: Vec<Attribute>,
}

impl Binding {
    fn new(ident: Ident, mode: Mode, mutability: Option<Token![mut]>) -> Self {
        let (conditions, lints) = (Vec::new(), Vec::new());
        Self { ident, mode, is_plain: false, is_called_once: false, mutability, conditions, lints }
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
    pub(crate) fn is_unique(self) -> bool {
        matches!(self, Self::Unique | Self::Pinned)
    }
}

/// The names that the signature binds, whose by-value `mut`s are taken off it: they move to the
/// attempt. `body` has the names that the function uses.
pub(crate) fn take(signature: &mut Signature, body: &Names) -> Vec<Binding> {
    let mut bindings = Vec::new();
    let generics = signature.generics.clone();
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
                if is_plain(&argument.ty) {
                    bindings[first..].iter_mut().for_each(|it| it.is_plain = true);
                }
                if is_called_once(&argument.ty, &generics) {
                    bindings[first..].iter_mut().for_each(|it| it.is_called_once = true);
                }
                keep_attributes(&mut argument.attrs, &mut bindings[first..]);
                match &mut *argument.pat {
                    Pat::Ident(name) if mode == Mode::Pinned && body.contain(&name.ident) => {
                        name.mutability = Some(pinned_mut(name.ident.span()));
                    }
                    _ => {}
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
        let is_lint = |it: &Attribute| LINTS.iter().any(|lint| it.path().is_ident(lint));
        (lints, *attributes) = std::mem::take(attributes).into_iter().partition(is_lint);
    }
    for binding in bindings {
        let conditions = attributes.iter().filter(|it| it.path().is_ident("cfg"));
        binding.conditions.extend(conditions.cloned());
        binding.lints.clone_from(&lints);
    }
}

/// As [`take`], for the pattern of a `let`.
pub(super) fn take_from_pattern(pattern: &mut Pat, mode: Mode, bindings: &mut Vec<Binding>) {
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

/// Whether the type is a number, a `bool` or a `char`.
fn is_plain(ty: &Type) -> bool {
    const PLAIN: [&str; 16] = [
        "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
        "i128", "isize", "f32", "f64",
    ];
    PLAIN.iter().any(|name| returned::is_called(ty, name))
}

/// Whether the type, or what bounds it, says `FnOnce`.
fn is_called_once(ty: &Type, generics: &Generics) -> bool {
    let says = |tokens: TokenStream| Names::of(tokens).has("FnOnce");
    let Type::Path(path) = ty else { return says(ty.to_token_stream()) };
    let Some(name) = path.path.get_ident() else { return says(ty.to_token_stream()) };
    let clause = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let is_of_it = |bounded: &PredicateType| matches!(&bounded.bounded_ty, Type::Path(it) if it.path.is_ident(name));
    generics.type_params().any(|it| it.ident == *name && says(it.bounds.to_token_stream()))
        || clause.into_iter().any(|it| {
            matches!(it, WherePredicate::Type(bounded) if is_of_it(bounded))
                && says(it.to_token_stream())
        })
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

/// The name of the copy of argument `index` that is kept for the attempts.
pub(crate) fn own(index: usize) -> Ident {
    Ident::new(&format!("__own{index}"), Span::mixed_site())
}

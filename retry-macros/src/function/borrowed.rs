//! What is returned and what it borrows from: a borrow from a `&mut` argument would have to outlive
//! the attempt, and the next attempt needs that borrow again.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    FnArg, GenericArgument, GenericParam, Lifetime, PathArguments, PathSegment, ReceiverKind,
    ReturnType, Signature, Token, Type, TypeParamBound, TypeReference, WherePredicate,
};

use super::names::Names;
use super::returned;

/// Whether the signature says that what is returned borrows from an argument taken by `&mut`.
///
/// A lifetime that something else has as well says nothing: the body decides, and the borrow checker
/// judges it.
pub(crate) fn from_unique(signature: &Signature, output: &Type) -> bool {
    let borrowed = Lifetimes::of(output);
    let is_borrowed = |lifetime: &&Lifetime| borrowed.named.contains(*lifetime);
    let unique = signature.inputs.iter().filter_map(unique_reference);
    let named = unique.filter_map(|unique| unique.lifetime.filter(|it| it.ident != "_"));
    named.into_iter().filter(is_borrowed).any(|it| !has_another_source(signature, it))
        || borrowed.elided && elides_unique(signature)
}

/// What the types are asked, since the signature does not say whether a borrow from a `&mut` argument
/// is returned.
pub(crate) enum Question {
    /// A type without a lifetime may have one that is elided, and is that of a `&mut` argument: does it
    /// borrow?
    DoesOutputBorrow,
    /// What is returned may have a lifetime of the `impl`'s: is `self` a `&mut`?
    IsSelfUnique,
    /// What is returned may have the lifetime of an associated type: is `self` a `&mut`, and can the
    /// value hold one?
    CanValueHoldSelf,
}

/// The question that is open; `body` has the names that the function uses.
pub(crate) fn question(signature: &Signature, output: &Type, body: &Names) -> Option<Question> {
    let borrowed = Lifetimes::of(output);
    let spelt = Names::of(output.to_token_stream());
    let is_opaque = spelt.has("impl");
    let uses_self = takes_self(signature) && body.has("self");
    if borrowed.hidden && !is_opaque && elides_unique(signature) {
        Some(Question::DoesOutputBorrow)
    } else if uses_self && borrowed.has_foreign(signature) {
        Some(Question::IsSelfUnique)
    } else if uses_self && !is_opaque && spelt.has("Self") {
        Some(Question::CanValueHoldSelf)
    } else {
        None
    }
}

/// A reference to something that is the function's alone.
struct Unique<'a> {
    lifetime: Option<&'a Lifetime>,
}

fn unique_reference(argument: &FnArg) -> Option<Unique<'_>> {
    let of = |ty| {
        let reference: &TypeReference = returned::reference(ty).or(returned::pinned(ty))?;
        reference.mutability.map(|_| Unique { lifetime: reference.lifetime.as_ref() })
    };
    match argument {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, Some(_)) => {
                Some(Unique { lifetime: lifetime.as_ref() })
            }
            ReceiverKind::Typed(_, ty) => of(ty),
            _ => None,
        },
        FnArg::Typed(argument) => of(&argument.ty),
    }
}

/// Whether a lifetime that is elided in what is returned is that of a `&mut` argument: of
/// `&mut self`, else of the only reference there is.
fn elides_unique(signature: &Signature) -> bool {
    let receiver = signature.inputs.first().filter(|it| matches!(it, FnArg::Receiver(_)));
    let is_shared = |ty: &Type| returned::reference(ty).or(returned::pinned(ty)).is_some();
    match receiver {
        Some(receiver) if unique_reference(receiver).is_some() => true,
        Some(FnArg::Receiver(receiver)) => match &receiver.kind {
            ReceiverKind::Reference(..) => false,
            ReceiverKind::Typed(_, ty) if is_shared(ty) => false,
            _ => is_only_reference(signature),
        },
        _ => is_only_reference(signature),
    }
}

/// Whether the only lifetime among the arguments is that of one taken by `&mut`.
fn is_only_reference(signature: &Signature) -> bool {
    let inputs = signature.inputs.iter();
    inputs.clone().filter_map(unique_reference).count() == 1
        && inputs.map(|argument| lifetimes_in(argument.to_token_stream())).sum::<usize>() <= 1
}

/// How many references and lifetimes `tokens` spell; a reference with a lifetime counts once.
fn lifetimes_in(tokens: TokenStream) -> usize {
    let mut follows_reference = false;
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => lifetimes_in(group.stream()),
            TokenTree::Punct(mark) if mark.as_char() == '&' => {
                follows_reference = true;
                1
            }
            TokenTree::Punct(mark) if mark.as_char() == '\'' => {
                usize::from(!std::mem::take(&mut follows_reference))
            }
            _ => {
                follows_reference = false;
                0
            }
        })
        .sum()
}

/// Whether something beside the `&mut`s themselves may have `lifetime`.
fn has_another_source(signature: &Signature, lifetime: &Lifetime) -> bool {
    let is_declared = declares(signature, lifetime);
    lifetime.ident == "static"
        || !is_declared && signature.receiver().is_some() // what is behind `self` may have it
        || signature.inputs.iter().any(|argument| {
            let all = mentions(argument.to_token_stream(), lifetime);
            let own = unique_reference(argument).and_then(|it| it.lifetime) == Some(lifetime);
            all > usize::from(own)
        })
        || outlived_by_another(signature, lifetime)
}

/// Whether another lifetime is as long: `'b: 'a`.
fn outlived_by_another(signature: &Signature, lifetime: &Lifetime) -> bool {
    let parameters = signature.generics.params.iter().any(|parameter| match parameter {
        GenericParam::Lifetime(longer) => longer.bounds.iter().any(|it| it == lifetime),
        _ => false,
    });
    let clause = signature.generics.where_clause.as_ref();
    parameters
        || clause.is_some_and(|clause| {
            clause.predicates.iter().any(|predicate| match predicate {
                WherePredicate::Lifetime(longer) => longer.bounds.iter().any(|it| it == lifetime),
                _ => false,
            })
        })
}

/// How often `tokens` name `lifetime`.
fn mentions(tokens: TokenStream, lifetime: &Lifetime) -> usize {
    let mut follows_quote = false;
    tokens
        .into_iter()
        .map(|token| {
            let is_lifetime = std::mem::take(&mut follows_quote);
            match token {
                TokenTree::Group(group) => mentions(group.stream(), lifetime),
                TokenTree::Ident(ident) => usize::from(is_lifetime && ident == lifetime.ident),
                TokenTree::Punct(mark) => {
                    follows_quote = mark.as_char() == '\'';
                    0
                }
                TokenTree::Literal(_) => 0,
            }
        })
        .sum()
}

fn declares(signature: &Signature, lifetime: &Lifetime) -> bool {
    signature.generics.params.iter().any(|parameter| match parameter {
        GenericParam::Lifetime(declared) => declared.lifetime == *lifetime,
        _ => false,
    })
}

/// Whether the receiver is a plain `self`, which in an `impl` for `&mut T` is a `&mut`.
fn takes_self(signature: &Signature) -> bool {
    signature.receiver().is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Value))
}

/// The lifetimes of a type.
#[derive(Default)]
struct Lifetimes {
    named: Vec<Lifetime>,
    /// `&T`, `'_`
    elided: bool,
    /// Whether a type is named that may have a lifetime which is not spelt.
    hidden: bool,
}

impl Lifetimes {
    fn of(ty: &Type) -> Self {
        let mut lifetimes = Self::default();
        lifetimes.collect(ty);
        lifetimes
    }

    /// Whether there is one that the `impl` around the function must have declared.
    fn has_foreign(&self, signature: &Signature) -> bool {
        self.named.iter().any(|it| it.ident != "static" && !declares(signature, it))
    }

    fn note(&mut self, lifetime: Option<&Lifetime>) {
        match lifetime {
            Some(lifetime) if lifetime.ident != "_" => self.named.push(lifetime.clone()),
            _ => self.elided = true,
        }
    }

    fn collect(&mut self, ty: &Type) {
        match ty {
            Type::Reference(reference) => {
                self.note(reference.lifetime.as_ref());
                self.collect(&reference.elem);
            }
            Type::Path(path) => {
                if let Some(itself) = &path.qself {
                    self.collect(&itself.ty);
                }
                self.segments(&path.path.segments);
            }
            Type::ImplTrait(opaque) => self.bounds(&opaque.bounds),
            Type::TraitObject(object) => self.bounds(&object.bounds),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.collect(ty)),
            Type::Ptr(pointer) => self.collect(&pointer.elem),
            Type::Paren(inner) => self.collect(&inner.elem),
            Type::Group(inner) => self.collect(&inner.elem),
            Type::Array(array) => self.collect(&array.elem),
            Type::Slice(slice) => self.collect(&slice.elem),
            _ => {}
        }
    }

    fn segments(&mut self, segments: &Punctuated<PathSegment, Token![::]>) {
        for segment in segments {
            match &segment.arguments {
                PathArguments::None => {}
                PathArguments::AngleBracketed(arguments) => {
                    for argument in &arguments.args {
                        match argument {
                            GenericArgument::Type(ty) => self.collect(ty),
                            GenericArgument::Lifetime(lifetime) => self.note(Some(lifetime)),
                            GenericArgument::AssocType(associated) => self.collect(&associated.ty),
                            _ => {}
                        }
                    }
                }
                // What is elided in there is the call's own.
                PathArguments::Parenthesized(call) => {
                    let mut inner = Self::default();
                    call.inputs.iter().for_each(|input| inner.collect(&input.ty));
                    if let ReturnType::Type(_, ty) = &call.output {
                        inner.collect(ty);
                    }
                    self.named.append(&mut inner.named);
                }
            }
        }
        let last = segments.last();
        self.hidden |= last.is_some_and(|last| last.arguments.is_none() && may_hide(last));
    }

    fn bounds(&mut self, bounds: &Punctuated<TypeParamBound, Token![+]>) {
        for bound in bounds {
            match bound {
                TypeParamBound::Lifetime(lifetime) => self.note(Some(lifetime)),
                TypeParamBound::Trait(bound) => self.segments(&bound.path.segments),
                _ => {}
            }
        }
    }
}

/// Whether a type of this name may have a lifetime: not the ones that everybody uses, and hardly
/// ever an error.
fn may_hide(segment: &PathSegment) -> bool {
    const PLAIN: [&str; 18] = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128", "isize", "f32", "f64", "String",
    ];
    let name = segment.ident.to_string();
    !PLAIN.contains(&&*name) && !name.ends_with("Error")
}

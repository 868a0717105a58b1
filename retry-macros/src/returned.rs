//! Reading a return type.

use syn::punctuated::Punctuated;
use syn::{
    AssocType, FnArg, GenericArgument, PathArguments, PathSegment, ReceiverKind, Signature, Token,
    Type, TypeInfer, TypeParamBound,
};

/// Whether the type holds nothing: `()` or `!`.
pub(crate) fn is_nothing(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Never(_) => true,
        _ => false,
    }
}

/// Whether the type is spelt `Option<…>`.
pub(crate) fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|segment| segment.ident == "Option")
}

/// `E` of `Result<T, E>`; the whole type where it is spelt otherwise.
pub(crate) fn error_of(ty: &Type) -> &Type {
    last_segment(ty)
        .filter(|segment| segment.ident == "Result")
        .and_then(|segment| type_arguments(segment).nth(1))
        .unwrap_or(ty)
}

/// `T` of `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` and `BoxFuture<'_, T>`.
pub(crate) fn output_of_future(ty: &Type) -> Option<&Type> {
    match ty {
        Type::ImplTrait(future) => output_of_bounds(&future.bounds),
        Type::Paren(inner) => output_of_future(&inner.elem),
        Type::Group(inner) => output_of_future(&inner.elem),
        Type::Path(_) => {
            let segment = last_segment(ty)?;
            if segment.ident == "BoxFuture" || segment.ident == "LocalBoxFuture" {
                return type_arguments(segment).last();
            }
            let boxed = type_arguments(segment).next().filter(|_| segment.ident == "Pin")?;
            let segment = last_segment(boxed).filter(|segment| segment.ident == "Box")?;
            match type_arguments(segment).next()? {
                Type::TraitObject(future) => output_of_bounds(&future.bounds),
                _ => None,
            }
        }
        _ => None,
    }
}

fn output_of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let segment = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(AssocType { ident, ty, .. }) if ident == "Output" => {
                Some(ty)
            }
            _ => None,
        })
    })
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

fn type_arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The type with each `impl Trait` replaced by `_`, to annotate a local variable with.
pub(crate) fn inferring_impl_trait(mut ty: Type) -> Type {
    infer(&mut ty);
    ty
}

fn infer(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            let underscore_token = Token![_](opaque.impl_token.span);
            *ty = Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token });
        }
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else {
                    continue;
                };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        infer(ty);
                    }
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer),
        Type::Reference(reference) => infer(&mut reference.elem),
        Type::Paren(inner) => infer(&mut inner.elem),
        Type::Group(inner) => infer(&mut inner.elem),
        Type::Array(array) => infer(&mut array.elem),
        Type::Slice(slice) => infer(&mut slice.elem),
        _ => {}
    }
}

/// Whether what is returned borrows from an argument taken by `&mut`: that borrow would have to
/// outlive the attempt, and the next attempt needs it again.
pub(crate) fn borrows_from_unique(signature: &Signature, output: &Type) -> bool {
    let mut borrowed = Lifetimes::default();
    borrowed.collect(output);
    let receiver = signature.receiver();
    let unique: Vec<String> = signature.inputs.iter().filter_map(unique_lifetime).collect();
    if unique.iter().any(|name| borrowed.named.contains(name)) {
        return true;
    }
    // Elision: the lifetime of `&mut self`, else that of the only reference there is.
    borrowed.elided
        && match receiver.map(|receiver| &receiver.kind) {
            Some(ReceiverKind::Reference(_, _, mutability)) => mutability.is_some(),
            Some(ReceiverKind::Typed(_, ty)) => matches!(
                &**ty,
                Type::Reference(reference) if reference.mutability.is_some()
            ),
            _ => unique.len() == 1,
        }
}

/// Of an argument taken by `&mut`: the name of its lifetime, `_` if it has none.
fn unique_lifetime(argument: &FnArg) -> Option<String> {
    let name = |lifetime: &Option<syn::Lifetime>| {
        lifetime.as_ref().map_or_else(|| "_".to_owned(), |lifetime| lifetime.ident.to_string())
    };
    match argument {
        FnArg::Receiver(receiver) => match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, Some(_)) => Some(name(lifetime)),
            _ => None,
        },
        FnArg::Typed(argument) => match &*argument.ty {
            Type::Reference(reference) if reference.mutability.is_some() => {
                Some(name(&reference.lifetime))
            }
            _ => None,
        },
    }
}

#[derive(Default)]
struct Lifetimes {
    named: Vec<String>,
    elided: bool,
}

impl Lifetimes {
    fn note(&mut self, lifetime: Option<&syn::Lifetime>) {
        match lifetime {
            Some(lifetime) if lifetime.ident != "_" => self.named.push(lifetime.ident.to_string()),
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
                for segment in &path.path.segments {
                    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                        continue;
                    };
                    for argument in &arguments.args {
                        match argument {
                            GenericArgument::Type(ty) => self.collect(ty),
                            GenericArgument::Lifetime(lifetime) => self.note(Some(lifetime)),
                            _ => {}
                        }
                    }
                }
            }
            Type::ImplTrait(opaque) => self.bounds(&opaque.bounds),
            Type::TraitObject(object) => self.bounds(&object.bounds),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.collect(ty)),
            Type::Paren(inner) => self.collect(&inner.elem),
            Type::Group(inner) => self.collect(&inner.elem),
            Type::Array(array) => self.collect(&array.elem),
            Type::Slice(slice) => self.collect(&slice.elem),
            _ => {}
        }
    }

    fn bounds(&mut self, bounds: &Punctuated<TypeParamBound, Token![+]>) {
        for bound in bounds {
            if let TypeParamBound::Lifetime(lifetime) = bound {
                self.note(Some(lifetime));
            }
        }
    }
}

//! Reading a return type.

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::{
    AssocType, GenericArgument, PathArguments, PathSegment, Token, Type, TypeInfer, TypeParamBound,
    TypeReference,
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
    is_called(ty, "Option")
}

/// Whether the type is spelt `Result<…>` or `Option<…>`, and not hidden behind another name.
pub(crate) fn is_outcome(ty: &Type) -> bool {
    is_called(ty, "Result") || is_option(ty)
}

/// Whether the last name in the type's path is `name`.
pub(crate) fn is_called(ty: &Type, name: &str) -> bool {
    self::name(ty).is_some_and(|it| it == name)
}

/// `T` of `Result<T, E>` and of `Option<T>`; the whole type where it is spelt otherwise.
pub(crate) fn value_of(ty: &Type) -> &Type {
    last_segment(ty)
        .filter(|_| is_outcome(ty))
        .and_then(|segment| type_arguments(segment).next())
        .unwrap_or(ty)
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

/// The last name in the type's path.
pub(crate) fn name(ty: &Type) -> Option<&Ident> {
    last_segment(ty).map(|segment| &segment.ident)
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
        Type::Path(path) => path.path.segments.iter_mut().for_each(infer_arguments),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound.path.segments.iter_mut().for_each(infer_arguments);
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer),
        Type::Reference(reference) => infer(&mut reference.elem),
        Type::Ptr(pointer) => infer(&mut pointer.elem),
        Type::Paren(inner) => infer(&mut inner.elem),
        Type::Group(inner) => infer(&mut inner.elem),
        Type::Array(array) => infer(&mut array.elem),
        Type::Slice(slice) => infer(&mut slice.elem),
        _ => {}
    }
}

/// `Item = impl Trait` too; in `Fn(…) -> …` and `fn(…) -> …` no `impl Trait` is allowed.
fn infer_arguments(segment: &mut PathSegment) {
    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return };
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Type(ty) => infer(ty),
            GenericArgument::AssocType(associated) => infer(&mut associated.ty),
            _ => {}
        }
    }
}

/// The reference in `Pin<&T>` and `Pin<&mut T>`.
pub(crate) fn pinned(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Paren(inner) => pinned(&inner.elem),
        Type::Group(inner) => pinned(&inner.elem),
        Type::Path(_) => {
            let segment = last_segment(ty).filter(|segment| segment.ident == "Pin")?;
            reference(type_arguments(segment).next()?)
        }
        _ => None,
    }
}

/// The reference that the type is.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match ty {
        Type::Paren(inner) => reference(&inner.elem),
        Type::Group(inner) => reference(&inner.elem),
        Type::Reference(reference) => Some(reference),
        _ => None,
    }
}

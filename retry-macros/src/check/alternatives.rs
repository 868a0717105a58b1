//! Patterns that say too much: alternatives as a tuple or a list, an `Err` around the error.

use syn::{Generics, Ident, Pat, Path, Type, TypePath};

use super::patterns::{Known, TYPES, of_path};
use crate::diagnostics::{Errors, as_written};
use crate::function::returned;
use crate::read::{Keyed, Matcher, Values};

/// Reports `on = (E::A, E::B)` and `on = [E::A]`, where they cannot be what they say; `output` is what one
/// attempt returns.
pub(super) fn written_otherwise(
    values: &Values,
    output: Option<&Type>,
    generics: &Generics,
    errors: &mut Errors,
) {
    let error = output.map(returned::error_of);
    let known = output.and_then(Known::of);
    let keys = [("on", &values.on), ("unless", &values.unless), ("also", &values.also)];
    for (key, matcher) in keys {
        match matcher {
            Some(Keyed { value: Matcher::Types(types, span), .. }) => {
                let variants: Option<Vec<&Path>> =
                    types.iter().map(|ty| variant(ty, error, generics)).collect();
                let Some(variants) = variants else { continue };
                let written: Vec<String> = variants.iter().map(as_written).collect();
                let written = written.join(" | ");
                let instead = variants.first().and_then(|it| of_path(key, it, &written, known));
                let message = instead.unwrap_or_else(|| {
                    format!("brackets hold types, and this is a value: write `{key} = {written}`")
                });
                errors.push(syn::Error::new(*span, message));
            }
            Some(Keyed { value: Matcher::Pattern { pattern, .. }, .. }) => {
                if let Some(inner) = of_outcome(pattern) {
                    if known.is_some() || path_of(inner).is_some_and(|it| is_of(it, error)) {
                        let inner = as_written(inner);
                        let message = format!(
                            "`{key}` is matched against the error alone: write `{key} = {inner}`"
                        );
                        errors.at(pattern, message);
                    }
                }
                let Pat::Tuple(tuple) = &**pattern else { continue };
                let cases: Vec<&Pat> = tuple.elems.iter().collect();
                let written: Vec<String> = cases.iter().map(as_written).collect();
                let instead = if cases.is_empty() {
                    continue;
                } else if cases.iter().all(|it| path_of(it).is_some_and(is_known_type)) {
                    format!("`{key} = [{}]` for types of erased errors", written.join(", "))
                } else if cases.iter().all(|it| path_of(it).is_some_and(|it| is_of(it, error))) {
                    format!("`{key} = {}`", written.join(" | "))
                } else {
                    continue;
                };
                let message = format!("parentheses make a tuple of these: write {instead}");
                errors.at(pattern, message);
            }
            None => {}
        }
    }
}

/// What stands in brackets, if it can only be a variant: that of the function's error, or of a type whose name
/// says that it is one of errors.
fn variant<'a>(ty: &'a Type, error: Option<&Type>, generics: &Generics) -> Option<&'a Path> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return None };
    let holder = holder_of(path)?;
    let name = holder.to_string();
    let is_type = name.starts_with(char::is_uppercase) && name.len() > 1 && name != "Self";
    let is_generic = generics.type_params().any(|it| it.ident == *holder);
    let last = path.segments.last().map(|it| it.ident.to_string()).unwrap_or_default();
    let is_name_of_a_variant =
        last.starts_with(char::is_uppercase) && !["Error", "Err"].contains(&&*last);
    let is_of_errors = name.ends_with("Error") || name.ends_with("ErrorKind");
    let is_variant =
        is_type && !is_generic && is_name_of_a_variant && (is_of_errors || is_of(path, error));
    is_variant.then_some(path)
}

/// Whether the path leads to a variant of the type that the function names as its error.
fn is_of(path: &Path, error: Option<&Type>) -> bool {
    let Some(Type::Path(error)) = error else { return false };
    let error = error.path.segments.last().map(|it| &it.ident);
    holder_of(path).is_some_and(|holder| error == Some(holder))
}

/// `E` of `E::A`.
fn holder_of(path: &Path) -> Option<&Ident> {
    path.segments.iter().nth_back(1).map(|it| &it.ident)
}

/// `E::A` of `Err(E::A)`.
fn of_outcome(pattern: &Pat) -> Option<&Pat> {
    let Pat::TupleStruct(tuple) = pattern else { return None };
    let inner = tuple.elems.first().filter(|_| tuple.elems.len() == 1)?;
    (tuple.path.is_ident("Err") && !matches!(inner, Pat::Wild(_) | Pat::Ident(_))).then_some(inner)
}

fn path_of(pattern: &Pat) -> Option<&Path> {
    match pattern {
        Pat::Path(path) => Some(&path.path),
        Pat::TupleStruct(tuple) => Some(&tuple.path),
        Pat::Struct(fields) => Some(&fields.path),
        _ => None,
    }
}

fn is_known_type(path: &Path) -> bool {
    let written = as_written(path);
    TYPES.iter().any(|known| written == *known || written.ends_with(&format!("::{known}")))
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;

    fn is_variant(ty: &Type, error: &Type) -> bool {
        variant(ty, Some(error), &parse_quote!(<Retried>)).is_some()
    }

    #[test]
    fn a_variant_is_told_from_an_associated_type() {
        let own: Type = parse_quote!(Failure);
        assert!(is_variant(&parse_quote!(Failure::Busy), &own));
        assert!(is_variant(&parse_quote!(io::ErrorKind::TimedOut), &own));
        assert!(is_variant(&parse_quote!(ApiError::Busy), &own));
        for types in [
            quote!(S::Error),
            quote!(Self::Error),
            quote!(Self::Failure),
            quote!(Retried::Failure),
            quote!(Other::Failure),
            quote!(io::Error),
            quote!(<T as Service>::Error),
            quote!(Busy),
            quote!(ServiceError::Error),
        ] {
            let ty = syn::parse2(types.clone()).expect("it is a type");
            assert!(!is_variant(&ty, &own), "{types}");
        }
    }
}

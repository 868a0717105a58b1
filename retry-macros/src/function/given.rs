//! What a worker calls a function with: what is owned comes out of the task's row, what is borrowed
//! out of the worker's state.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, FnArg, Pat, Signature, Type, TypeReference};

use super::returned;
use crate::diagnostics::Errors;

/// One argument.
pub(crate) struct Given {
    pub(crate) from: From,
    /// `#[cfg]`s of the argument, which what is generated for it must keep.
    pub(crate) conditions: Vec<Attribute>,
}

/// Where an argument comes from.
pub(crate) enum From {
    /// `&Attempt`: the attempt that runs.
    Attempt,
    /// `&T`: out of the worker's state.
    State(Type),
    /// Out of the row.
    Row(Owned),
}

/// An argument that is written to the row.
pub(crate) struct Owned {
    /// Its name; none where it is taken apart.
    pub(crate) name: Option<Ident>,
    pub(crate) ty: Type,
    /// Documentation and serde's attributes, which belong to the field.
    pub(crate) attributes: Vec<Attribute>,
}

const NO_SELF: &str = "a worker has no `self` to call this on: take what the body needs as `&T` out \
                       of the worker's state, or by value out of the task's row";
const NO_BORROW: &str = "a task's arguments are written to a row, so they borrow nothing: take what \
                         is owned, such as `String` for `&str`";
const NAMED: &str = "a task's arguments are written to a row, so their types have names: take a \
                     type that can be read again in place of this `impl`";

/// Where each argument comes from; what is wrong with one is reported, and it is left out. Attributes
/// that belong to a field are taken off the arguments. `is_taken_apart` says whether a pattern may
/// stand in place of a name.
pub(crate) fn take(
    signature: &mut Signature,
    is_taken_apart: bool,
    errors: &mut Errors,
) -> Vec<Given> {
    let mut given = Vec::new();
    for argument in &mut signature.inputs {
        let argument = match argument {
            FnArg::Receiver(receiver) => {
                errors.at(receiver, NO_SELF);
                continue;
            }
            FnArg::Typed(argument) => argument,
        };
        let is_of_field = |it: &Attribute| it.path().is_ident("doc") || it.path().is_ident("serde");
        let (attributes, others) =
            std::mem::take(&mut argument.attrs).into_iter().partition(is_of_field);
        argument.attrs = others;
        let conditions = argument.attrs.iter().filter(|it| it.path().is_ident("cfg"));
        let conditions = conditions.cloned().collect();
        let from = match returned::reference(&argument.ty) {
            Some(reference) => borrowed(reference),
            None => owned(&argument.pat, &argument.ty, attributes, is_taken_apart),
        };
        match from {
            Ok(from) => given.push(Given { from, conditions }),
            Err(error) => errors.push(error),
        }
    }
    given
}

/// The function without attributes that belong to the struct of its arguments, or to its fields: where
/// something else is wrong, the compiler would report each of them.
pub(crate) fn without_attributes_of_fields(item: TokenStream) -> TokenStream {
    let Ok(mut function) = syn::parse2::<syn::ItemFn>(item.clone()) else { return item };
    let mut is_changed = false;
    let mut take_off = |attributes: &mut Vec<Attribute>, names: &[&str]| {
        let count = attributes.len();
        attributes.retain(|it| !names.iter().any(|name| it.path().is_ident(name)));
        is_changed |= attributes.len() < count;
    };
    take_off(&mut function.attrs, &["derive", "serde"]);
    for argument in &mut function.sig.inputs {
        if let FnArg::Typed(argument) = argument {
            take_off(&mut argument.attrs, &["doc", "serde"]);
        }
    }
    if is_changed { function.into_token_stream() } else { item }
}

/// `&Attempt`, or `&T` out of the state.
fn borrowed(reference: &TypeReference) -> syn::Result<From> {
    let refuse = |message: String| Err(syn::Error::new_spanned(reference, message));
    let TypeReference { mutability, elem, .. } = reference;
    if mutability.is_some() {
        return refuse(
            "the worker's tasks share its state at the same time: take `&T`, with what changes in \
             a `Mutex`, or an argument by value"
                .to_owned(),
        );
    }
    if let Some(owned) = owned_form(elem) {
        let written = spelt(reference);
        return refuse(format!(
            "a task's arguments are written to a row: take `{owned}`, not `{written}`"
        ));
    }
    if returned::is_called(elem, "Attempt") {
        return Ok(From::Attempt);
    }
    if let Some(span) = impl_in(elem) {
        let message = "a worker looks for this by its type, so name it: take `&T` for a `T` of the \
                       worker's state";
        return Err(syn::Error::new(span, message));
    }
    if let Some(span) = borrows(elem.to_token_stream(), true) {
        let message = "the worker's state outlives every borrow, so it holds none: take `&T` for a \
                       `T` that is owned";
        return Err(syn::Error::new(span, message));
    }
    Ok(From::State((**elem).clone()))
}

/// What is owned in place of what cannot be in a state.
fn owned_form(ty: &Type) -> Option<String> {
    const OWNED: [(&str, &str); 4] =
        [("str", "String"), ("Path", "PathBuf"), ("OsStr", "OsString"), ("CStr", "CString")];
    match ty {
        Type::Paren(inner) => owned_form(&inner.elem),
        Type::Group(inner) => owned_form(&inner.elem),
        Type::Slice(slice) => Some(format!("Vec<{}>", spelt(&slice.elem))),
        Type::Reference(inner) => owned_form(&inner.elem),
        _ => {
            let known = OWNED.iter().find(|(borrowed, _)| returned::is_called(ty, borrowed));
            known.map(|(_, owned)| (*owned).to_owned())
        }
    }
}

/// An argument by value.
fn owned(
    pattern: &Pat,
    ty: &Type,
    attributes: Vec<Attribute>,
    is_taken_apart: bool,
) -> syn::Result<From> {
    if returned::is_called(ty, "Attempt") {
        return Err(syn::Error::new_spanned(ty, "an attempt is lent to the body: take `&Attempt`"));
    }
    if let Some(span) = impl_in(ty) {
        return Err(syn::Error::new(span, NAMED));
    }
    if let Some(span) = borrow_in(ty) {
        return Err(syn::Error::new(span, NO_BORROW));
    }
    let name = match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Some(name.ident.clone())
        }
        _ if is_taken_apart => None,
        pattern => {
            return Err(syn::Error::new_spanned(
                pattern,
                "a task's arguments are fields of its row, so each has a name: write one here, and \
                 take it apart in the body",
            ));
        }
    };
    Ok(From::Row(Owned { name, ty: ty.clone(), attributes }))
}

/// Where something is borrowed: a reference, or a lifetime but `'static`.
pub(crate) fn borrow_in(ty: &impl ToTokens) -> Option<Span> {
    borrows(ty.to_token_stream(), false)
}

/// As [`borrow_in`]; `&'static` counts only if `allows_static` is false.
fn borrows(tokens: TokenStream, allows_static: bool) -> Option<Span> {
    let is_static =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(it)) if it == "static");
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_borrow = match &token {
            TokenTree::Punct(mark) if mark.as_char() == '\'' => !is_static(tokens.peek()),
            TokenTree::Punct(mark) if mark.as_char() == '&' => {
                let mut after = tokens.clone();
                after.next();
                !(allows_static && is_static(after.next().as_ref()))
            }
            TokenTree::Group(group) => {
                if let Some(inner) = borrows(group.stream(), allows_static) {
                    return Some(inner);
                }
                false
            }
            _ => false,
        };
        if is_borrow {
            return Some(token.span());
        }
    }
    None
}

/// Where the first `impl` stands.
pub(crate) fn impl_in(ty: &impl ToTokens) -> Option<Span> {
    fn find(tokens: TokenStream) -> Option<Span> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(word) if word == "impl" => Some(word.span()),
            TokenTree::Group(group) => find(group.stream()),
            _ => None,
        })
    }
    find(ty.to_token_stream())
}

/// A type as people write it.
fn spelt(ty: &impl ToTokens) -> String {
    let text = ty.to_token_stream().to_string();
    text.replace("& ", "&").replace(" :: ", "::").replace(" < ", "<").replace(" >", ">")
}

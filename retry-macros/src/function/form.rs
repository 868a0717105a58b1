//! Which form of function it is, and what one attempt returns.

use syn::{ReturnType, Signature, Type};

use super::Function;
use super::future::FutureBody;
use super::returned;

pub(crate) enum Form {
    /// `async fn`
    Async,
    /// `fn`
    Blocking,
    /// `fn` that returns a future
    Future(FutureBody),
}

pub(crate) struct Shape {
    pub(crate) form: Form,
    /// What one attempt returns.
    pub(crate) output: Type,
}

const NOTHING: &str = "this function returns nothing, so it cannot report a failure: return \
                       `Result<(), E>` or `Option<T>`";

impl Shape {
    /// Finds the form; an error says what to write instead of a function that returns nothing, or
    /// whose future cannot be entered.
    pub(crate) fn of(function: &Function) -> syn::Result<Self> {
        let signature = &function.signature;
        let Call { output, is_awaited } = Call::of(signature)?;
        let form = match is_awaited {
            true if signature.asyncness.is_some() => Form::Async,
            true => Form::Future(FutureBody::parse(&function.body, signature)?),
            false => Form::Blocking,
        };
        Ok(Self { form, output })
    }

    /// Whether attempts run on the caller's thread.
    pub(crate) fn is_blocking(&self) -> bool {
        matches!(self.form, Form::Blocking)
    }
}

/// What a call of the function gives.
pub(crate) struct Call {
    /// What it gives in the end.
    pub(crate) output: Type,
    /// Whether it is awaited.
    pub(crate) is_awaited: bool,
}

impl Call {
    /// Reads the signature; an error says what to write instead of a function that returns nothing.
    pub(crate) fn of(signature: &Signature) -> syn::Result<Self> {
        let ReturnType::Type(_, declared) = &signature.output else {
            return Err(syn::Error::new(signature.ident.span(), NOTHING));
        };
        let future = returned::output_of_future(declared).filter(|_| signature.asyncness.is_none());
        let output = future.unwrap_or(declared);
        if returned::is_nothing(output) {
            return Err(syn::Error::new_spanned(output, NOTHING));
        }
        let is_awaited = signature.asyncness.is_some() || future.is_some();
        Ok(Self { output: output.clone(), is_awaited })
    }
}

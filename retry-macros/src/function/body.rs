//! What is retried of a function, and what stands around it.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::ToTokens;

use super::Function;
use super::arguments::{self, Binding};
use super::form::Form;
use super::future::FutureBody;
use super::names::{self, Names};

/// What each attempt runs.
pub(crate) struct Body {
    pub(crate) tokens: TokenStream,
    pub(crate) names: Names,
    pub(crate) around: Around,
}

/// What stands around the loop.
pub(crate) enum Around {
    /// The function's braces.
    Braces(Group),
    /// A function that returns a future; `hoisted` stands in its `async` block before the loop.
    Future { future: FutureBody, hoisted: TokenStream },
}

impl Body {
    /// Takes the body out of `function`; `bindings` learns the names that `#[async_trait]` gave the
    /// arguments.
    pub(crate) fn of(form: Form, function: &Function, bindings: &mut Vec<Binding>) -> Self {
        let (tokens, around) = match form {
            Form::Async | Form::Blocking => (
                inner_block(&function.body).to_token_stream(),
                Around::Braces(function.body.clone()),
            ),
            Form::Future(mut future) => {
                let entered = future.enter(&function.signature, bindings);
                (entered.body, Around::Future { future, hoisted: entered.hoisted })
            }
        };
        let names = Names::of(tokens.clone());
        Self { tokens, names, around }
    }

    /// With a name for `self: Pin<&mut Self>`, which cannot be bound anew under its own.
    pub(crate) fn with_pinned_self(mut self, bindings: &[Binding]) -> Self {
        if arguments::pins_self(bindings) {
            self.tokens = names::renaming_self(&arguments::pinned_self(), self.tokens);
        }
        self
    }
}

/// The body as a block inside another: at the user's place, but marked as ours, or rustc would call
/// the braces of a body on one line unnecessary.
fn inner_block(body: &Group) -> Group {
    let mut block = Group::new(Delimiter::Brace, body.stream());
    block.set_span(Span::mixed_site().located_at(body.span()));
    block
}

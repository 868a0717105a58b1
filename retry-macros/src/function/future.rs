//! Functions that return a future: the `async` block at their end is entered, and only what is in
//! it is retried.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Block, Expr, ExprAsync, GenericParam, Pat, Signature, Stmt, Token};

use super::arguments::{self, Binding, Mode};

/// A body that ends in an `async` block.
pub(crate) struct FutureBody {
    block: Block,
}

/// What stands in the `async` block.
pub(crate) struct Entered {
    /// Statements that stay outside the loop: `#[async_trait]`'s rebindings of the arguments.
    pub(crate) hoisted: TokenStream,
    /// What is retried.
    pub(crate) body: TokenStream,
}

const NO_ASYNC_BLOCK: &str = "`#[retry]` finds no `async` block at the end of this function: end it with \
                              `async move { … }` or `Box::pin(async move { … })`, or make it an \
                              `async fn`";

impl FutureBody {
    pub(crate) fn parse(body: &proc_macro2::Group, signature: &Signature) -> syn::Result<Self> {
        let block: Block = syn::parse2(body.to_token_stream())?;
        let mut this = Self { block };
        if this.tail().is_none() {
            return Err(syn::Error::new(signature.ident.span(), NO_ASYNC_BLOCK));
        }
        Ok(this)
    }

    /// Takes the contents out of the `async` block. `bindings` learns the names that
    /// `#[async_trait]` gave the arguments.
    pub(crate) fn enter(&mut self, signature: &Signature, bindings: &mut Vec<Binding>) -> Entered {
        let statements = self.tail().map(|tail| std::mem::take(&mut tail.block.stmts));
        let mut statements = statements.unwrap_or_default();
        let mut hoisted = TokenStream::new();
        if is_async_trait(signature) {
            let body = statements.iter().position(|statement| !is_rebinding(statement));
            for mut statement in statements.drain(..body.unwrap_or(0)) {
                if let Stmt::Local(local) = &mut statement {
                    take_rebound(&mut local.pat, bindings);
                }
                statement.to_tokens(&mut hoisted);
            }
        }
        Entered { hoisted, body: quote::quote!(#(#statements)*) }
    }

    /// What stands around the contents that [`enter`](Self::enter) took.
    pub(crate) fn outside(&self) -> TokenStream {
        self.block.to_token_stream()
    }

    /// The whole body again, after `first`, with `looped` in the `async` block.
    pub(crate) fn with(mut self, first: TokenStream, looped: TokenStream) -> TokenStream {
        if let Some(tail) = self.tail() {
            tail.block.stmts = vec![Stmt::Expr(Expr::Verbatim(looped), None)];
        }
        if !first.is_empty() {
            self.block.stmts.insert(0, Stmt::Expr(Expr::Verbatim(first), None));
        }
        self.block.to_token_stream()
    }

    fn tail(&mut self) -> Option<&mut ExprAsync> {
        match self.block.stmts.last_mut()? {
            Stmt::Expr(tail, None) => async_block(tail),
            _ => None,
        }
    }
}

/// The block of `async {}`, `Box::pin(async {})` and `async {}.boxed()`.
fn async_block(tail: &mut Expr) -> Option<&mut ExprAsync> {
    match tail {
        Expr::Async(block) => Some(block),
        Expr::Paren(inner) => async_block(&mut inner.expr),
        Expr::Group(inner) => async_block(&mut inner.expr),
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return None };
            let is_pin = function.path.segments.last().is_some_and(|name| name.ident == "pin");
            let mut arguments = call.args.iter_mut();
            match (is_pin, arguments.next(), arguments.next()) {
                (true, Some(argument), None) => async_block(argument),
                _ => None,
            }
        }
        Expr::MethodCall(call) if call.method == "boxed" || call.method == "boxed_local" => {
            async_block(&mut call.receiver)
        }
        _ => None,
    }
}

/// Whether `#[async_trait]` has rewritten this method already: it adds this lifetime.
fn is_async_trait(signature: &Signature) -> bool {
    signature.generics.params.iter().any(|parameter| match parameter {
        GenericParam::Lifetime(parameter) => parameter.lifetime.ident == "async_trait",
        _ => false,
    })
}

/// What `#[async_trait]` puts before the body: `if let … {}`, `let __self = self;`, `let x = x;`,
/// `let (a, b) = { let __arg1 = __arg1; __arg1 };`.
fn is_rebinding(statement: &Stmt) -> bool {
    match statement {
        Stmt::Expr(Expr::If(edge), _) => matches!(&*edge.cond, Expr::Let(_)),
        Stmt::Local(local) => match (&local.pat, &local.init) {
            (Pat::Type(_), _) | (_, None) => false,
            (_, Some(init)) => matches!(&*init.expr, Expr::Path(_) | Expr::Block(_)),
        },
        _ => false,
    }
}

/// Notes what a rebinding binds: an argument under its own name, whose type is known already,
/// `__self`, or what a pattern takes apart.
fn take_rebound(pattern: &mut Pat, bindings: &mut Vec<Binding>) {
    let mut bound = Vec::new();
    let receiver = bindings.iter().find(|binding| binding.ident == "self");
    let mode = receiver.map_or(Mode::Value, |binding| binding.mode);
    let is_self = matches!(&*pattern, Pat::Ident(name) if name.ident == "__self");
    if is_self && mode == Mode::Unique {
        // Its `mut` belongs to the reference: the attempt reborrows it.
        arguments::take_from_pattern(&mut pattern.clone(), mode, &mut bound);
    } else if is_self && mode == Mode::Pinned {
        arguments::take_from_pattern(&mut pattern.clone(), mode, &mut bound);
        if let Pat::Ident(name) = pattern {
            name.mutability.get_or_insert(Token![mut](Span::mixed_site()));
        }
    } else {
        let mode = if is_self { mode } else { Mode::Value };
        arguments::take_from_pattern(pattern, mode, &mut bound);
    }
    for binding in bound {
        bindings.retain(|known| known.ident != binding.ident);
        bindings.push(binding);
    }
}

//! The walk over a body, which knows what each name stands for.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{BinOp, Block, Expr, ExprField, ExprMethodCall, Local, Pat, Stmt, UnOp};

use super::{By, Use, methods};

pub(super) struct Walk {
    arguments: Vec<String>,
    called_once: Vec<String>,
    pub(super) uses: Vec<Vec<Use>>,
    /// The arguments whose names stand for something else, here.
    hidden: Vec<usize>,
    /// Whether what is borrowed here is moved, too: in a `move` closure.
    moves: bool,
}

impl Walk {
    pub(super) fn new(arguments: &[&Ident], called_once: &[&Ident]) -> Self {
        Self {
            called_once: called_once.iter().map(ToString::to_string).collect(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            uses: arguments.iter().map(|_| Vec::new()).collect(),
            hidden: Vec::new(),
            moves: false,
        }
    }

    /// The argument that `name` stands for.
    fn argument(&self, name: &Ident) -> Option<usize> {
        let index = self.arguments.iter().position(|it| name == it)?;
        (!self.hidden.contains(&index)).then_some(index)
    }

    /// Hides the arguments that `tokens` may bind anew.
    fn hide(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(name) => self.hidden.extend(self.argument(&name)),
                TokenTree::Group(group) => self.hide(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn bind(&mut self, pattern: &Pat) {
        match pattern {
            Pat::Guard(guarded) => self.bind(&guarded.pat),
            Pat::Type(typed) => self.bind(&typed.pat),
            pattern => self.hide(pattern.to_token_stream()),
        }
    }

    /// Runs `walk` in a scope of its own.
    fn scope(&mut self, moves: bool, walk: impl FnOnce(&mut Self)) {
        let (hidden, outer) = (self.hidden.len(), self.moves);
        self.moves |= moves;
        walk(self);
        self.moves = outer;
        self.hidden.truncate(hidden);
    }

    pub(super) fn statements(&mut self, statements: &[Stmt]) {
        self.scope(false, |this| {
            // An item is there in the whole block.
            for statement in statements {
                if let Stmt::Item(item) = statement {
                    this.hide_by_item(item.to_token_stream());
                }
            }
            for statement in statements {
                this.statement(statement);
            }
        });
    }

    fn hide_by_item(&mut self, item: TokenStream) {
        let is_import =
            matches!(item.clone().into_iter().next(), Some(TokenTree::Ident(it)) if it == "use");
        if is_import && item.to_string().contains('*') {
            self.hidden.extend(0..self.arguments.len());
        }
        self.hide(item);
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) => self.local(local),
            Stmt::Expr(Expr::Path(_), Some(_)) | Stmt::Item(_) => {}
            Stmt::Expr(expression, _) => self.value(expression),
            Stmt::Macro(statement) => {
                let name = statement.mac.path.segments.last().map(|it| it.ident.to_string());
                if !name.is_some_and(|name| methods::binds_nothing(&name)) {
                    self.hide(statement.mac.tokens.clone());
                }
            }
        }
    }

    fn local(&mut self, local: &Local) {
        if let Some(init) = &local.init {
            if binds_whole(&local.pat) {
                self.value(&init.expr);
            } else {
                self.place(&init.expr);
            }
            if let Some((_, otherwise)) = &init.diverge {
                self.value(otherwise);
            }
        }
        self.bind(&local.pat);
    }

    fn block(&mut self, block: &Block) {
        self.statements(&block.stmts);
    }

    fn values<'a>(&mut self, expressions: impl IntoIterator<Item = &'a Expr>) {
        for expression in expressions {
            self.value(expression);
        }
    }

    /// An expression whose value is taken.
    fn value(&mut self, expression: &Expr) {
        match expression {
            Expr::Path(_) => self.take(expression, By::Value),
            Expr::Field(field) => {
                self.take(expression, By::Value);
                self.place(&field.base);
            }
            Expr::Paren(inner) => self.value(&inner.expr),
            Expr::Group(inner) => self.value(&inner.expr),
            Expr::Array(array) => self.values(&array.elems),
            Expr::Tuple(tuple) => self.values(&tuple.elems),
            Expr::Repeat(repeated) => self.value(&repeated.expr),
            Expr::Call(call) => {
                if self.is_called_once(&call.func) {
                    self.take(&call.func, By::Value);
                }
                self.borrow(&call.func);
                self.values(&call.args);
            }
            Expr::MethodCall(call) => self.method(call),
            Expr::Struct(made) => {
                self.values(made.fields.iter().map(|field| &field.expr));
                made.rest.iter().for_each(|rest| self.place(rest));
            }
            Expr::Range(range) => {
                self.values(range.start.as_deref().into_iter().chain(range.end.as_deref()));
            }
            Expr::Try(tried) => self.value(&tried.expr),
            Expr::Await(awaited) => self.value(&awaited.base),
            Expr::Return(returned) => self.values(returned.expr.as_deref()),
            Expr::Break(broken) => self.values(broken.expr.as_deref()),
            Expr::Assign(assigned) => {
                self.place(&assigned.left);
                match &*assigned.left {
                    Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(_) => {
                        self.value(&assigned.right);
                    }
                    _ => self.place(&assigned.right),
                }
            }
            Expr::Binary(binary) => self.binary(&binary.op, &binary.left, &binary.right),
            Expr::Unary(unary) => match unary.op {
                UnOp::Neg(_) | UnOp::Not(_) => self.value(&unary.expr),
                _ => self.place(&unary.expr),
            },
            Expr::Reference(reference) => self.borrow(&reference.expr),
            Expr::Index(index) => {
                self.place(&index.expr);
                self.value(&index.index);
            }
            Expr::Cast(cast) => self.place(&cast.expr),
            _ => self.control(expression),
        }
    }

    /// What has blocks.
    fn control(&mut self, expression: &Expr) {
        match expression {
            Expr::Block(block) => self.block(&block.block),
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::TryBlock(block) => self.block(&block.block),
            Expr::Loop(looped) => self.block(&looped.body),
            Expr::Async(block) => {
                self.scope(block.capture.is_some(), |this| this.block(&block.block));
            }
            Expr::Closure(closure) => self.scope(closure.capture.is_some(), |this| {
                closure.inputs.iter().for_each(|input| this.bind(input));
                this.value(&closure.body);
            }),
            Expr::If(branch) => {
                self.scope(false, |this| {
                    this.value(&branch.cond);
                    this.block(&branch.then_branch);
                });
                if let Some((_, otherwise)) = &branch.else_branch {
                    self.value(otherwise);
                }
            }
            Expr::While(looped) => self.scope(false, |this| {
                this.value(&looped.cond);
                this.block(&looped.body);
            }),
            Expr::ForLoop(looped) => {
                self.value(&looped.expr);
                self.scope(false, |this| {
                    this.bind(&looped.pat);
                    this.block(&looped.body);
                });
            }
            Expr::Match(matched) => {
                self.place(&matched.expr);
                for arm in &matched.arms {
                    self.scope(false, |this| {
                        this.bind(&arm.pat);
                        this.value(&arm.body);
                    });
                }
            }
            Expr::Let(condition) => {
                self.place(&condition.expr);
                self.bind(&condition.pat);
            }
            _ => {}
        }
    }

    fn binary(&mut self, operator: &BinOp, left: &Expr, right: &Expr) {
        match operator {
            BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_) => {
                self.borrow(left);
                self.borrow(right);
            }
            BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::And(_)
            | BinOp::Or(_)
            | BinOp::BitXor(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::Shl(_)
            | BinOp::Shr(_) => {
                self.value(left);
                self.value(right);
            }
            // With an assignment.
            _ => {
                self.place(left);
                self.value(right);
            }
        }
    }

    fn method(&mut self, call: &ExprMethodCall) {
        for by in methods::taking(&call.method.to_string(), call.args.len()) {
            self.take(&call.receiver, by);
        }
        self.borrow(&call.receiver);
        self.values(&call.args);
    }

    /// An expression that is borrowed; a `move` closure moves what it borrows.
    fn borrow(&mut self, expression: &Expr) {
        match expression {
            Expr::Path(_) if self.moves => self.take(expression, By::Value),
            Expr::Paren(inner) => self.borrow(&inner.expr),
            Expr::Group(inner) => self.borrow(&inner.expr),
            expression => self.place(expression),
        }
    }

    /// An expression that is looked at where it is, or taken apart.
    fn place(&mut self, expression: &Expr) {
        match expression {
            Expr::Path(_) => {}
            Expr::Paren(inner) => self.place(&inner.expr),
            Expr::Group(inner) => self.place(&inner.expr),
            Expr::Field(field) => self.place(&field.base),
            expression => self.value(expression),
        }
    }

    fn is_called_once(&self, function: &Expr) -> bool {
        let Expr::Path(path) = function else { return false };
        path.path.get_ident().is_some_and(|name| self.called_once.iter().any(|it| name == it))
    }

    /// Takes what `expression` names, if that is an argument or a field of one.
    fn take(&mut self, expression: &Expr, by: By) {
        let Some((argument, place)) = self.named(expression) else { return };
        let uses = &mut self.uses[argument];
        let is_known =
            uses.iter().any(|it| it.by == by && it.place.to_string() == place.to_string());
        if !is_known {
            uses.push(Use { place, by });
        }
    }

    fn named(&self, expression: &Expr) -> Option<(usize, TokenStream)> {
        match expression {
            Expr::Path(path) if path.qself.is_none() => {
                let name = path.path.get_ident()?;
                Some((self.argument(name)?, name.to_token_stream()))
            }
            Expr::Paren(inner) => self.named(&inner.expr),
            Expr::Group(inner) => self.named(&inner.expr),
            Expr::Field(ExprField { base, dot_token, member, .. }) => {
                let (argument, mut place) = self.named(base)?;
                place.extend(quote::quote!(#dot_token #member));
                Some((argument, place))
            }
            _ => None,
        }
    }
}

/// Whether a `let` gives the whole value a name.
fn binds_whole(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(name) => name.by_ref.is_none() && name.subpat.is_none(),
        Pat::Type(typed) => binds_whole(&typed.pat),
        Pat::Paren(inner) => binds_whole(&inner.pat),
        _ => false,
    }
}

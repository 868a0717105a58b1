//! Values of `budget`, `breaker`, `bulkhead` and `hedge` that can be no static.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A layer that all calls share, so that it lives in a static.
pub(crate) struct Layer {
    key: &'static str,
    type_name: &'static str,
    /// What the static is called in messages.
    example: &'static str,
    constructors: &'static [&'static str],
}

pub(crate) const BUDGET: Layer = Layer {
    key: "budget",
    type_name: "Budget",
    example: "BUDGET",
    constructors: &["new", "default", "ratio", "adaptive"],
};
pub(crate) const BREAKER: Layer = Layer {
    key: "breaker",
    type_name: "CircuitBreaker",
    example: "BREAKER",
    constructors: &["new", "default"],
};
pub(crate) const BULKHEAD: Layer =
    Layer { key: "bulkhead", type_name: "Bulkhead", example: "BULKHEAD", constructors: &["new"] };
pub(crate) const HEDGE: Layer = Layer {
    key: "hedge",
    type_name: "Hedge",
    example: "HEDGE",
    constructors: &["after", "after_quantile"],
};

impl Layer {
    /// `value`, unless it is a literal, or makes a layer of its own.
    pub(crate) fn shared(&self, value: Expr) -> syn::Result<Expr> {
        let Self { key, type_name, example, .. } = self;
        if is_literal(&value) {
            let made = self.made_of(&value);
            let message = format!(
                "`{key}` takes a static, which all its calls share: write `static {example}: \
                 {type_name} = {made};` and `{key} = {example}`"
            );
            return Err(syn::Error::new_spanned(value, message));
        }
        self.not_made_here(value)
    }

    /// `value`, unless it makes a layer of its own: each call would have another one.
    pub(crate) fn not_made_here(&self, value: Expr) -> syn::Result<Expr> {
        if !self.is_made_by(&value) {
            return Ok(value);
        }
        let Self { key, type_name, example, .. } = self;
        let message = format!(
            "each call would have a `{type_name}` of its own: move it into a static, `static \
             {example}: {type_name} = …;`, and write `{key} = {example}`"
        );
        Err(syn::Error::new_spanned(value, message))
    }

    /// What the static is made by, as near to `literal` as its kind allows.
    fn made_of(&self, literal: &Expr) -> String {
        let number = match literal {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits(),
            Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_digits(),
            _ => "",
        };
        let is_ratio = number.contains('.')
            && number.parse::<f64>().is_ok_and(|ratio| (0.0..=1.0).contains(&ratio));
        match self.key {
            "bulkhead" => match number.parse::<usize>() {
                Ok(places) if places > 0 => format!("Bulkhead::new({places})"),
                _ => "Bulkhead::new(10)".to_owned(),
            },
            "budget" if is_ratio => format!("Budget::ratio({number})"),
            _ => format!("{}::new()", self.type_name),
        }
    }

    /// Whether `value` is `Type::new(…)`, or setters after it.
    fn is_made_by(&self, value: &Expr) -> bool {
        match value {
            Expr::Group(inner) => self.is_made_by(&inner.expr),
            Expr::Paren(inner) => self.is_made_by(&inner.expr),
            Expr::Reference(inner) => self.is_made_by(&inner.expr),
            Expr::MethodCall(call) if call.method.to_string().starts_with("with_") => {
                self.is_made_by(&call.receiver)
            }
            Expr::Call(call) => {
                let Expr::Path(path) = &*call.func else { return false };
                let mut segments = path.path.segments.iter().rev();
                let (Some(name), Some(owner)) = (segments.next(), segments.next()) else {
                    return false;
                };
                owner.ident == self.type_name
                    && self.constructors.iter().any(|constructor| name.ident == constructor)
            }
            _ => false,
        }
    }
}

fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::Lit(_) => true,
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => matches!(**expr, Expr::Lit(_)),
        _ => false,
    }
}

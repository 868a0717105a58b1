//! Values of `upstream`, `budget`, `breaker`, `bulkhead` and `hedge` that can be no static.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A layer that all calls share, so that it lives in a static.
pub(super) struct Layer {
    key: &'static str,
    type_name: &'static str,
    /// What the static is called in messages.
    example: &'static str,
    constructors: &'static [&'static str],
    /// What makes a layer of what a literal says, if it says anything of use.
    made_of: fn(&Lit) -> Option<String>,
}

pub(super) const UPSTREAM: Layer = Layer {
    key: "upstream",
    type_name: "Upstream",
    example: "PAYMENTS",
    constructors: &["new", "owning"],
    made_of: |literal| match literal {
        Lit::Str(name) => Some(format!("Upstream::new({:?}, &Budget::UNLIMITED)", name.value())),
        _ => Some("Upstream::new(\"payments\", &Budget::UNLIMITED)".to_owned()),
    },
};
pub(super) const BUDGET: Layer = Layer {
    key: "budget",
    type_name: "Budget",
    example: "BUDGET",
    constructors: &["new", "default", "ratio", "adaptive"],
    made_of: |literal| share(literal).map(|share| format!("Budget::ratio({share:?})")),
};
pub(super) const BREAKER: Layer = Layer {
    key: "breaker",
    type_name: "CircuitBreaker",
    example: "BREAKER",
    constructors: &["new", "default"],
    made_of: |_| None,
};
pub(super) const BULKHEAD: Layer = Layer {
    key: "bulkhead",
    type_name: "Bulkhead",
    example: "BULKHEAD",
    constructors: &["new"],
    made_of: |literal| Some(format!("Bulkhead::new({})", permits(literal).unwrap_or(10))),
};
pub(super) const HEDGE: Layer = Layer {
    key: "hedge",
    type_name: "Hedge",
    example: "HEDGE",
    constructors: &["after", "after_quantile"],
    made_of: |_| None,
};

impl Layer {
    /// `value`, unless it is a literal, or makes a layer of its own.
    pub(super) fn shared(&self, value: Expr) -> syn::Result<Expr> {
        let Self { key, type_name, example, .. } = self;
        if let Some(literal) = literal(&value) {
            let made = (self.made_of)(literal).unwrap_or_else(|| format!("{type_name}::new()"));
            let message = format!(
                "`{key}` takes a static, which all its calls share: write `static {example}: \
                 {type_name} = {made};` and `{key} = {example}`"
            );
            return Err(syn::Error::new_spanned(value, message));
        }
        self.not_made_here(value)
    }

    /// `value`, unless it makes a layer of its own: each call would have another one.
    pub(super) fn not_made_here(&self, value: Expr) -> syn::Result<Expr> {
        if !self.is_made_by(&value) {
            return Ok(value);
        }
        let Self { key, type_name, example, .. } = self;
        let article = if type_name.starts_with('U') { "an" } else { "a" };
        let message = format!(
            "each call would have {article} `{type_name}` of its own: move it into a static, `static \
             {example}: {type_name} = …;`, and write `{key} = {example}`"
        );
        Err(syn::Error::new_spanned(value, message))
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

fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr),
        _ => None,
    }
}

/// `0.1` or `"10%"`.
fn share(literal: &Lit) -> Option<f64> {
    let share = match literal {
        Lit::Float(share) => share.base10_parse().ok()?,
        Lit::Str(text) => text.value().strip_suffix('%')?.trim().parse::<f64>().ok()? / 100.0,
        _ => return None,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

/// `10`
fn permits(literal: &Lit) -> Option<usize> {
    let Lit::Int(permits) = literal else { return None };
    permits.base10_parse().ok().filter(|permits| *permits > 0)
}

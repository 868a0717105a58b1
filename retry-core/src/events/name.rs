//! [`Name`]: what a retried function is called in events.

/// The name of a retried function, or of a closure.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    full: &'static str,
    /// The number of bytes of `full` that a log line leaves out: the module path.
    module_len: usize,
}

impl Name {
    /// A function named by `module::path::` and `function`: log lines show the latter.
    #[must_use]
    pub const fn in_module(full: &'static str, function: &str) -> Self {
        Self { full, module_len: full.len() - function.len() }
    }

    /// A function with a name of its own, shown in full.
    #[must_use]
    pub const fn given(full: &'static str) -> Self {
        Self { full, module_len: 0 }
    }

    /// A closure, or a function in place of one: named by the path of the function that it stands in,
    /// which is part of its type's name.
    pub(super) fn of_closure(operation: &'static str) -> Self {
        let path = operation.split_once('<').map_or(operation, |(_, closure)| closure);
        let path = path.strip_suffix('>').unwrap_or(path);
        let path = without_arguments(path.split("::{{closure}}").next().unwrap_or(path));
        let module_len = path.rfind("::").map_or(0, |colons| colons + 2);
        Self { full: path, module_len }
    }

    pub(crate) const fn full(self) -> &'static str {
        self.full
    }

    /// The name in log lines.
    pub(crate) fn short(self) -> &'static str {
        &self.full[self.module_len..]
    }
}

/// A path without the generic arguments at its end, which have paths in them.
fn without_arguments(path: &str) -> &str {
    let mut open = 0_usize;
    for (at, letter) in path.char_indices().rev() {
        match letter {
            '>' if !path[..at].ends_with('-') => open += 1,
            '<' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return if letter == '<' && at > 0 { &path[..at] } else { path };
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_is_named_by_the_function_that_it_stands_in() {
        let named = |operation| {
            let name = Name::of_closure(operation);
            (name.full(), name.short())
        };
        assert_eq!(named("Plain<app::fetch::{{closure}}>"), ("app::fetch", "fetch"));
        let deep = "Plain<app::fetch::{{closure}}::{{closure}}>";
        assert_eq!(named(deep), ("app::fetch", "fetch"));
        assert_eq!(named("Plain<app::fetch<alloc::string::String>>"), ("app::fetch", "fetch"));
        let arrow = "Plain<app::fetch<fn(u8) -> alloc::vec::Vec<u8>>>";
        assert_eq!(named(arrow), ("app::fetch", "fetch"));
        let method = "Plain<app::Client<alloc::string::String>::fetch::{{closure}}>";
        assert_eq!(named(method), ("app::Client<alloc::string::String>::fetch", "fetch"));
        let of_trait = "Plain<<app::Client as app::Fetch>::fetch::{{closure}}>";
        assert_eq!(named(of_trait), ("<app::Client as app::Fetch>::fetch", "fetch"));
    }
}

//! [`Site`]: one annotated function.

/// An annotated function: a static beside its loop.
#[derive(Debug)]
pub struct Site {
    name: &'static str,
    /// How many bytes of `name` a log line leaves out: the module path.
    module_len: usize,
}

impl Site {
    /// A function named by `module::path::` and `function`: log lines show the latter.
    #[must_use]
    pub const fn in_module(name: &'static str, function: &str) -> Self {
        Self { name, module_len: name.len() - function.len() }
    }

    /// A function with a name of its own, shown in full.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self { name, module_len: 0 }
    }

    /// A closure, or a function given for one: named by the path of the function it stands in,
    /// which its type tells.
    pub(crate) fn of_closure(operation: &'static str) -> Self {
        let path = operation.split_once('<').map_or(operation, |(_, closure)| closure);
        let path = path.split("::{{closure}}").next().unwrap_or(path).trim_end_matches('>');
        let module_len = path.rfind("::").map_or(0, |colons| colons + 2);
        Self { name: path, module_len }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn label(&self) -> &'static str {
        &self.name[self.module_len..]
    }
}

//! What is known of methods and macros by their names.

use super::By;

/// By what `receiver.method(…)` may take its receiver, with that number of arguments.
pub(super) fn taking(method: &str, arguments: usize) -> impl Iterator<Item = By> {
    // Whatever has a conversion of its own by reference, this one is found first.
    let is_conversion = matches!((method, arguments), ("into" | "try_into", 0));
    let conversion = is_conversion.then_some(By::Value);
    let into_iter = (method == "into_iter" && arguments == 0).then_some(By::IntoIter);
    let iterator = ITERATOR.contains(&method).then_some(By::Iterator);
    let outcome = OUTCOME.contains(&method).then_some(By::Outcome);
    let owner = OWNER.contains(&method).then_some(By::Owner);
    [conversion, into_iter, iterator, outcome, owner].into_iter().flatten()
}

/// Whether the macro of that name only uses what it is given.
pub(super) fn binds_nothing(name: &str) -> bool {
    name.starts_with("assert") || name.starts_with("debug_assert") || PLAIN.contains(&name)
}

/// `Iterator`'s methods by value.
const ITERATOR: [&str; 35] = [
    "chain",
    "cloned",
    "collect",
    "copied",
    "count",
    "cycle",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "fold",
    "for_each",
    "fuse",
    "inspect",
    "last",
    "map",
    "map_while",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "partition",
    "peekable",
    "product",
    "reduce",
    "rev",
    "scan",
    "skip",
    "skip_while",
    "step_by",
    "sum",
    "take",
    "take_while",
    "zip",
];

/// The methods by value of `Option` and `Result`.
const OUTCOME: [&str; 30] = [
    "and",
    "and_then",
    "err",
    "expect",
    "expect_err",
    "filter",
    "flatten",
    "inspect",
    "inspect_err",
    "is_none_or",
    "is_ok_and",
    "is_some_and",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "ok",
    "ok_or",
    "ok_or_else",
    "or",
    "or_else",
    "transpose",
    "unwrap",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "unzip",
    "xor",
    "zip",
];

/// The methods by value of what owns a text, a path or a list, and of what guards a value.
const OWNER: [&str; 13] = [
    "into_boxed_os_str",
    "into_boxed_path",
    "into_boxed_slice",
    "into_boxed_str",
    "into_bytes",
    "into_bytes_with_nul",
    "into_encoded_bytes",
    "into_flattened",
    "into_inner",
    "into_os_string",
    "into_raw",
    "into_string",
    "leak",
];

const PLAIN: [&str; 30] = [
    "anyhow",
    "bail",
    "dbg",
    "debug",
    "debug_span",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "error_span",
    "event",
    "eyre",
    "format",
    "info",
    "info_span",
    "log",
    "matches",
    "panic",
    "print",
    "println",
    "span",
    "todo",
    "trace",
    "trace_span",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

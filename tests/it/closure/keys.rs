//! Each key of the attribute has its method for closures, or a reason for having none.

use std::fs;
use std::path::Path;

/// What a closure has for a key.
enum Closure {
    /// A method of a policy or an upstream, or of what these make of the closure.
    Methods(&'static [&'static str]),
    /// None, since
    None(&'static str),
}

use Closure::{Methods, None as NoMethod};

const KEYS: &[(&str, Closure)] = &[
    ("policy", Methods(&["retry", "retry_blocking"])),
    ("max_retries", Methods(&["with_max_retries"])),
    ("base_delay", Methods(&["with_base_delay"])),
    ("max_delay", Methods(&["with_max_delay"])),
    ("exponential_base", Methods(&["with_exponential_base"])),
    ("jitter", Methods(&["with_jitter"])),
    ("reset_after", Methods(&["with_reset_after"])),
    ("on", Methods(&["on"])),
    ("unless", Methods(&["unless"])),
    ("also", Methods(&["also"])),
    ("when", Methods(&["when"])),
    ("on_ok", Methods(&["on_ok", "used_up"])),
    ("throttled", Methods(&["throttled"])),
    ("timeout", Methods(&["timeout", "without_timeout"])),
    ("deadline", Methods(&["deadline"])),
    ("upstream", Methods(&["retry", "retry_blocking"])),
    ("budget", Methods(&["budget", "without_budget"])),
    ("breaker", Methods(&["breaker", "without_breaker"])),
    ("bulkhead", Methods(&["bulkhead", "without_bulkhead"])),
    ("hedge", Methods(&["hedge"])),
    ("context", Methods(&["retry_with_context", "retry_blocking_with_context"])),
    ("clone", NoMethod("a closure clones what it captures")),
    ("on_retry", Methods(&["on_retry"])),
    ("on_give_up", Methods(&["on_give_up"])),
    ("on_success", Methods(&["on_success"])),
    ("fallback", Methods(&["fallback"])),
    ("id", Methods(&["id"])),
    ("name", Methods(&["name"])),
    ("sleep", Methods(&["sleep"])),
    ("doc", NoMethod("a closure has no documentation")),
    ("crate", NoMethod("a closure names the library by itself")),
];

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The keys of the table in the attribute's reference, in its order.
fn keys() -> Vec<String> {
    let page = read("retry-macros/retry.md");
    let table = page.split("# Keys\n").nth(1).expect("there is a table of keys");
    let rows = table.lines().skip_while(|line| !line.starts_with("| [`"));
    let first = rows.take_while(|line| line.starts_with('|')).map(|row| {
        let cell = row.split('|').nth(1).unwrap_or_default();
        cell.split("](").next().unwrap_or_default().to_owned()
    });
    let named = first.flat_map(|cell| {
        let names: Vec<_> = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        names
    });
    named.collect()
}

#[test]
fn every_key_has_its_methods_or_a_reason_for_none() {
    let listed: Vec<_> = KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
    assert_eq!(listed, keys());
    let sources: String = [
        "retry-core/src/closure/mod.rs",
        "retry-core/src/closure/upstream.rs",
        "retry-core/src/closure/options.rs",
        "retry-core/src/closure/options/hooks.rs",
        "retry-core/src/closure/options/judging.rs",
        "retry-core/src/closure/options/layers.rs",
        "retry-core/src/policy/settings.rs",
        "retry-core/src/policy/mod.rs",
    ]
    .map(read)
    .concat();
    for (key, closure) in KEYS {
        match closure {
            Methods(methods) => {
                for method in *methods {
                    let is_there = ["fn ", "const fn "].iter().any(|word| {
                        ["(", "<"]
                            .iter()
                            .any(|end| sources.contains(&format!("pub {word}{method}{end}")))
                    });
                    assert!(is_there, "`{key}`: there is no `{method}`");
                }
            }
            NoMethod(reason) => assert!(!reason.is_empty(), "{key}"),
        }
    }
}

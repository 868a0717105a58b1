//! What the compiler says of a mistake in the keys of the language, in a derive, in defaults for
//! an `impl` block and in a retried closure. `TRYBUILD=overwrite` blesses.

#[test]
fn refusals_read_well() {
    let cases = trybuild::TestCases::new();
    for topic in [
        "async_hooks",
        "closure",
        "derive",
        "documentation",
        "erased",
        "fallback",
        "impl_block",
        "limits",
        "on_ok",
    ] {
        cases.compile_fail(format!("tests/ui/{topic}/*.rs"));
    }
}

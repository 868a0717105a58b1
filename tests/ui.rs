//! What the compiler says of a wrong `#[retry]`: each case in `ui/` beside the words it must print.
//!
//! After a change of words: `TRYBUILD=overwrite cargo test -p persevere-tests --test ui`, then read the difference.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}

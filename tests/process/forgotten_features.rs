//! A crate that uses errors of other crates without the features that know them: a package of its own,
//! since all features at once would enable them.

use std::process::Command;

/// The first line of each error, and what it points at.
fn errors(text: &str) -> String {
    let mut errors: Vec<String> = Vec::new();
    for block in text.split("\n\n").filter(|block| block.starts_with("error[")) {
        let (first, rest) = block.split_once('\n').expect("an error has a place");
        let place =
            rest.lines().next().and_then(|line| line.rsplit('/').next()).unwrap_or_default();
        let command = rest.lines().find_map(|line| line.split_once("= note: enable it: "));
        let command = command.map(|(_, command)| format!("  {command}\n")).unwrap_or_default();
        errors.push(format!("{place}\n  {first}\n{command}"));
    }
    errors.sort_by_key(|error| {
        let line = error.split(':').nth(1).and_then(|line| line.parse::<u32>().ok());
        line.expect("a place has a line")
    });
    errors.concat()
}

/// What the compiler says of the package.
fn checked(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--locked", "--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUSTFLAGS")
        .env("CARGO_TERM_COLOR", "never")
        .output()
        .expect("cargo runs");
    assert!(!output.status.success(), "{package} compiles");
    errors(&String::from_utf8_lossy(&output.stderr))
}

/// `UPDATE_EXPECT=1` writes the files anew.
#[test]
fn the_compiler_names_the_feature_that_is_forgotten() {
    let said = checked("forgotten-features");
    expect_test::expect_file!["../forgotten/expected.txt"].assert_eq(&said);
}

#[test]
fn it_names_the_feature_for_responses_of_reqwest() {
    let said = checked("forgotten-reqwest");
    expect_test::expect_file!["../forgotten/http/expected.txt"].assert_eq(&said);
}

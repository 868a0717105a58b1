//! Other timers than tokio's: crates of their own, since all features at once would enable tokio.

use std::path::Path;
use std::process::{Command, Output};

fn cargo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs")
}

fn output_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn smol() {
    let output = cargo(&["run", "--quiet", "--locked", "--package", "runtime-smol"]);
    assert!(output.status.success(), "{}", output_of(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all is well on smol\n");
}

#[test]
fn smol_and_tokio_in_one_program() {
    let output = cargo(&["run", "--quiet", "--locked", "--package", "runtime-either"]);
    assert!(output.status.success(), "{}", output_of(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all is well on either\n");
}

#[test]
fn wasm_in_node() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in `target`");
    let wasm = target.join("wasm32-unknown-unknown/debug/runtime_browser.wasm");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wasm");
    let (wasm, folder) = (wasm.display().to_string(), folder.display().to_string());
    let runtime = ["--package", "runtime-browser", "--target", "wasm32-unknown-unknown"];
    let output = cargo(&[&["build", "--quiet", "--locked"], &runtime[..]].concat());
    assert!(output.status.success(), "after `tests/services/install`?\n{}", output_of(&output));
    let run = ["run", "--quiet", "--locked", "--package", "runtime-node", "--", &wasm, &folder];
    let output = cargo(&run);
    assert!(output.status.success(), "{}", output_of(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "all is well on wasm\n");
}

#[test]
fn without_a_timer_the_compiler_names_the_ways_out() {
    let output = cargo(&["check", "--quiet", "--locked", "--package", "runtime-none"]);
    let text = output_of(&output);
    assert!(!output.status.success(), "it compiles");
    let sentence = "there is no timer to wait on: enable the feature `tokio` or `async-io` of \
                    `persevere`, or `wasm` in a browser, or name another timer with `sleep = path`";
    assert!(text.contains(sentence), "{text}");
    assert!(text.contains("tests/runtimes/none/src/main.rs:8:1"), "{text}");
    assert_eq!(text.matches("error[").count(), 1, "one error:\n{text}");
}

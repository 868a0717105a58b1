//! Annotated functions in one program.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use benches::children::{
    callgrind_total, cargo, output, scratch, text_bytes, workspace, write_package,
};
use benches::table::figure;

use crate::Line;

/// More would take the compiler longer than anybody waits.
const MOST: usize = 10_000;

pub(crate) fn lines() -> Vec<Line> {
    let program = |functions| compiled(functions);
    let counted = |functions, phase| {
        let mut command = Command::new(program(functions));
        command.arg(phase);
        callgrind_total(&command, "*counted*", &scratch("growth")) / figure(functions)
    };
    let without = text_bytes(&program(0));
    vec![
        Line::up_to(MOST, "first_failures", "functions: instructions of its first failure", |it| {
            counted(it, "first")
        }),
        Line::up_to(MOST, "further_failures", "functions: instructions of a further one", |it| {
            counted(it, "further")
        }),
        Line::up_to(MOST, "code", "functions: bytes of `.text`", |it| {
            figure(text_bytes(&program(it)) - without) / figure(it)
        }),
    ]
}

/// The path of a program with that number of functions, compiled unless it is already.
fn compiled(functions: usize) -> PathBuf {
    let name = format!("functions-{functions}");
    let folder = scratch("growth").join(&name);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautolib = false\n\n\
         [[bin]]\nname = \"{name}\"\npath = \"src/lib.rs\"\n\n\
         [dependencies]\n\
         persevere = {{ path = \"{root}\", default-features = false, features = [\"macros\"] }}\n",
        root = workspace().display(),
    );
    write_package(&folder, &manifest, &source(functions));
    let target = scratch("growth/target");
    let mut build = cargo(Path::new(&folder));
    build.env("CARGO_TARGET_DIR", &target).env("CARGO_INCREMENTAL", "0");
    output(build.args(["build", "--release", "--offline", "-q"]));
    target.join("release").join(name)
}

fn source(functions: usize) -> String {
    let mut source = "
use persevere::retry;

#[derive(Debug)]
pub struct Busy;

#[inline(never)]
fn work(input: u64) -> Result<u64, Busy> {
    if std::hint::black_box(input) == 0 { Err(Busy) } else { Ok(input) }
}

#[inline(never)]
fn counted(functions: &[fn(u64) -> Result<u64, Busy>]) {
    for function in functions {
        assert!(function(0).is_err());
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some(\"further\") {
        FUNCTIONS.iter().for_each(|function| assert!(function(0).is_err()));
    }
    counted(FUNCTIONS);
}
"
    .to_owned();
    let mut list = "static FUNCTIONS: &[fn(u64) -> Result<u64, Busy>] = &[".to_owned();
    for number in 0..functions {
        writeln!(
            source,
            "#[retry(max_retries = 0, on = _)]\nfn function{number}(input: u64) -> Result<u64, Busy> {{\n    \
             Ok(work(input)? + {number})\n}}"
        )
        .expect("a string takes everything");
        write!(list, "function{number}, ").expect("a string takes everything");
    }
    source + &list + "];\n"
}

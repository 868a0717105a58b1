//! What it costs to compile 500 functions of two awaits each, made to generate code by a
//! `Box<dyn Future>` each.
//!
//! `cargo run --release -p benches --bin compile_time`; `-- --exact` counts only lines of IR and
//! bytes of `.text`, of 100 functions, and takes no times.

use std::fs;
use std::path::{Path, PathBuf};

use benches::children::{output, processor_seconds, scratch, text_bytes};
use benches::generated::{SUBJECTS, cargo_anew, package};
use benches::rounds::{Times, interleaved};
use benches::subjects::title;
use benches::table::{Cell, Table, figure, print};

/// The number of functions timed.
const TIMED: usize = 500;
/// The number of functions whose code is counted: it grows in proportion.
const COUNTED: usize = 100;
const ROUNDS: usize = 5;

fn main() {
    let only_exact = std::env::args().any(|argument| argument == "--exact");
    let mut tables = vec![exact(&SUBJECTS.map(|subject| package(subject, COUNTED)))];
    if !only_exact {
        let packages = SUBJECTS.map(|subject| package(subject, TIMED));
        tables.push(times("debug", &packages, 1.1));
        tables.push(times("release", &packages, 0.85));
    }
    print(&tables);
}

fn compile(folder: &Path, arguments: &[&str], rustc: &[&str]) {
    let mut command = cargo_anew(folder);
    output(command.args(["rustc", "--offline", "-q"]).args(arguments).arg("--").args(rustc));
}

/// The crates of all subjects in that profile, their seconds over those of the hand-written loop.
fn times(profile: &str, packages: &[PathBuf], limit: f64) -> Table {
    let arguments: &[&str] = if profile == "release" { &["--release"] } else { &[] };
    compile(&packages[0], arguments, &[]);
    let times = interleaved(packages, ROUNDS, |package| {
        let before = processor_seconds();
        compile(package, arguments, &[]);
        processor_seconds() - before
    });
    // Round by round, so that what slows one round slows both sides.
    let bare = times[0].clone();
    let added =
        |times: &Times| Times(times.0.iter().zip(&bare.0).map(|(all, bare)| all - bare).collect());
    let unit = times[1].median() - bare.median();
    let mut table = Table::new(
        &format!("compile time, {profile}"),
        "cargo run --release -p benches --bin compile_time",
        &[
            &format!("{TIMED} functions, {profile}"),
            "processor seconds",
            "added to bare, over the hand-written loop's",
        ],
    );
    for (subject, times) in SUBJECTS.iter().zip(&times) {
        let cells = vec![Cell::Text(times.over(1.0, 2)), Cell::Text(added(times).over(unit, 2))];
        table.row(subject, title(subject), cells);
    }
    let ours = times[2].median() - bare.median();
    table.target("added seconds, over the hand-written loop's", ours / unit, limit);
    table
}

/// Lines of IR before any optimisation and after, and bytes of machine code.
fn exact(packages: &[PathBuf]) -> Table {
    let mut table = Table::new(
        "compiled size",
        "cargo run --release -p benches --bin compile_time -- --exact",
        &[
            &format!("{COUNTED} functions, release"),
            "lines of IR, as generated",
            "lines of IR, optimised",
            "bytes of `.text`",
        ],
    );
    for (subject, package) in SUBJECTS.iter().zip(packages) {
        let folder = scratch("compile-time/out").join(subject);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let code = folder.join("crate.ll");
        let object = folder.join("crate.o");
        let lines = || {
            let code = fs::read_to_string(&code).expect("the compiler has written it");
            Cell::Exact(figure(code.lines().count()))
        };
        let emit = format!("--emit=llvm-ir={},obj={}", code.display(), object.display());
        let options = [emit.as_str(), "-Ccodegen-units=1"];
        let unoptimised = ["-Cno-prepopulate-passes"];
        compile(package, &["--release"], &[&options[..], &unoptimised].concat());
        let generated = lines();
        compile(package, &["--release"], &options);
        let optimised = lines();
        let bytes = Cell::Exact(figure(text_bytes(&object)));
        table.row(subject, title(subject), vec![generated, optimised, bytes]);
    }
    let over = |column| table.exact("persevere", column) / table.exact("hand_written", column);
    let (generated, optimised, bytes) = (over(0), over(1), over(2));
    table.target("lines as generated, over the hand-written loop's", generated, 0.95);
    table.target("lines optimised, over the hand-written loop's", optimised, 0.95);
    table.target("`.text`, over the hand-written loop's", bytes, 0.8);
    let each = |column| table.exact("closure", column) - table.exact("bare", column);
    let bytes = each(2) / figure(COUNTED);
    table.target("`.text` that a closure adds to a bare function, in bytes", bytes, 600.0);
    table
}

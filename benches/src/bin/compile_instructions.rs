//! How many instructions the compiler itself takes for a function, and at which stage: the profile
//! of what `compile_time` times.
//!
//! `cargo run --release -p benches --bin compile_instructions`

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use benches::children::{output, profile_total, scratch, text};
use benches::generated::{SUBJECTS, cargo_anew, package};
use benches::subjects::title;
use benches::table::{Cell, Table, print};

/// The number of functions compiled: counting makes the compiler fifty times as slow.
const FUNCTIONS: u32 = 16;
/// Cargo's arguments, and the name of the stage.
const STAGES: [(&[&str], &str); 3] = [
    (&["check"], "`cargo check`"),
    (&["build"], "`cargo build`"),
    (&["build", "--release"], "`cargo build --release`"),
];

fn main() {
    let columns = STAGES.map(|(_, column)| column);
    let mut table = Table::new(
        "compile instructions",
        "cargo run --release -p benches --bin compile_instructions",
        &[&["million instructions a function"], &columns[..]].concat(),
    );
    let counted = Counted::new();
    let mut a_function = Vec::new();
    for subject in SUBJECTS {
        // What the crate takes without any of the functions, its libraries loaded, is not theirs.
        let (none, all) = (package(subject, 0), package(subject, FUNCTIONS as usize));
        let millions = STAGES.map(|(arguments, _)| {
            let functions =
                counted.instructions(&all, arguments) - counted.instructions(&none, arguments);
            functions / f64::from(FUNCTIONS) / 1e6
        });
        let cells = millions.iter().map(|millions| Cell::Text(format!("{millions:.1}"))).collect();
        table.row(subject, title(subject), cells);
        a_function.push(millions);
    }
    let [bare, by_hand, ours] = [a_function[0], a_function[1], a_function[2]];
    for (stage, limit) in [(0, 1.25), (1, 1.1), (2, 0.85)] {
        let added = (ours[stage] - bare[stage]) / (by_hand[stage] - bare[stage]);
        let says = format!("{}: added, over the hand-written loop's", columns[stage]);
        table.target(&says, added, limit);
    }
    let closure = a_function[3];
    for (stage, limit) in [(1, 55.0), (2, 100.0)] {
        table.target(&format!("{}, a closure", columns[stage]), closure[stage], limit);
    }
    print(&[table]);
}

/// A compiler whose instructions are counted.
struct Counted {
    /// The wrapper in place of `rustc`.
    program: PathBuf,
    /// Valgrind's output.
    profile: PathBuf,
}

impl Counted {
    fn new() -> Self {
        let folder = scratch("compile-instructions");
        fs::create_dir_all(&folder).expect("a folder can be made");
        let (program, profile) = (folder.join("rustc"), folder.join("callgrind.out"));
        // The compiler itself, and not what chooses among several that are installed.
        let root = text(Command::new("rustc").args(["--print", "sysroot"]));
        let script = format!(
            "#!/bin/sh\nshift\nexec valgrind -q --tool=callgrind --callgrind-out-file='{}' \
             '{}/bin/rustc' \"$@\"\n",
            profile.display(),
            root.trim(),
        );
        fs::write(&program, script).expect("a file can be written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self { program, profile }
    }

    /// The instructions of compiling the crate in `folder`, whose dependencies are compiled already.
    fn instructions(&self, folder: &Path, arguments: &[&str]) -> f64 {
        let mut command = cargo_anew(folder);
        command.env("RUSTC_WORKSPACE_WRAPPER", &self.program);
        output(command.args(arguments).args(["--offline", "-q"]));
        profile_total(&self.profile)
    }
}

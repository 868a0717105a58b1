//! Child processes: `cargo`, and what their work costs the processor.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the workspace.
///
/// # Panics
///
/// If this package has been moved out of it.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("`benches` is in the workspace")
}

/// Where generated crates go.
#[must_use]
pub fn scratch(name: &str) -> PathBuf {
    workspace().join("target/benches").join(name)
}

/// Runs `command` to its end.
///
/// # Panics
///
/// If it fails, with its output.
pub fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    output
}

/// As [`output`], as text.
///
/// # Panics
///
/// As [`output`], and if that is not text.
pub fn text(command: &mut Command) -> String {
    String::from_utf8(output(command).stdout).expect("programs write UTF-8")
}

/// `cargo`, in that folder, off line, with a clean environment.
#[must_use]
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(folder);
    // The variables that `cargo run` sets for its child would make cargo compile everything again.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_") && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command.env_remove("RUSTFLAGS");
    command
}

/// Processor seconds that ended children of this process, and theirs, have used.
///
/// # Panics
///
/// Where there is no `/proc`.
#[must_use]
pub fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("this needs Linux");
    let (_, after_name) = stat.rsplit_once(')').expect("the second field is in parentheses");
    let field = |number: usize| -> f64 {
        // `after_name` begins with field 3 (see proc(5)).
        let field = after_name.split_whitespace().nth(number - 3);
        field.and_then(|ticks| ticks.parse().ok()).expect("it is a number of ticks")
    };
    (field(16) + field(17)) / 100.0 // on Linux, user space always sees 100 ticks a second
}

/// Resident bytes of this process.
///
/// # Panics
///
/// Where there is no `/proc`.
#[must_use]
pub fn resident_bytes() -> usize {
    resident_bytes_of(std::process::id())
}

/// Resident bytes of that process.
///
/// # Panics
///
/// Where there is no `/proc`, or no such process.
#[must_use]
pub fn resident_bytes_of(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("this needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is there");
    let kibibytes = line.trim().trim_end_matches(" kB").parse::<usize>();
    kibibytes.expect("it is a number") * 1024
}

/// The instructions that `program` takes in the functions whose names match `function`, where `*` stands for
/// any text; valgrind's profile goes into `folder`.
///
/// # Panics
///
/// If there is no valgrind, or the program fails or never calls one of them.
#[must_use]
pub fn callgrind_total(program: &Command, function: &str, folder: &Path) -> f64 {
    fs::create_dir_all(folder).expect("a folder can be made");
    let profile = folder.join("callgrind.out");
    let mut command = Command::new("valgrind");
    command
        .args(["-q", "--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={function}"))
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(program.get_program())
        .args(program.get_args());
    output(&mut command);
    let total = profile_total(&profile);
    assert!(total > 0.0, "{program:?} never calls `{function}`");
    total
}

/// The sum of a profile of valgrind's.
///
/// # Panics
///
/// If that is none.
#[must_use]
pub fn profile_total(profile: &Path) -> f64 {
    let profile = fs::read_to_string(profile).expect("valgrind has written it");
    let total = profile.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    total.and_then(|total| total.trim().parse().ok()).expect("it ends with a sum")
}

/// The bytes of machine code in an object file or a program.
///
/// # Panics
///
/// If there is no `size`, or it cannot read the file.
#[must_use]
pub fn text_bytes(object: &Path) -> usize {
    let sections = text(Command::new("size").arg("-A").arg(object));
    let sizes = sections.lines().filter(|line| line.starts_with(".text"));
    sizes
        .map(|line| {
            let size = line.split_whitespace().nth(1).and_then(|size| size.parse::<usize>().ok());
            size.expect("`size -A` prints name and size")
        })
        .sum()
}

/// Writes a package that is a workspace of its own, with the versions that this workspace locks.
///
/// # Panics
///
/// If that cannot be written.
pub fn write_package(folder: &Path, manifest: &str, source: &str) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return; // or it would be compiled again
        }
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    fs::create_dir_all(folder.join("src")).expect("a folder can be made");
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).expect("it is committed");
    write("Cargo.lock", &lock);
    write("Cargo.toml", &format!("{manifest}\n[workspace]\n"));
    write("src/lib.rs", source);
}

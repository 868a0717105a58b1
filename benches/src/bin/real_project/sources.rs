//! ripgrep's own crates, as they were published, put together as a workspace.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use benches::children::{cargo, output, scratch, workspace};
use walkdir::WalkDir;

/// The crates of ripgrep's repository, in the versions of one release. `grep-pcre2` is optional, and left out.
pub(super) const CRATES: [(&str, &str); 9] = [
    ("ripgrep", "15.2.0"),
    ("globset", "0.4.19"),
    ("grep", "0.4.1"),
    ("grep-cli", "0.1.12"),
    ("grep-matcher", "0.1.9"),
    ("grep-printer", "0.3.1"),
    ("grep-regex", "0.1.14"),
    ("grep-searcher", "0.1.17"),
    ("ignore", "0.4.29"),
];

/// A workspace of those crates, whose target folder is its own.
pub(super) struct Project {
    pub(super) folder: PathBuf,
}

/// Fetches the crates, and returns the folder that they are in.
pub(super) fn vendored() -> PathBuf {
    let folder = scratch("real-project/vendored");
    fs::create_dir_all(folder.join("src")).expect("a folder can be made");
    let manifest = manifest_of_fetch();
    write(&folder.join("Cargo.toml"), &manifest);
    write(&folder.join("src/lib.rs"), "");
    output(cargo(&folder).args(["vendor", "-q", "--versioned-dirs"]));
    folder.join("vendor")
}

fn manifest_of_fetch() -> String {
    let mut manifest =
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
            .to_owned();
    for (name, version) in CRATES {
        writeln!(manifest, "{name} = \"={version}\"").expect("a string takes everything");
    }
    manifest
}

impl Project {
    /// Copies the crates from `vendored` into a workspace of that name.
    pub(super) fn new(name: &str, vendored: &Path) -> Self {
        let folder = scratch("real-project").join(name);
        for (name, version) in CRATES {
            let to = folder.join(name);
            if to.exists() {
                fs::remove_dir_all(&to).expect("a folder can be removed");
            }
            copy(&vendored.join(format!("{name}-{version}")), &to);
        }
        let names = CRATES.map(|(name, _)| format!("{name:?}")).join(", ");
        let mut manifest =
            format!("[workspace]\nresolver = \"2\"\nmembers = [{names}]\n\n[patch.crates-io]\n");
        for (name, _) in CRATES {
            writeln!(manifest, "{name} = {{ path = {name:?} }}")
                .expect("a string takes everything");
        }
        write(&folder.join("Cargo.toml"), &manifest);
        // The versions of others' crates are those that ripgrep was released with.
        let lock = fs::read_to_string(folder.join("ripgrep/Cargo.lock"));
        write(&folder.join("Cargo.lock"), &lock.expect("the archive of a program has its lock"));
        Self { folder }
    }

    /// Adds this library to the dependencies of each crate.
    pub(super) fn depend_on_ours(&self) {
        let root = workspace().display();
        for (name, _) in CRATES {
            let path = self.folder.join(name).join("Cargo.toml");
            let mut manifest = fs::read_to_string(&path).expect("a package has a manifest");
            writeln!(manifest, "\n[dependencies.persevere]\npath = \"{root}\"\ndefault-features = false\nfeatures = [\"macros\"]").expect("a string takes everything");
            write(&path, &manifest);
        }
    }

    /// The Rust files of a crate, without its tests, examples and benches.
    pub(super) fn files_of(&self, name: &str) -> Vec<PathBuf> {
        let sources = if name == "ripgrep" { "crates" } else { "src" };
        let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
        within(&self.folder.join(name).join(sources)).filter(is_rust).collect()
    }

    /// A `cargo` command that compiles all of the project's crates, and no other.
    pub(super) fn cargo_anew(&self) -> Command {
        for (name, _) in CRATES {
            let root = if name == "ripgrep" { "crates/core/main.rs" } else { "src/lib.rs" };
            let file = fs::File::options().append(true).open(self.folder.join(name).join(root));
            file.and_then(|file| file.set_modified(std::time::SystemTime::now()))
                .expect("it is the root of a crate");
        }
        self.cargo()
    }

    pub(super) fn cargo(&self) -> Command {
        let mut command = cargo(&self.folder);
        let target = self.folder.join("target");
        command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0");
        command
    }

    pub(super) fn program(&self) -> PathBuf {
        self.folder.join("target/debug/rg")
    }
}

pub(super) fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn copy(from: &Path, to: &Path) {
    for path in within(from) {
        let target = to.join(path.strip_prefix(from).expect("it is in there"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder can be made");
        } else {
            fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

/// A folder and all that is in it, a folder before what it contains, sorted by name.
fn within(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    entries.map(|entry| entry.expect("a folder can be read").into_path())
}

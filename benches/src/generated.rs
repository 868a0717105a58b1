//! Crates of many functions, each of two awaits and made to generate code by a `Box<dyn Future>`:
//! the input of the compile-time measurements.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::children::{cargo, scratch, workspace, write_package};

/// How the functions retry: not at all, by a loop in each, by libraries.
pub const SUBJECTS: [&str; 6] =
    ["bare", "hand_written", "persevere", "closure", "backon_macros", "backon"];

const PRELUDE: &str = "
use std::future::Future;
use std::time::Duration;

#[derive(Debug)]
pub enum Error { Busy, Broken(u64) }

pub fn is_busy(error: &Error) -> bool { matches!(error, Error::Busy) }

#[inline(never)]
pub async fn read(key: u64) -> Result<u64, Error> {
    tokio::task::yield_now().await;
    if key == 0 { Err(Error::Busy) } else { Ok(key) }
}

#[inline(never)]
pub async fn write(key: u64, value: u64) -> Result<u64, Error> {
    tokio::task::yield_now().await;
    if key == value { Err(Error::Broken(key)) } else { Ok(value) }
}
";

/// Writes the crate of one subject, with a number of functions.
///
/// # Panics
///
/// If it cannot be written, or there is no such subject.
#[must_use]
pub fn package(subject: &str, functions: usize) -> PathBuf {
    let root = workspace().display();
    let manifest = format!(
        "[package]\nname = \"{name}-{functions}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n\
         persevere = {{ path = \"{root}\", default-features = false, features = [\"macros\", \"tokio\"] }}\n\
         backon = {{ version = \"1\", default-features = false, features = [\"std\", \"tokio-sleep\"] }}\n\
         backon-macros = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"time\"] }}\n",
        name = subject.replace('_', "-"),
    );
    let mut source = PRELUDE.to_owned();
    source.push_str(head(subject));
    for number in 0..functions {
        writeln!(source, "{}", function(subject, number)).expect("a string takes everything");
        writeln!(
            source,
            "pub fn boxed{number}(key: u64) -> Box<dyn Future<Output = Result<u64, Error>>> {{\n    \
             Box::new(function{number}(key))\n}}"
        )
        .expect("a string takes everything");
    }
    let folder = scratch("compile-time").join(format!("{subject}-{functions}"));
    write_package(&folder, &manifest, &source);
    folder
}

/// What a subject's functions share.
fn head(subject: &str) -> &'static str {
    match subject {
        "backon" => "use backon::{ExponentialBuilder, Retryable};\n",
        "backon_macros" => "use backon_macros::backon;\n",
        "persevere" => "use persevere::retry;\n",
        "closure" => "use persevere::Policy;\n",
        _ => "",
    }
}

fn function(subject: &str, number: usize) -> String {
    let body = format!(
        "let value = read(key).await?;\n    let written = write(key, value + {number}).await?;\n    \
         Ok(written + {number})"
    );
    let signature = format!("async fn function{number}(key: u64) -> Result<u64, Error>");
    match subject {
        "bare" => format!("{signature} {{\n    {body}\n}}"),
        "persevere" => {
            format!("#[retry(on = Error::Busy)]\n{signature} {{\n    {body}\n}}")
        }
        "closure" => format!(
            "{signature} {{\n    let attempt = async || {{\n    {body}\n    }};\n    \
             Policy::DEFAULT.retry(attempt).on(is_busy).await\n}}"
        ),
        "backon_macros" => format!("#[backon(when = is_busy)]\n{signature} {{\n    {body}\n}}"),
        "backon" => format!(
            "{signature} {{\n    let attempt = || async {{\n    {body}\n    }};\n    \
             attempt.retry(ExponentialBuilder::default()).when(is_busy).await\n}}"
        ),
        "hand_written" => format!(
            "{signature} {{
    let mut retries = 0;
    let mut delay = Duration::from_secs(2);
    loop {{
        let error = match async {{
            {body}
        }}.await {{
            Ok(output) => return Ok(output),
            Err(error) => error,
        }};
        if retries == 5 || !is_busy(&error) {{
            return Err(error);
        }}
        retries += 1;
        tokio::time::sleep(delay).await;
        delay = (delay * 2).min(Duration::from_secs(300));
    }}
}}"
        ),
        _ => panic!("there is no subject `{subject}`"),
    }
}

/// A `cargo` command that compiles the crate in `folder` again, whose dependencies are compiled already.
///
/// # Panics
///
/// If there is no such crate.
#[must_use]
pub fn cargo_anew(folder: &Path) -> Command {
    let touched = fs::File::options().append(true).open(folder.join("src/lib.rs"));
    touched
        .and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .expect("it was written by this program");
    let mut command = cargo(folder);
    command.env("CARGO_TARGET_DIR", scratch("compile-time/target")).env("CARGO_INCREMENTAL", "0");
    command
}

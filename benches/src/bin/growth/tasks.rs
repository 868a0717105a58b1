//! Tasks that are asleep before their first retry.

use std::process::Command;

use benches::children::{cargo, output, text, workspace};

use crate::Line;

const MOST: usize = 1_000_000;

pub(crate) fn line() -> Line {
    let mut build = cargo(workspace());
    // Without the feature of this program, which `waiting_tasks` does not have.
    output(build.args(["build", "-q", "--release", "-p", "benches", "--bin", "waiting_tasks"]));
    let program =
        std::env::current_exe().expect("this program has a path").with_file_name("waiting_tasks");
    Line::up_to(MOST, "tasks", "waiting tasks: bytes asleep", |tasks| {
        let mut child = Command::new(&program);
        let said = text(child.args([&tasks.to_string(), "--only", "persevere"]));
        let asleep = said.split_whitespace().nth(1).and_then(|bytes| bytes.parse().ok());
        asleep.expect("it prints four figures")
    })
}

//! Instructions on the success path, bare, hand-written and annotated side by side.
//!
//! `cargo bench -p benches` (valgrind and `gungraun-runner` must be installed; CONTRIBUTING.md
//! says how).

use std::hint::black_box;

use benches::{
    annotated, annotated_blocking, bare, bare_blocking, hand_written, hand_written_blocking,
    poll_once,
};
use gungraun::{library_benchmark, library_benchmark_group, main};

#[library_benchmark]
fn asynchronous_bare() -> bool {
    poll_once(bare(black_box(7))).is_ok()
}

#[library_benchmark]
fn asynchronous_hand_written() -> bool {
    poll_once(hand_written(black_box(7))).is_ok()
}

#[library_benchmark]
fn asynchronous_annotated() -> bool {
    poll_once(annotated(black_box(7))).is_ok()
}

#[library_benchmark]
fn blocking_bare() -> bool {
    bare_blocking(black_box(7)).is_ok()
}

#[library_benchmark]
fn blocking_hand_written() -> bool {
    hand_written_blocking(black_box(7)).is_ok()
}

#[library_benchmark]
fn blocking_annotated() -> bool {
    annotated_blocking(black_box(7)).is_ok()
}

library_benchmark_group!(
    name = success_path;
    benchmarks =
        asynchronous_bare, asynchronous_hand_written, asynchronous_annotated,
        blocking_bare, blocking_hand_written, blocking_annotated
);

main!(library_benchmark_groups = success_path);

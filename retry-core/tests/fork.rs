//! Jitter after `fork`: no process draws what another draws.
#![cfg(unix)]

use std::panic::catch_unwind;
use std::path::Path;
use std::time::Duration;
use std::{env, fs, process, thread};

use persevere_core::{Jitter, Policy};

/// The waits of a call that fails five times, each drawn out of an hour by the nanosecond.
fn draw() -> Vec<Duration> {
    let hour = Duration::from_secs(60 * 60);
    let policy = Policy::DEFAULT.with_base_delay(hour).with_max_delay(hour);
    let mut waits = Vec::new();
    let call = policy.with_jitter(Jitter::Full).retry_blocking(|| None::<u8>).on(|_| true);
    assert_eq!(call.sleep(|wait| waits.push(wait)).call(), None);
    waits
}

/// What a forked process draws.
fn draw_forked(file: &Path) -> Vec<Duration> {
    match fork::fork().expect("a process can be forked") {
        fork::Fork::Child => {
            // There is no test to go back to in this process.
            let written = catch_unwind(|| {
                let waits: Vec<String> = draw().iter().map(|w| w.as_nanos().to_string()).collect();
                fs::write(file, waits.join(" "))
            });
            process::exit(i32::from(!matches!(written, Ok(Ok(())))))
        }
        fork::Fork::Parent(child) => {
            let status = fork::waitpid(child).expect("the child ends");
            assert_eq!(status, 0);
            let waits = fs::read_to_string(file).expect("the child has written what it drew");
            waits.split(' ').map(|nanos| Duration::from_nanos(nanos.parse().unwrap())).collect()
        }
    }
}

/// What a process and two that are forked off it draw on a thread, after what `before` does there.
fn draw_in_three_processes(before: fn()) {
    let name = format!("persevere-fork-{}-{:?}", process::id(), thread::current().id());
    let file = env::temp_dir().join(name);
    let drawn = thread::spawn({
        let file = file.clone();
        move || {
            before();
            [draw_forked(&file), draw_forked(&file), draw()]
        }
    });
    let [one, other, mine] = drawn.join().expect("nothing panics");
    fs::remove_file(file).expect("there is a file");
    assert_eq!([one.len(), other.len(), mine.len()], [5; 3]);
    for index in 0..5 {
        assert_ne!(one[index], mine[index]);
        assert_ne!(other[index], mine[index]);
        assert_ne!(one[index], other[index]);
    }
}

#[test]
fn a_forked_process_does_not_go_on_where_its_parent_was() {
    draw_in_three_processes(|| drop(draw()));
}

#[test]
fn a_forked_process_does_not_begin_where_its_parent_begins() {
    // Another thread has asked the system for randomness: the processes have that in common.
    draw();
    draw_in_three_processes(|| ());
}

//! The shutdown of a process: by a real signal, in a child; and what it ends, in this process.
#![deny(warnings, clippy::pedantic)]

#[path = "../../examples/shutdown.rs"]
#[allow(unreachable_pub, reason = "it is a program of its own")]
mod example;

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use persevere::engine::GiveUp;
use persevere::{Bulkhead, EventKind, Policy, Rejection, rejection, retry};

/// Set in the child that is to be stopped.
#[cfg(unix)]
const CHILD: &str = "TO_BE_SHUT_DOWN";

#[cfg(unix)]
#[test]
fn a_signal_ends_the_waits_of_a_process() {
    use std::env;
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    if env::var_os(CHILD).is_some() {
        example::main().unwrap();
        return;
    }
    for signal in ["-TERM", "-INT"] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_signal_ends_the_waits_of_a_process", "--nocapture"])
            .env(CHILD, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let waits = lines.find(|line| line.contains("waits, as process")).expect("it waits");
        let number = waits.rsplit(' ').next().unwrap();
        assert!(Command::new("kill").args([signal, number]).status().unwrap().success());
        let rest: Vec<_> = lines.collect();
        assert!(child.wait().unwrap().success(), "{rest:?}");
        assert!(rest.iter().any(|line| line == "one attempt each"), "{rest:?}");
        let cancelled = |line: &&String| line.ends_with("giving up, it was cancelled");
        assert_eq!(rest.iter().filter(cancelled).count(), 2, "{rest:?}");
    }
}

static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_mins(5));

#[retry(bulkhead = ONE)]
async fn admitted(attempts: &Cell<u32>) -> io::Result<()> {
    attempts.set(attempts.get() + 1);
    pending().await
}

#[retry(bulkhead = ONE)]
fn admitted_blocking() -> io::Result<()> {
    Ok(())
}

#[retry(base_delay = "300s", jitter = "none")]
fn in_a_thread(attempts: &mut u32) -> io::Result<()> {
    *attempts += 1;
    Err(io::ErrorKind::ConnectionReset.into())
}

#[retry(base_delay = "300s", deadline = "1h")]
async fn late(attempts: &mut u32) -> io::Result<()> {
    *attempts += 1;
    pending().await
}

/// All of it in one test, since it cannot be taken back.
#[test]
fn what_a_shutdown_ends() {
    #[cfg(unix)]
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // A thread waits for a retry, another one for a permit, which a task holds; a task waits, too.
    let (said, hears) = mpsc::channel();
    let says = said.clone();
    let waiter = thread::spawn(move || {
        let mut attempts = 0;
        says.send(()).unwrap();
        let outcome = in_a_thread(&mut attempts);
        (attempts, outcome)
    });
    let attempts = Cell::new(0);
    runtime.block_on(async {
        let mut holder = Box::pin(admitted(&attempts));
        assert!(futures::poll!(&mut holder).is_pending());
        let queued = thread::spawn(move || {
            said.send(()).unwrap();
            admitted_blocking()
        });
        let mut second = Box::pin(admitted(&attempts));
        assert!(futures::poll!(&mut second).is_pending());
        let begun = persevere::shutdown().begun();
        let mut begun = Box::pin(begun);
        assert!(futures::poll!(&mut begun).is_pending());
        hears.recv().unwrap();
        hears.recv().unwrap();
        assert!(!persevere::shutdown().has_begun());

        let started = Instant::now();
        persevere::shutdown().begin_within(Duration::from_millis(200));
        begun.await;
        let (thread_attempts, outcome) = waiter.join().unwrap();
        assert_eq!(thread_attempts, 1);
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let refused = queued.join().unwrap().unwrap_err();
        assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
        let refused = second.await.unwrap_err();
        assert_eq!(rejection(&refused), Some(Rejection::Cancelled));
        assert!(started.elapsed() < Duration::from_mins(1), "nobody waits for five minutes");
        assert_eq!(attempts.get(), 1);
        assert!(futures::poll!(&mut holder).is_pending(), "an attempt that runs is not cut");

        // A call that begins makes one attempt, until the deadline of the process.
        let mut attempts = 0;
        let cut = late(&mut attempts).await.unwrap_err();
        assert_eq!(rejection(&cut), Some(Rejection::DeadlineExceeded));
        assert_eq!(attempts, 1);
        let (attempts, reasons) = (Cell::new(0), Cell::new(Vec::new()));
        let outcome: io::Result<()> = Policy::DEFAULT
            .retry(async || {
                attempts.set(attempts.get() + 1);
                Err(io::ErrorKind::ConnectionReset.into())
            })
            .on_give_up(|event| reasons.set(vec![event.kind()]))
            .await;
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(attempts.get(), 1);
        assert!(matches!(reasons.take()[..], [EventKind::GiveUp(GiveUp::Cancelled)]));
    });
}

/// An attempt of a durable task has its drain, whatever its inner calls wait for; then it is returned.
#[cfg(unix)]
#[test]
fn a_worker_returns_what_it_runs() {
    use std::env;
    use std::process::Command;

    if env::var_os(CHILD).is_some() {
        works();
        return;
    }
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_worker_returns_what_it_runs", "--nocapture"])
        .env(CHILD, "1")
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn works() {
    use std::sync::atomic::{AtomicU32, Ordering};

    use persevere::task;
    use persevere::tasks::{Queue, Status, Worker};

    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);

    #[retry(base_delay = "5m")]
    async fn inner() -> io::Result<u32> {
        ATTEMPTS.fetch_add(1, Ordering::SeqCst);
        Err(io::ErrorKind::ConnectionReset.into())
    }

    #[task]
    async fn deliver() -> io::Result<u32> {
        inner().await
    }

    let queue = Queue::in_memory();
    let handle = queue.enqueue(Deliver {}).await.unwrap();
    let worker = Worker::new(&queue, ()).task::<Deliver>().drain(Duration::from_secs(2));
    let shuts_down = async {
        while ATTEMPTS.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        persevere::shutdown().begin();
    };
    let (ended, ()) = tokio::join!(worker.run_until(pending::<()>()), shuts_down);
    ended.unwrap();
    assert_eq!(ATTEMPTS.load(Ordering::SeqCst), 1);
    let status = handle.status().await.unwrap();
    assert!(matches!(status, Status::Waiting { .. }), "{status:?}");
}

//! A process that stops when it is asked to, in the middle of its waits: `cargo run --all-features
//! --example shutdown`, then Ctrl-C, or `kill` with its number.
//!
//! Its calls wait a minute for their first retry, one in a task and one in a thread. The signal ends both
//! waits at once; each caller gets the error of its only attempt.

use std::error::Error;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use persevere::retry;
use tokio::time::Instant;

static SENT: AtomicU32 = AtomicU32::new(0);
static WRITTEN: AtomicU32 = AtomicU32::new(0);

#[retry(base_delay = "1m", on_give_up = |event| println!("{event}"))]
async fn send() -> io::Result<()> {
    SENT.fetch_add(1, Ordering::SeqCst);
    Err(io::ErrorKind::ConnectionRefused.into())
}

#[retry(base_delay = "1m", on_give_up = |event| println!("{event}"))]
fn write() -> io::Result<()> {
    WRITTEN.fetch_add(1, Ordering::SeqCst);
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Is ready once the process is asked to stop.
#[cfg(unix)]
async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!("waits, as process {}", std::process::id());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_stop() -> io::Result<()> {
    println!("waits, as process {}", std::process::id());
    tokio::signal::ctrl_c().await
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let task = tokio::spawn(send());
    let thread = thread::spawn(write);
    while SENT.load(Ordering::SeqCst) + WRITTEN.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    asked_to_stop().await?;
    let asked = Instant::now();
    persevere::shutdown().begin();

    let sent = task.await?;
    let written = thread.join().expect("it does not panic");
    println!("both calls ended {} ms later", asked.elapsed().as_millis());
    assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    assert_eq!((SENT.load(Ordering::SeqCst), WRITTEN.load(Ordering::SeqCst)), (1, 1));
    assert!(asked.elapsed() < Duration::from_secs(30), "not the minute that they would wait");
    println!("one attempt each");
    Ok(())
}

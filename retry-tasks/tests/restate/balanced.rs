//! Two workers behind one address, as behind a load balancer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::killed::{NoteOnce, begun, start};
use crate::rig::{PATIENCE, Rig, Serving, Stage, act, connect, until, worker};
use crate::services::free_port;
use crate::services::restate::Restate;

/// Takes each connection to the next of these addresses that answers.
async fn balance(addresses: Vec<String>) -> (String, Arc<AtomicUsize>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port that is free");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let balancing = tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let turn = counted.fetch_add(1, Ordering::Relaxed);
            let addresses = addresses.clone();
            tokio::spawn(async move {
                for next in 0..addresses.len() {
                    let address = &addresses[(turn + next) % addresses.len()];
                    if let Ok(mut to) = TcpStream::connect(address).await {
                        let _ = copy_bidirectional(&mut from, &mut to).await;
                        return;
                    }
                }
            });
        }
    });
    (address, count, balancing)
}

/// Restate opens a connection of its own for what does not fit on one: a suspended invocation may come to the
/// other worker. That is no crash.
#[tokio::test]
async fn retries_of_one_are_made_by_the_other_and_counted_as_nothing_else() {
    let rig = Rig::start().await;
    let other = Stage::new();
    let second = Serving::start(worker(other).concurrency(64), None).await;
    let plain = |address: &str| address.trim_start_matches("http://").to_owned();
    let (address, _, balancing) =
        balance(vec![plain(&rig.worker.address), plain(&second.address)]).await;
    rig.queue.register(&address).await.expect("workers that answer");
    let mut handles = Vec::new();
    for _ in 0..60 {
        handles.push(rig.queue.enqueue(act("sso")).await.unwrap());
    }
    for handle in &handles {
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 3);
        let attempts = handle.attempts().await.unwrap();
        let errors: Vec<_> = attempts.iter().map(|attempt| attempt.error().to_owned()).collect();
        assert_eq!(errors, ["failure 1", "failure 2"]);
    }
    let starts = (rig.stage.starts(), other.starts());
    assert_eq!(starts.0 + starts.1, 180, "each attempt is made once");
    assert!(starts.0 > 0 && starts.1 > 0, "{starts:?}");
    balancing.abort();
}

/// One of them is killed in the middle of work, and not replaced.
#[tokio::test]
async fn nothing_is_lost_when_one_of_two_workers_is_killed() {
    const TASKS: usize = 100;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    let restate = Restate::start(Duration::from_millis(100));
    let queue = connect(&restate).await;
    let addresses: Vec<_> = (0..2).map(|_| format!("127.0.0.1:{}", free_port())).collect();
    let mut workers: Vec<_> =
        addresses.iter().map(|address| start(&notes, address, &restate)).collect();
    let (address, connections, balancing) = balance(addresses).await;
    until(async || queue.register(&address).await.is_ok()).await;
    let mut handles = Vec::new();
    for _ in 0..TASKS {
        handles.push(queue.enqueue(NoteOnce {}).await.unwrap());
    }
    until(async || begun(&notes).len() >= TASKS / 2).await;
    let mut killed = workers.remove(0);
    killed.kill().expect("a process");
    killed.wait().expect("its end");
    let mut crashes = 0;
    for handle in &handles {
        crashes += handle.wait(PATIENCE).await.expect("its own output") as usize;
    }
    let begun = begun(&notes);
    assert_eq!(begun.len(), 2 * TASKS, "two attempts of each");
    let starts: usize = begun.values().sum();
    assert!(starts <= 2 * TASKS + crashes, "{starts} starts, {crashes} crashes");
    assert!(connections.load(Ordering::Relaxed) > 1);
    for mut worker in workers {
        worker.kill().expect("a process");
        worker.wait().expect("its end");
    }
    balancing.abort();
}

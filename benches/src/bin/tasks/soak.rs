//! Many kinds of tasks for minutes, while workers are killed: nothing is lost, ends twice, or grows.

use std::time::Duration;

use benches::children::resident_bytes_of;
use tokio::time::{Instant, sleep};

use crate::log::now;
use crate::ours::{Probe, open};
use crate::subjects::{Services, Subject};

/// How many tasks are stored at once, and how often.
const AT_ONCE: usize = 300;
const EVERY: Duration = Duration::from_secs(1);

/// How long the last tasks may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// In a file and on a server at the same time. Every fifth second the second of two workers is killed.
pub(crate) async fn run(minutes: usize) {
    let services = Services::of_ours();
    let subjects = services.subjects();
    let [file, server] = subjects.as_slice() else { panic!("this library's two databases") };
    println!("| after | queue | stored | ended | resident MiB of the worker that lives |");
    println!("|---|---|---:|---:|---:|");
    tokio::join!(soak(file, minutes), soak(server, minutes));
}

async fn soak(subject: &Subject<'_>, minutes: usize) {
    let place = subject.place().await;
    let queue = open(&place.address).await;
    subject.note_ends(&place).await;
    let survivor = subject.work(&place, 20);
    let mut victim = subject.work(&place, 20);
    let mut stored = 0;
    for second in 1..=minutes * 60 {
        let kinds = ["empty", "slow", "failing"].iter().cycle();
        let probes = kinds.zip(stored..stored + AT_ONCE).map(|(what, number)| Probe {
            what: (*what).to_owned(),
            number,
            at: now(),
        });
        queue.enqueue_all(probes).await.expect("a queue that answers");
        stored += AT_ONCE;
        sleep(EVERY).await;
        if second % 5 == 0 {
            drop(std::mem::replace(&mut victim, subject.work(&place, 20)));
        }
        if second % 60 == 0 {
            let (ended, _) = subject.ends(&place).await;
            let resident = resident_bytes_of(survivor.id()) / 1_024 / 1_024;
            println!(
                "| {} min | {} | {stored} | {ended} | {resident} |",
                second / 60,
                subject.title
            );
        }
    }
    let last = Instant::now();
    let mut ends = subject.ends(&place).await;
    while ends.0 < stored && last.elapsed() < PATIENCE {
        sleep(EVERY).await;
        ends = subject.ends(&place).await;
    }
    let (ended, all) = ends;
    println!("| the end | {} | {stored} | {ended} | |", subject.title);
    assert_eq!((ended, all), (stored, stored), "{}: each ends once", subject.title);
}

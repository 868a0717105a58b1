//! The story: evaluations, two workers, and a kill.

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use persevere::engine::GiveUp;
use persevere::tasks::{Handle, Queue, Status, WaitError};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::evaluation::EvaluateCode;
use crate::service::{self, Asks};

const CODES: [(&str, &str); 6] = [
    ("eval-1", "print(6 * 7)"),
    ("eval-2", "print(8 * 8)"),
    ("eval-3", "print("),
    ("eval-4", "while True: pass"),
    ("eval-5", "print(1)"),
    ("eval-6", "print(22)"),
];

pub(crate) async fn tell() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tasks.db");
    let asks = Asks::default();
    let url = service::start(asks.clone()).await?;

    println!("{} evaluations are enqueued, in a SQLite file.", CODES.len());
    let queue = Queue::sqlite(&file).await?;
    let mut handles = HashMap::new();
    for (eval_id, code) in CODES {
        let task = EvaluateCode { eval_id: eval_id.to_owned(), code: code.to_owned() };
        handles.insert(eval_id, queue.enqueue(task).unique(eval_id).await?);
    }

    println!("Two workers start, in processes of their own.");
    let mut workers = HashMap::new();
    for name in ["Ada", "Bob"] {
        workers.insert(name.to_owned(), start_worker(name, &file, &url)?);
    }

    let victim = loop {
        // The others are at rest, so that what the victim does is eval-4 alone.
        let soon = SystemTime::now() + Duration::from_millis(500);
        let rests = match handles["eval-1"].status().await? {
            Status::Retrying { at, .. } => at > soon,
            status => status == Status::Done,
        };
        let failed = matches!(handles["eval-3"].status().await?, Status::Dead(_));
        match asks.of("eval-4").pop() {
            Some(asked) if rests && failed => break asked.worker,
            _ => sleep(Duration::from_millis(10)).await,
        }
    };
    let mut killed = workers.remove(&victim).ok_or("a worker of ours")?;
    killed.kill().await?; // signal 9: it cannot write anything any more
    println!("{victim} is in the middle of eval-4, and is killed.");

    println!("Nothing is lost:");
    for (eval_id, _) in CODES {
        let outcome = follow(eval_id, &handles[eval_id]).await;
        let asked = asks.of(eval_id);
        let same = asked.iter().all(|ask| ask.idempotency_key == asked[0].idempotency_key);
        assert!(same, "an evaluation has one key");
        match outcome {
            Ok(score) => println!("  => {eval_id}: {score}; requests: {}, keys: 1", asked.len()),
            Err(error) => println!("  => {eval_id}: {error}"),
        }
    }
    assert_eq!(asks.of("eval-4").len(), 2, "by the one who was killed, and by the other");
    assert_ne!(asks.of("eval-4")[1].worker, victim);
    assert_eq!(asks.of("eval-1").len(), 2, "once more after 503");
    assert_eq!(asks.of("eval-3").len(), 1, "422 is the same the next time");
    assert_eq!(handles["eval-3"].status().await?, Status::Dead(GiveUp::Permanent));
    assert_eq!(queue.dead().list().await?.len(), 1);

    for (_, mut worker) in workers {
        drop(worker.stdin.take()); // it is to end
        assert!(worker.wait().await?.success());
    }
    Ok(())
}

fn start_worker(name: &str, file: &Path, url: &str) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["worker", name]).arg(file).arg(url);
    Ok(command.stdin(Stdio::piped()).kill_on_drop(true).spawn()?)
}

/// Waits for an evaluation's end, and says what it waits for meanwhile.
async fn follow(eval_id: &str, handle: &Handle<EvaluateCode>) -> Result<u64, WaitError> {
    let mut said = None;
    loop {
        let status = handle.status().await?;
        if said.as_ref() != Some(&status) {
            match &status {
                Status::Retrying { failures, error, .. } if !error.is_empty() => {
                    println!("  {eval_id} waits in the file after failure {failures}: {error}");
                }
                Status::Done | Status::Dead(_) | Status::Cancelled => {
                    return handle.wait(Duration::from_secs(1)).await;
                }
                _ => {}
            }
            said = Some(status);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

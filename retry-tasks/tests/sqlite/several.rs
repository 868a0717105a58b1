//! Several processes on one file.

use persevere_tasks::Queue;
use tempfile::tempdir;

use crate::processes::{kill_workers, lines, spawn};

#[test]
fn eight_processes_open_an_absent_file_and_each_task_starts_once() {
    let folder = tempdir().expect("a temporary folder");
    let (file, log) = (folder.path().join("tasks.db"), folder.path().join("log"));
    let file = file.to_str().expect("a path of letters");
    let children: Vec<_> = (0..8).map(|_| spawn(file, &log, 100)).collect();
    for mut child in children {
        assert!(child.wait().expect("a process of ours").success());
    }
    for what in ["start", "end"] {
        let counts = lines(&log, what);
        assert_eq!(counts.len(), 800, "{what}");
        assert!(counts.values().all(|&count| count == 1), "{what}: each once");
    }
}

#[tokio::test]
async fn killed_workers_lose_nothing_and_end_nothing_twice() {
    let folder = tempdir().expect("a temporary folder");
    let (file, log) = (folder.path().join("tasks.db"), folder.path().join("log"));
    let queue = Queue::sqlite(&file).await.expect("a new file");
    kill_workers(&queue, file.to_str().expect("a path of letters"), &log, || ()).await;
}

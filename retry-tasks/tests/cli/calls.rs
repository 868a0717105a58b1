//! Calls that are wrong, and queues that are not there.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use persevere_tasks::Queue;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tempfile::tempdir;

use crate::program::{Program, call, call_with, charge};
use crate::services::free_port;
use crate::services::postgres::Postgres;

#[test]
fn wrong_calls_say_what_to_write() {
    for (arguments, says) in [
        (&["stats"][..], "name the queue, by --queue or in PERSEVERE_QUEUE"),
        (&["--queue", "tasks.db"], "Usage: persevere-tasks"),
        (&["-q", "tasks.db", "list"], "unrecognized subcommand 'list'"),
        (&["-q", "tasks.db", "show", "7"], "a task's id is a UUID, such as 0"),
        (&["-q", "tasks.db", "cancel"], "<ID>..."),
        (&["-q", "tasks.db", "requeue"], "say which dead tasks: by their ids, by --task"),
        (&["-q", "tasks.db", "dead", "--because", "luck"], "permanent, exhausted, requested"),
        (&["-q", "tasks.db", "dead", "--since", "soon"], "or how long ago, such as 2h"),
        (&["-q", "tasks.db", "tasks", "--limit", "0"], "0 is not in 1.."),
        (&["-q", "tasks.db", "tasks", "--state", "sleeping"], "waiting, running, done, dead"),
        (
            &["-q", "tasks.db", "discard", "--all", "--task", "charge"],
            "'--all' cannot be used with '--task <NAME>'",
        ),
        (&["-q", "postgres://ada:secret@[h/db", "stats"], "the queue's URL cannot be read"),
    ] {
        let came = call(arguments);
        assert!(came.refused(2).contains(says), "{arguments:?}: {}", came.error);
        assert_eq!(came.out, "", "{arguments:?}");
    }
    let help = call(&["--help"]);
    assert_eq!((help.code, help.error.as_str()), (Some(0), ""));
    assert!(help.out.contains("PERSEVERE_QUEUE"), "{}", help.out);
}

#[test]
fn passwords_are_printed_nowhere() {
    let port = free_port();
    let url = format!("postgres://ada:secret@127.0.0.1:{port}/shop");
    let nobody = call(&["-q", &url, "stats"]);
    assert!(nobody.refused(1).contains(&format!("postgres://127.0.0.1:{port}/shop")), "{nobody:?}");
    let variables = [("PERSEVERE_QUEUE", url.as_str())];
    let equals = format!("--quee={url}");
    for arguments in [
        &["stats"][..],
        &["--help"],
        &["stats", "--help"],
        &["stats", &url],
        &["show", &url],
        &["tasks", "--limit", &url],
        &[&equals, "stats"],
        &["dead", "--since", &url],
        &["-q", "postgres://ada:secret@[h/db", "stats"],
        &["-q", "postgres://ada:secret@127.0.0.1:port/db", "stats"],
        &["-q", "postgres:ada:secret", "stats"],
    ] {
        let came = call_with(arguments, &variables);
        assert!(!format!("{came:?}").contains("secret"), "{arguments:?}: {came:?}");
    }
    // In the variable, it is used.
    let came = call_with(&["stats"], &variables);
    assert!(came.refused(1).contains("cannot be opened"), "{came:?}");
}

#[tokio::test]
async fn a_file_without_a_queue_is_an_error_and_stays_as_it_is() {
    let folder = tempdir().expect("a temporary folder");
    let missing = folder.path().join("missing.db");
    let came = Program(missing.to_str().expect("letters")).call(&["stats"]);
    let text = format!("error: the queue {} cannot be opened: No such file", missing.display());
    assert!(came.refused(1).starts_with(&text), "{}", came.error);
    assert!(!missing.exists());

    let other = folder.path().join("other.db");
    let options = SqliteConnectOptions::new().filename(&other).create_if_missing(true);
    let mut connection = options.connect().await.expect("a new file");
    connection.execute("CREATE TABLE orders (id INTEGER)").await.expect("a table");
    sqlx::Connection::close(connection).await.expect("it closes");
    let before = std::fs::read(&other).expect("the file");
    let came = Program(other.to_str().expect("letters")).call(&["discard", "--all"]);
    assert!(came.refused(1).contains("has no tables of a queue"), "{}", came.error);
    assert_eq!(std::fs::read(&other).expect("the file"), before);

    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear Sir or Madam, ".repeat(99)).expect("a file");
    let came = Program(letter.to_str().expect("letters")).call(&["stats"]);
    assert!(came.refused(1).contains("file is not a database"), "{}", came.error);
    let came = Program(folder.path().to_str().expect("letters")).call(&["stats"]);
    assert!(came.refused(1).contains("cannot be opened"), "{}", came.error);
}

#[tokio::test]
async fn tables_of_a_later_release_are_refused() {
    let folder = tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    Queue::sqlite(&file).await.expect("a new file");
    let mut connection =
        SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
    connection.execute("UPDATE persevere_schema SET version = 99").await.expect("a table");
    let came = Program(file.to_str().expect("letters")).call(&["stats"]);
    assert!(came.refused(1).contains("version 99"), "{}", came.error);
    assert!(came.error.ends_with("update the program\n"), "{}", came.error);
}

#[tokio::test]
async fn a_server_without_a_queue_is_an_error_and_stays_as_it_is() {
    let postgres = Postgres::start(&[]);
    let url = postgres.options().to_url_lossy().to_string();
    let came = Program(&url).call(&["stats"]);
    assert!(came.refused(1).contains("has no tables of a queue"), "{}", came.error);
    let mut connection = postgres.options().connect().await.expect("a server");
    let known = sqlx::query_scalar::<_, bool>("SELECT to_regnamespace('persevere') IS NULL");
    assert!(known.fetch_one(&mut connection).await.expect("an answer"), "nothing was made");
}

/// As `persevere-tasks tasks | head -1`.
#[tokio::test]
async fn whoever_stops_reading_gets_no_error() {
    let folder = tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&file).await.expect("a new file");
    queue.enqueue_all((0..3_000).map(|_| charge())).await.expect("an engine that works");
    let mut command = Command::new(env!("CARGO_BIN_EXE_persevere-tasks"));
    command.arg("--queue").arg(&file).args(["tasks", "--limit", "3000"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().expect("a pipe"));
    reader.read_line(&mut line).expect("a line");
    drop(reader);
    assert!(line.starts_with("ID "), "{line}");
    let ended = child.wait_with_output().expect("its end");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

//! A call over a row of a SQLite file, each of its attempts in a process of its own, which is
//! driven by hand: it does what a loop does.
#![deny(warnings, clippy::pedantic)]

#[path = "../support/mod.rs"]
mod support;

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use persevere::__private_0_1_0::Name;
use persevere::driver::{Driver, Failed, Next, Progress};
use persevere::overrides::{Overrides, overrides};
use persevere::{Attempt, Classify, Event, Jitter, Policy, Rejection, Site, retry, sites};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, query, query_as, query_scalar};
use support::overriding::Overriding;
use tokio::time;

const STEADY: Policy = Policy::DEFAULT.with_jitter(Jitter::None);
const GENTLE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::from_secs(30));
const DEADLINE: Duration = Duration::from_mins(2);
/// What the tests ask of the child.
const FILE: &str = "A_DRIVEN_ROW";

/// What an attempt comes to, as the table has it: a letter.
#[derive(Debug, Classify)]
enum SendError {
    #[retry(transient)]
    Busy,
    #[retry(throttled)]
    Limited,
    #[retry(permanent)]
    Broken,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for SendError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The body: takes a second, and comes to its letter.
async fn send(letter: u8, attempt: &Attempt) -> Result<(), SendError> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    match letter {
        b'b' => Err(SendError::Busy),
        b'l' => Err(SendError::Limited),
        b'x' => Err(SendError::Broken),
        b'i' => {
            attempt.retry_in(Duration::from_secs(17));
            Err(SendError::Busy)
        }
        b'g' => {
            attempt.give_up();
            Err(SendError::Busy)
        }
        _ => Ok(()),
    }
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes each event that the process reports.
fn observe() {
    persevere::observe(&|event: &Event<'_>| LINES.lock().unwrap().push(event.to_string()));
}

fn lines() -> Vec<String> {
    std::mem::take(&mut *LINES.lock().unwrap())
}

/// Everything that is to be seen of a call.
#[derive(Debug, PartialEq)]
struct Seen {
    lines: Vec<String>,
    /// Retries, give-ups, late successes.
    counts: [i64; 3],
    /// When each attempt began, from the call's start, in whole seconds: timers are a millisecond coarse.
    begun: Vec<u64>,
    succeeded: bool,
}

fn counts() -> [i64; 3] {
    let site = sites().find(|site| site.name() == "mail::send");
    let counts = site.map(|site| [site.retries(), site.give_ups(), site.late_successes()]);
    counts.unwrap_or([0; 3]).map(|count| i64::try_from(count).unwrap())
}

fn milliseconds(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap()
}

#[retry(
    policy = STEADY,
    throttled = GENTLE,
    deadline = DEADLINE,
    context = attempt,
    name = "mail::send",
    id = "mail-7"
)]
async fn send_in_a_loop(letters: &[u8], begun: &mut Vec<u64>) -> Result<(), SendError> {
    begun.push(attempt.elapsed().as_secs());
    send(letters[attempt.number() as usize - 1], attempt).await
}

async fn in_a_loop(letters: &str) -> Seen {
    lines();
    let before = counts();
    let mut begun = Vec::new();
    time::pause();
    let outcome = send_in_a_loop(letters.as_bytes(), &mut begun).await;
    time::resume();
    let after = counts();
    let counts = [0, 1, 2].map(|kind| after[kind] - before[kind]);
    Seen { lines: lines(), counts, begun, succeeded: outcome.is_ok() }
}

static SITE: Site = Site::new(Name::given("mail::send"), "custom", file!(), line!());
static SEND: Driver = Driver::of(|| &SITE, STEADY).throttled(GENTLE).deadline(DEADLINE);

/// The table, whose clock is a row, too: a wait is the clock put forward.
const TABLES: &str = "
    CREATE TABLE mail (
        letters TEXT NOT NULL, now_ms INTEGER NOT NULL DEFAULT 0, due_ms INTEGER NOT NULL DEFAULT 0,
        progress TEXT NOT NULL DEFAULT '{}', succeeded BOOLEAN
    );
    CREATE TABLE lines (line TEXT NOT NULL);
    CREATE TABLE begun (at_ms INTEGER NOT NULL);
    CREATE TABLE counted (retries INTEGER, give_ups INTEGER, late_successes INTEGER);
";

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    options.connect().await.expect("a connection")
}

/// One delivery of the row, which is first due when its clock is at 0.
#[tokio::test]
#[ignore = "for the test below alone, which starts it in a process of its own"]
async fn delivers_once() {
    overrides().install(Overrides::from_env().unwrap());
    observe();
    let mut database = open(Path::new(&env::var_os(FILE).unwrap())).await;
    let (letters, now_ms, progress): (String, i64, String) =
        query_as("UPDATE mail SET now_ms = due_ms RETURNING letters, now_ms, progress")
            .fetch_one(&mut database)
            .await
            .unwrap();
    let progress: Progress = serde_json::from_str(&progress).unwrap();
    query("INSERT INTO begun VALUES (?)").bind(now_ms).execute(&mut database).await.unwrap();

    time::pause(); // nothing of the database is waited for until the attempt has ended
    let elapsed = Duration::from_millis(now_ms.unsigned_abs());
    let mut call = SEND.resume(progress, elapsed).id("mail-7");
    let attempt = call.attempt().clone();
    let letter = letters.as_bytes()[progress.retries as usize];
    let ran = call.run(None, time::sleep, send(letter, &attempt)).await;
    let taken = milliseconds(attempt.elapsed()) - now_ms;
    let (succeeded, due) = match ran.unwrap_or_else(|rejection| Err(rejection.into())) {
        Ok(()) => {
            call.succeeded();
            (Some(true), None)
        }
        Err(error) => {
            let text = format!("{error:?}");
            match call.failed(Failed::new(error.classify(), &text)) {
                Next::GiveUp(_) => (Some(false), None),
                Next::Retry(retry) => (None, Some(retry)),
            }
        }
    };
    time::resume();

    if let Some(retry) = due {
        query("UPDATE mail SET due_ms = ?, progress = ?")
            .bind(now_ms + taken + milliseconds(retry.delay()))
            .bind(serde_json::to_string(&retry.progress()).unwrap())
            .execute(&mut database)
            .await
            .unwrap();
        retry.hand_over();
    }
    query("UPDATE mail SET succeeded = ?").bind(succeeded).execute(&mut database).await.unwrap();
    for line in lines() {
        query("INSERT INTO lines VALUES (?)").bind(line).execute(&mut database).await.unwrap();
    }
    let [retries, give_ups, late_successes] = counts();
    query("INSERT INTO counted VALUES (?, ?, ?)")
        .bind(retries)
        .bind(give_ups)
        .bind(late_successes)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}

/// Runs one process after the other, until the row has ended.
async fn over_a_row(letters: &str, table: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.db");
    let mut database = open(&file).await;
    database.execute(TABLES).await.unwrap();
    query("INSERT INTO mail (letters) VALUES (?)")
        .bind(letters)
        .execute(&mut database)
        .await
        .unwrap();
    let succeeded = loop {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--ignored", "delivers_once"])
            .env(FILE, &file)
            .env("PERSEVERE", table)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let succeeded: Option<bool> =
            query_scalar("SELECT succeeded FROM mail").fetch_one(&mut database).await.unwrap();
        if let Some(succeeded) = succeeded {
            break succeeded;
        }
    };
    let lines = query_scalar("SELECT line FROM lines ORDER BY rowid");
    let begun = query_scalar("SELECT at_ms / 1000 FROM begun ORDER BY rowid");
    let counted = "SELECT sum(retries), sum(give_ups), sum(late_successes) FROM counted";
    let (retries, give_ups, late_successes) =
        query_as(counted).fetch_one(&mut database).await.unwrap();
    Seen {
        lines: lines.fetch_all(&mut database).await.unwrap(),
        counts: [retries, give_ups, late_successes],
        begun: begun.fetch_all(&mut database).await.unwrap(),
        succeeded,
    }
}

/// For each call: its attempts' letters, the overrides in force, the seconds in which its attempts
/// begin, and the end of the last line.
const CALLS: [(&str, &str, &[u64], &str); 8] = [
    ("o", "", &[0], ""),
    ("bbo", "", &[0, 3, 8], "attempt 3 of 6 succeeded after 6 s of waiting"),
    (
        "bbbbbb",
        "",
        &[0, 3, 8, 17, 34, 67],
        "attempt 6 of 6 failed: Busy; giving up after 5 retries and 1 min 2 s of waiting",
    ),
    ("bx", "", &[0, 3], "attempt 2 of 6 failed: Broken; giving up, the failure is permanent"),
    ("lbig", "", &[0, 31, 36, 54], "attempt 4 of 6 failed: Busy; giving up, as the function asked"),
    (
        "lllb",
        "",
        &[0, 31, 92],
        "attempt 3 of 6 failed: Limited; giving up, no time for another attempt is left",
    ),
    (
        "bbbb",
        "mail::send=max_retries:2",
        &[0, 3, 8],
        "attempt 3 of 3 failed: Busy; giving up after 2 retries and 6 s of waiting",
    ),
    (
        "bbo",
        "mail::*=base_delay:10s",
        &[0, 11, 32],
        "attempt 3 of 6 succeeded after 30 s of waiting",
    ),
];

#[tokio::test]
async fn a_call_over_a_row_does_what_a_loop_does() {
    observe();
    for (letters, table, begun, end) in CALLS {
        let held = Overriding::with(table);
        let looped = in_a_loop(letters).await;
        drop(held);
        let over_a_row = over_a_row(letters, table).await;
        assert_eq!(over_a_row, looped, "{letters}");
        assert_eq!(looped.begun, begun, "{letters}");
        let last = looped.lines.last().map_or("", String::as_str);
        assert!(last.ends_with(end), "{letters}: {last}");
    }
}

//! `on_ok`: `Ok` values that are retried, such as a job still pending or a response that says 503.
#![deny(warnings, clippy::pedantic)]

use crate::support::waited;

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use http::header::RETRY_AFTER;
use persevere::engine::GiveUp;
use persevere::{EventKind, Policy, Verdict, retry};

use self::waited::{note, note_later, waited_secs};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    Pending { progress: u8 },
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
enum JobError {
    #[error("busy")]
    Busy,
    #[error("no such job")]
    NoSuchJob,
}

const PENDING: Job = Job::Pending { progress: 0 };

/// Answers from a script, one answer an attempt; the last one for ever.
struct Script<T> {
    answers: Vec<T>,
    asked: usize,
}

impl<T: Copy> Script<T> {
    fn new(answers: &[T]) -> Self {
        Self { answers: answers.to_vec(), asked: 0 }
    }

    fn ask(&mut self) -> T {
        self.asked += 1;
        self.answers[(self.asked - 1).min(self.answers.len() - 1)]
    }
}

type Jobs = Script<Result<Job, JobError>>;

#[retry(
    policy = "conservative",
    on = JobError::Busy,
    on_ok = Job::Pending { .. },
    name = "poll",
    id = 7,
    on_retry = |event| reported.push(event.to_string()),
    on_give_up = |event| {
        reported.push(event.to_string());
        kinds.push((event.kind(), event.error().map(ToString::to_string), event.verdict()));
    },
    on_success = |event| reported.push(event.to_string())
)]
async fn poll(
    jobs: &mut Jobs,
    reported: &mut Vec<String>,
    kinds: &mut Vec<(EventKind, Option<String>, Option<Verdict>)>,
) -> Result<Job, JobError> {
    jobs.ask()
}

#[tokio::test(start_paused = true)]
async fn polls_until_done() {
    let started = tokio::time::Instant::now();
    let (mut reported, mut kinds) = (Vec::new(), Vec::new());
    let mut jobs = Script::new(&[Ok(PENDING), Ok(PENDING), Ok(Job::Done)]);
    assert_eq!(poll(&mut jobs, &mut reported, &mut kinds).await, Ok(Job::Done));
    assert_eq!(started.elapsed(), Duration::from_secs(5 + 10));
    assert_eq!(
        reported,
        [
            "poll[7]: attempt 1 of 4 returned a value to wait on; retrying in 5 s",
            "poll[7]: attempt 2 of 4 returned a value to wait on; retrying in 10 s",
            "poll[7]: attempt 3 of 4 succeeded after 15 s of waiting",
        ]
    );
    assert_eq!(kinds, []);

    let mut jobs = Script::new(&[Ok(Job::Done)]);
    assert_eq!(poll(&mut jobs, &mut reported, &mut kinds).await, Ok(Job::Done));
    assert_eq!((jobs.asked, reported.len()), (1, 3), "a success at once makes no event");
}

#[tokio::test(start_paused = true)]
async fn the_last_value_is_returned_unchanged() {
    let (mut reported, mut kinds) = (Vec::new(), Vec::new());
    let progress: Vec<_> = [10, 20, 30, 40].map(|progress| Ok(Job::Pending { progress })).to_vec();
    let mut jobs = Script::new(&progress);
    let last = poll(&mut jobs, &mut reported, &mut kinds).await;
    assert_eq!(last, Ok(Job::Pending { progress: 40 }));
    assert_eq!(jobs.asked, 4);
    assert_eq!(
        reported.last().map(String::as_str),
        Some(
            "poll[7]: attempt 4 of 4 returned a value to wait on; giving up after 3 retries \
             and 35 s of waiting"
        )
    );
    let exhausted = EventKind::GiveUp(GiveUp::Exhausted);
    assert_eq!(kinds, [(exhausted, None, None)], "a poll is no failure");
}

#[tokio::test(start_paused = true)]
async fn errors_and_values_share_one_count_of_retries() {
    let (mut reported, mut kinds) = (Vec::new(), Vec::new());
    let busy = Err(JobError::Busy);
    let mut jobs = Script::new(&[busy, Ok(PENDING), busy, Ok(Job::Done)]);
    assert_eq!(poll(&mut jobs, &mut reported, &mut kinds).await, Ok(Job::Done));
    let mut jobs = Script::new(&[Ok(PENDING), busy, Ok(PENDING), busy, Ok(Job::Done)]);
    assert_eq!(poll(&mut jobs, &mut reported, &mut kinds).await, busy);
    assert_eq!(jobs.asked, 4);
    let mut jobs = Script::new(&[Ok(PENDING), Err(JobError::NoSuchJob), Ok(Job::Done)]);
    assert_eq!(poll(&mut jobs, &mut reported, &mut kinds).await, Err(JobError::NoSuchJob));
    assert_eq!(jobs.asked, 2, "`on` still decides about errors");
}

#[retry(on = _, on_ok = Job::Pending { progress } if *progress < enough, base_delay = 0)]
fn poll_until(jobs: &mut Jobs, enough: u8) -> Result<Job, JobError> {
    jobs.ask()
}

#[test]
fn a_guard_reads_bindings_and_arguments() {
    let script = [10, 50, 90].map(|progress| Ok(Job::Pending { progress }));
    for (enough, progress, asked) in [(50, 50, 2), (51, 90, 3), (91, 90, 6), (0, 10, 1)] {
        let mut jobs = Script::new(&script);
        assert_eq!(poll_until(&mut jobs, enough), Ok(Job::Pending { progress }));
        assert_eq!(jobs.asked, asked, "until {enough}");
    }
}

#[retry(on = _, on_ok = 0 | 10..=19, base_delay = 0)]
fn next_number(script: &mut Script<Option<u32>>) -> Option<u32> {
    script.ask()
}

#[test]
fn an_option_has_values_too() {
    let ask = |answers: &[Option<u32>]| {
        let mut script = Script::new(answers);
        (next_number(&mut script), script.asked)
    };
    assert_eq!(ask(&[Some(0), None, Some(15), Some(7)]), (Some(7), 4));
    assert_eq!(ask(&[Some(0)]), (Some(0), 6));
    assert_eq!(ask(&[Some(0), None]), (None, 6));
}

const GENTLE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::from_mins(1));

#[retry(
    policy = "conservative",
    on = _,
    on_ok = response if response.status() != 200,
    throttled = GENTLE,
    sleep = note
)]
fn respond(
    script: &mut Script<(u16, Option<&'static str>)>,
) -> Result<http::Response<()>, JobError> {
    let (status, retry_after) = script.ask();
    let mut response = http::Response::builder().status(status);
    if let Some(value) = retry_after {
        response = response.header(RETRY_AFTER, value);
    }
    response.body(()).map_err(|_| JobError::NoSuchJob)
}

#[test]
fn a_response_says_how_long_to_wait() {
    let respond = |answers: &[(u16, Option<&'static str>)]| {
        let status = respond(&mut Script::new(answers)).map(|response| response.status().as_u16());
        (status, waited_secs())
    };
    let ok = (200, None);
    assert_eq!(respond(&[(503, Some("7")), (503, None), ok]), (Ok(200), vec![7, 10]));
    assert_eq!(respond(&[(503, Some("1")), (503, Some("soon")), ok]), (Ok(200), vec![5, 10]));
    assert_eq!(respond(&[(429, None), (429, Some("121")), ok]), (Ok(200), vec![60, 121]));
    // `on_ok` decides whether to retry, not the status.
    assert_eq!(respond(&[(404, Some("9")), ok]), (Ok(200), vec![9]));
    assert_eq!(respond(&[(503, Some("300"))]), (Ok(503), vec![300, 300, 300]));
    assert_eq!(respond(&[(503, Some("301"))]), (Ok(503), vec![]));
}

#[retry(
    policy = "conservative",
    on_ok = response if response.status() == 503,
    sleep = note_later
)]
async fn get(client: &reqwest::Client, url: &str) -> reqwest::Result<reqwest::Response> {
    client.get(url).send().await
}

/// A server that answers with these statuses in turn, each with a `Retry-After` if not zero.
async fn serve(answers: &'static [(StatusCode, u64)]) -> (String, Arc<AtomicUsize>) {
    let served = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&served);
    let answer = move || {
        let earlier = count.fetch_add(1, Ordering::Relaxed);
        let (status, seconds) = answers[earlier.min(answers.len() - 1)];
        let header = (seconds > 0).then(|| [(RETRY_AFTER, seconds.to_string())]);
        ready((status, header.map(axum::response::AppendHeaders), earlier.to_string()))
    };
    let router = axum::Router::new().route("/", axum::routing::get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, served)
}

#[tokio::test]
async fn a_real_response_is_retried_after_what_it_asks_for() {
    const BUSY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();

    let (url, served) = serve(&[(BUSY, 7), (BUSY, 0), (StatusCode::OK, 0)]).await;
    let response = get(&client, &url).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.text().await.unwrap(), "2");
    assert_eq!((waited_secs(), served.load(Ordering::Relaxed)), (vec![7, 10], 3));

    let (url, served) = serve(&[(BUSY, 30)]).await;
    let response = get(&client, &url).await.unwrap();
    assert_eq!(response.status(), BUSY, "the last response goes to the caller");
    assert_eq!(response.headers()[RETRY_AFTER], "30");
    assert_eq!(response.text().await.unwrap(), "3", "with its body unread");
    assert_eq!((waited_secs(), served.load(Ordering::Relaxed)), (vec![30, 30, 30], 4));

    let (url, served) = serve(&[(StatusCode::BAD_GATEWAY, 0)]).await;
    let response = get(&client, &url).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY, "not named by `on_ok`");
    assert_eq!((waited_secs(), served.load(Ordering::Relaxed)), (vec![], 1));
}

//! What a row says of its task, and rows of earlier releases.

use std::time::Duration;

use persevere::task;
use persevere::tasks::{Priority, Queue, Task, Worker};
use serde::{Deserialize, Serialize};

use crate::{SECOND, run};

#[task(
    name = "reports::render",
    queue = "reports",
    formerly = ["render", "draw"],
    keep = "7d",
    priority = high,
    max_crashes = 1,
    on = _
)]
async fn render_report(title: String) -> Result<String, String> {
    Ok(title.to_uppercase())
}

#[test]
fn the_keys_say_what_the_row_says() {
    assert_eq!(RenderReport::NAME, "reports::render");
    assert_eq!(RenderReport::FORMERLY, ["render", "draw"]);
    assert_eq!((RenderReport::QUEUE, RenderReport::VERSION), ("reports", 1));
    assert_eq!(RenderReport::PRIORITY, Priority::High);
    assert_eq!(RenderReport::KEEP, Duration::from_hours(7 * 24));
    assert_eq!(<RenderReport as persevere::tasks::Run<()>>::MAX_CRASHES, 1);
}

/// The task as an earlier release had it.
mod earlier {
    #[persevere::task(on = _)]
    pub(crate) async fn draw(title: String) -> Result<String, String> {
        Err(title)
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_former_name_are_run() {
    let queue = Queue::in_memory();
    let old = queue.enqueue(earlier::Draw { title: "old".to_owned() }).await.unwrap();
    run::<RenderReport, _>(&queue, ()).await;
    assert_eq!(old.wait(SECOND).await.unwrap(), "OLD");
}

/// Three versions of one task: the second is known as a struct, the first as one, too.
#[derive(Serialize, Deserialize)]
struct GreetV1 {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct GreetV2 {
    first: String,
    last: String,
}

impl From<GreetV1> for GreetV2 {
    fn from(GreetV1 { name }: GreetV1) -> Self {
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        Self { first: first.to_owned(), last: last.to_owned() }
    }
}

#[task(version = 3, from = [GreetV2, GreetV1], on = _)]
async fn greet(names: Vec<String>) -> Result<String, String> {
    Ok(names.join("+"))
}

impl From<GreetV2> for Greet {
    fn from(GreetV2 { first, last }: GreetV2) -> Self {
        Self { names: vec![first, last] }
    }
}

/// The same, where the earlier versions are tasks, each of which knows the one before it.
mod chained {
    use persevere::task;

    #[task(name = "greet", on = _)]
    pub(crate) async fn greet_v1(name: String) -> Result<String, String> {
        Ok(name)
    }

    #[task(name = "greet", version = 2, from = GreetV1, on = _)]
    pub(crate) async fn greet_v2(first: String, last: String) -> Result<String, String> {
        Ok(first + &last)
    }

    impl From<GreetV1> for GreetV2 {
        fn from(GreetV1 { name }: GreetV1) -> Self {
            Self { first: name, last: "?".to_owned() }
        }
    }

    #[task(name = "greet", version = 3, from = GreetV2, on = _)]
    pub(crate) async fn greet_v3(names: Vec<String>) -> Result<String, String> {
        Ok(names.join("-"))
    }

    impl From<GreetV2> for GreetV3 {
        fn from(GreetV2 { first, last }: GreetV2) -> Self {
            Self { names: vec![first, last] }
        }
    }
}

/// Rows of all three versions.
async fn rows() -> (Queue, [persevere::tasks::Handle<chained::GreetV3>; 3]) {
    let queue = Queue::in_memory();
    let first = chained::GreetV1 { name: "Ada L".to_owned() };
    let first = queue.enqueue(first).await.unwrap();
    let second = chained::GreetV2 { first: "Ada".to_owned(), last: "M".to_owned() };
    let second = queue.enqueue(second).await.unwrap();
    let third = chained::GreetV3 { names: vec!["Ada".to_owned(), "N".to_owned()] };
    let third = queue.enqueue(third).await.unwrap();
    let handles = [first.id(), second.id(), third.id()].map(|id| queue.handle(id));
    (queue, handles)
}

async fn greetings(handles: &[persevere::tasks::Handle<chained::GreetV3>]) -> Vec<String> {
    let mut greetings = Vec::new();
    for handle in handles {
        greetings.push(handle.wait(SECOND).await.unwrap());
    }
    greetings
}

#[tokio::test(start_paused = true)]
async fn rows_of_earlier_versions_are_converted_by_from() {
    let (queue, handles) = rows().await;
    run::<Greet, _>(&queue, ()).await;
    assert_eq!(greetings(&handles).await, ["Ada+L", "Ada+M", "Ada+N"]);
}

#[tokio::test(start_paused = true)]
async fn tasks_of_earlier_versions_know_those_before_them() {
    let (queue, handles) = rows().await;
    run::<chained::GreetV3, _>(&queue, ()).await;
    assert_eq!(greetings(&handles).await, ["Ada L-?", "Ada-M", "Ada-N"]);
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_later_version_are_left_alone() {
    let (queue, handles) = rows().await;
    run::<chained::GreetV1, _>(&queue, ()).await;
    assert_eq!(greetings(&handles[..1]).await, ["Ada L"]);
    Worker::new(&queue, ()).task::<chained::GreetV3>().run_until_idle().await.unwrap();
    assert_eq!(greetings(&handles[1..]).await, ["Ada-M", "Ada-N"]);
}

#[task(unique = format_args!("{customer}/{month}"), on = _)]
async fn bill(customer: u32, month: String, cents: u64) -> Result<u64, String> {
    Ok(cents + u64::from(customer) + u64::try_from(month.len()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn one_row_at_a_time_has_a_key() {
    let queue = Queue::in_memory();
    let bill = |customer, cents| Bill { customer, month: "May".to_owned(), cents };
    let first = queue.enqueue(bill(1, 100)).await.unwrap();
    let same = queue.enqueue(bill(1, 200)).await.unwrap();
    let other = queue.enqueue(bill(2, 300)).await.unwrap();
    assert_eq!(first.id(), same.id());
    assert_ne!(first.id(), other.id());
    run::<Bill, _>(&queue, ()).await;
    assert_eq!((first.wait(SECOND).await.unwrap(), other.wait(SECOND).await.unwrap()), (104, 305));
    assert_ne!(queue.enqueue(bill(1, 200)).await.unwrap().id(), first.id());
}

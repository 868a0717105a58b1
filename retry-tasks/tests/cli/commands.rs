//! Each command, on a file and on a server.

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{Payload, Settlement, Transition};
use persevere_tasks::{Queue, Status, TaskId};
use serde_json::json;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgPoolOptions;

use crate::program::{CARD, Charge, Program, charge, dead, fail, lease};
use crate::services::postgres::Postgres;

#[tokio::test]
async fn on_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&file).await.expect("a new file");
    all(&queue, file.to_str().expect("a path of letters")).await;
}

#[tokio::test]
async fn on_a_server() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    all(&queue, postgres.options().to_url_lossy().as_str()).await;
}

async fn all(queue: &Queue, place: &str) {
    let program = Program(place);
    assert!(program.json(&["stats"]).jsons().is_empty());
    shows_what_a_task_came_to(queue, &program).await;
    lists_by_name_and_state(queue, &program).await;
    chooses_among_the_dead(queue, &program).await;
    requeues_and_discards_by_id(queue, &program).await;
    cancels(queue, &program).await;
}

fn id(of: TaskId) -> String {
    of.to_string()
}

async fn shows_what_a_task_came_to(queue: &Queue, program: &Program<'_>) {
    let task = queue.enqueue(charge()).await.expect("an engine that works");
    fail(queue, &lease(queue).await, "busy", Transition::Again(std::time::Duration::ZERO)).await;
    let failed = Transition::Dead { reason: GiveUp::Exhausted, error: "declined".to_owned() };
    fail(queue, &lease(queue).await, "declined", failed).await;

    let shown = program.json(&["show", &id(task.id())]).json();
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("dead"), &json!("exhausted")));
    assert_eq!((&shown["failures"], &shown["queue"]), (&json!(2), &json!("payments")));
    let attempts = shown["attempts"].as_array().expect("a list");
    let errors: Vec<_> = attempts.iter().map(|attempt| &attempt["error"]).collect();
    assert_eq!(errors, ["busy", "declined"]);
    assert_eq!(attempts[0]["took_ms"], 1_234);
    assert!(attempts[0]["began"].as_str().expect("a time").ends_with('Z'));
    assert!(shown.get("args").is_none() && !shown.to_string().contains(CARD));
    let with_args = program.json(&["show", "--args", &id(task.id())]).json();
    assert_eq!(with_args["args"], json!({ "card": CARD }));

    let text = program.call(&["show", &id(task.id())]);
    assert_eq!((text.code, text.error.as_str()), (Some(0), ""));
    for line in ["charge, version 1", "payments, priority normal", "took 1s 234ms: busy"] {
        assert!(text.out.contains(line), "{}", text.out);
    }
    assert!(text.out.contains("exhausted after 2 failures: declined"), "{}", text.out);
    assert!(!text.out.contains(CARD));
    assert!(program.call(&["show", "--args", &id(task.id())]).out.contains(CARD));
    assert_eq!(program.json(&["discard", &id(task.id())]).json(), json!({ "discarded": 1 }));
}

async fn lists_by_name_and_state(queue: &Queue, program: &Program<'_>) {
    let done = queue.enqueue(charge()).await.expect("an engine that works");
    let leased = lease(queue).await;
    let settlement = Settlement {
        held: leased.held(),
        progress: leased.row.progress,
        attempts: leased.row.attempts,
        transition: Transition::Done { output: Payload::of("paid").expect("a text"), then: vec![] },
        keep: std::time::Duration::from_hours(1),
    };
    queue.engine().settle(&[settlement]).await.expect("an engine that works");
    let running = queue.enqueue(charge()).await.expect("an engine that works");
    lease(queue).await;
    let waiting = queue.enqueue(charge()).await.expect("an engine that works");
    let listed = |arguments: &[&str]| {
        let lines = program.json(arguments).jsons();
        lines.iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let [done, running, waiting] = [done, running, waiting].map(|handle| id(handle.id()));
    assert_eq!(listed(&["tasks"]), [&*waiting, &*running, &*done], "the latest first");
    assert_eq!(listed(&["tasks", "--limit", "2"]), [&*waiting, &*running]);
    assert_eq!(listed(&["tasks", "--task", "charge"]).len(), 3);
    assert!(listed(&["tasks", "--task", "refund"]).is_empty());
    for (state, of) in [("done", &done), ("running", &running), ("waiting", &waiting)] {
        assert_eq!(listed(&["tasks", "--state", state]), [of.as_str()], "{state}");
    }
    assert!(listed(&["tasks", "--state", "cancelled"]).is_empty());
    let output = program.json(&["show", "--args", &done]).json();
    assert_eq!(output["output"], "paid");
    let text = program.call(&["tasks"]).out;
    assert!(text.contains("running since 2") && text.contains(" in worker-1"), "{text}");
    let stats = program.json(&["stats"]).json();
    assert_eq!((&stats["task"], &stats["waiting"]), (&json!("charge"), &json!(1)));
    assert_eq!((&stats["running"], &stats["dead"]), (&json!(1), &json!(0)));
    assert_eq!(program.json(&["cancel", &waiting]).json()["cancel"], "cancelled");
    assert_eq!(program.json(&["cancel", &running]).json()["cancel"], "requested");
}

async fn chooses_among_the_dead(queue: &Queue, program: &Program<'_>) {
    let first = dead(queue, GiveUp::Permanent, "no such card").await;
    let second = dead(queue, GiveUp::Exhausted, "busy").await;
    let third = dead(queue, GiveUp::Exhausted, "busy").await;
    let listed = |arguments: &[&str]| {
        let lines = program.json(&[&["dead"], arguments].concat()).jsons();
        lines.iter().map(|line| line["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), [id(third), id(second), id(first)]);
    assert_eq!(listed(&["--because", "permanent"]), [id(first)]);
    assert_eq!(listed(&["--limit", "1"]), [id(third)]);
    assert_eq!(listed(&["--since", "1h", "--task", "charge"]).len(), 3);
    assert!(listed(&["--since", "2999-01-01T00:00:00Z"]).is_empty());
    let died = program.json(&["dead", "--limit", "1"]).json()["died"].clone();
    assert_eq!(listed(&["--since", died.as_str().expect("a time")]), [id(third)]);

    let requeued = program.json(&["requeue", "--because", "exhausted", "--limit", "1"]).json();
    assert_eq!(requeued, json!({ "requeued": 1 }));
    let status = queue.handle::<Charge>(third).status().await;
    assert!(matches!(status, Ok(Status::Waiting { .. })), "{status:?}");
    assert_eq!(program.call(&["discard", "--because", "permanent"]).out, "discarded 1\n");
    assert_eq!(listed(&[]), [id(second)]);
    assert_eq!(program.json(&["requeue", "--all"]).json(), json!({ "requeued": 1 }));
    assert_eq!(program.json(&["requeue", "--all"]).json(), json!({ "requeued": 0 }));
    program.json(&["cancel", &id(second), &id(third)]).jsons();
}

async fn requeues_and_discards_by_id(queue: &Queue, program: &Program<'_>) {
    let one = dead(queue, GiveUp::Exhausted, "busy").await;
    let other = dead(queue, GiveUp::Exhausted, "busy").await;
    let missing = TaskId::new();
    let some = program.call(&["requeue", &id(one), &id(missing)]);
    assert_eq!((some.code, some.out.as_str()), (Some(1), "requeued 1\n"));
    assert!(some.error.contains(&format!("there is no task {missing}")), "{}", some.error);
    assert!(some.error.ends_with("1 of 2 tasks were left as they are\n"), "{}", some.error);
    let twice = program.call(&["discard", &id(one)]);
    let text = format!("the task {one} is not dead: it is waiting");
    assert!(twice.refused(1).contains(&text), "{}", twice.error);
    assert_eq!(program.call(&["discard", &id(other)]).code, Some(0));
    let gone = program.call(&["show", &id(other)]);
    assert!(gone.refused(1).contains("it never was, or is not kept any longer"), "{}", gone.error);
    program.json(&["cancel", &id(one)]).json();
}

async fn cancels(queue: &Queue, program: &Program<'_>) {
    let task = queue.enqueue(charge()).await.expect("an engine that works");
    let text = program.call(&["cancel", &id(task.id())]);
    assert_eq!(text.out, format!("the task {} is cancelled\n", task.id()));
    assert_eq!(task.status().await.expect("an engine that works"), Status::Cancelled);
    let again = program.call(&["cancel", &id(task.id())]);
    assert_eq!(again.out, format!("the task {} has ended already\n", task.id()));
    assert_eq!(again.code, Some(1));
    let missing = TaskId::new();
    let unknown = program.call(&["cancel", &id(missing)]);
    assert!(unknown.refused(1).contains(&format!("there is no task {missing}")));
}

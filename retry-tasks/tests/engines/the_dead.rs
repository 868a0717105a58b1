//! Tasks that have ended.

use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_tasks::TaskId;
use persevere_tasks::engine::{Due, NewRow, Payload, Selection, State, Transition};

use crate::rig::{HOUR, Rig, SECOND, ask, delayed, done, greet};

async fn die(rig: &Rig, reason: GiveUp) -> TaskId {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    rig.settle(&leased, Transition::Dead { reason, error: "no".to_owned() }).await;
    rig.advance(SECOND).await;
    id
}

async fn dead(rig: &Rig, which: &Selection) -> Vec<TaskId> {
    rig.engine.dead(which).await.expect("an engine that works")
}

fn all() -> Selection {
    Selection::default()
}

pub(crate) async fn selects_the_dead(rig: &Rig) {
    let first = die(rig, GiveUp::Permanent).await;
    let second = die(rig, GiveUp::Exhausted).await;
    let third = die(rig, GiveUp::Permanent).await;
    assert_eq!(dead(rig, &all()).await, [third, second, first], "the latest first");
    let permanent = Selection { because: Some(GiveUp::Permanent), ..all() };
    assert_eq!(dead(rig, &permanent).await, [third, first]);
    let other = Selection { names: vec!["wave".to_owned()], ..all() };
    assert!(dead(rig, &other).await.is_empty());
    let named = Selection { names: vec!["wave".to_owned(), "greet".to_owned()], ..all() };
    assert_eq!(dead(rig, &Selection { limit: Some(2), ..named }).await, [third, second]);
    let State::Dead { died, error, reason } = rig.look(second).await.expect("it is there").state
    else {
        panic!("it is dead")
    };
    assert_eq!((error.as_str(), reason), ("no", GiveUp::Exhausted));
    assert_eq!(dead(rig, &Selection { since: Some(died), ..all() }).await, [third, second]);
    assert_eq!(dead(rig, &Selection { ids: vec![second], ..all() }).await, [second]);
    assert_eq!(rig.engine.discard(&permanent).await.expect("an engine that works"), 2);
    assert_eq!(dead(rig, &all()).await, [second]);
    assert!(rig.look(first).await.is_none());
}

/// Of those that die in one write, all have the same time.
pub(crate) async fn lists_the_dead_page_by_page(rig: &Rig) {
    for _ in 0..2 {
        for _ in 0..20 {
            rig.push(greet()).await;
        }
        let leased = rig.lease(&ask(99)).await.rows;
        let end = || Transition::Dead { reason: GiveUp::Exhausted, error: "no".to_owned() };
        let ends: Vec<_> =
            leased.iter().map(|leased| crate::rig::settlement(leased, end())).collect();
        rig.engine.settle(&ends).await.expect("an engine that works");
        rig.advance(SECOND).await;
    }
    let whole = dead(rig, &all()).await;
    assert_eq!(whole.len(), 40);
    for which in [
        all(),
        Selection { names: vec!["greet".to_owned(), "wave".to_owned()], ..all() },
        Selection { because: Some(GiveUp::Exhausted), ..all() },
        Selection { ids: whole.clone(), ..all() },
    ] {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = Selection { after, limit: Some(7), ..which.clone() };
            let page = dead(rig, &page).await;
            let Some(&last) = page.last() else { break };
            let State::Dead { died, .. } = rig.look(last).await.expect("it is there").state else {
                panic!("it is dead")
            };
            after = Some((died, last));
            listed.extend(page);
        }
        assert_eq!(listed, whole, "{which:?}");
    }
    let tail = Selection { after: after_of(rig, whole[9]).await, ..all() };
    assert_eq!(rig.engine.discard(&tail).await.expect("an engine that works"), 30);
    assert_eq!(dead(rig, &all()).await, whole[..10]);
}

async fn after_of(rig: &Rig, id: TaskId) -> Option<(std::time::SystemTime, TaskId)> {
    match rig.look(id).await?.state {
        State::Dead { died, .. } => Some((died, id)),
        _ => None,
    }
}

pub(crate) async fn looks_at_no_more_than_fits(rig: &Rig) {
    let args = Payload::of(&"a".repeat(10_000)).expect("a text");
    let mut ids = vec![TaskId::new()]; // of which there is none
    for _ in 0..5 {
        ids.push(rig.push(NewRow { args: args.clone(), ..greet() }).await.id);
    }
    let looked = async |bytes| {
        let looks = rig.engine.look_within(&ids, bytes).await.expect("an engine that works");
        assert!(looks.iter().all(|look| look.row.args == args));
        looks.into_iter().map(|look| look.row.id).collect::<Vec<_>>()
    };
    assert_eq!(looked(0).await, ids[1..2], "always one");
    assert_eq!(looked(29_000).await, ids[1..3]);
    assert_eq!(looked(1_000_000).await, ids[1..]);
    let none = rig.engine.look_within(&[], 9).await.expect("an engine that works");
    assert!(none.is_empty());
}

pub(crate) async fn requeues_each_once(rig: &Rig) {
    for _ in 0..30 {
        die(rig, GiveUp::Exhausted).await;
    }
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let engine = rig.engine.clone();
            tokio::spawn(async move { engine.requeue(&Selection::default()).await })
        })
        .collect();
    let mut requeued = 0;
    for asker in askers {
        requeued += asker.await.expect("no panic").expect("an engine that works");
    }
    assert_eq!(requeued, 30, "each by one of those who asked");
    assert_eq!(rig.lease(&ask(99)).await.rows.len(), 30);
}

pub(crate) async fn counts_anew_what_is_requeued(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    let end = Transition::Dead { reason: GiveUp::Exhausted, error: "no".to_owned() };
    let mut settlement = crate::rig::settlement(&leased, end);
    settlement.progress.failures = 6;
    settlement.progress.retries = 5;
    settlement.progress.crashes = 3;
    settlement.attempts.add(std::time::UNIX_EPOCH, None, "busy");
    rig.engine.settle(&[settlement]).await.expect("an engine that works");
    assert_eq!(rig.look(id).await.expect("it is there").row.progress.failures, 6);

    rig.advance(HOUR).await;
    assert_eq!(rig.engine.requeue(&all()).await.expect("an engine that works"), 1);
    let again = rig.next().await.expect("due at once");
    let progress = &again.row.progress;
    assert_eq!((progress.failures, progress.retries, progress.crashes), (0, 0, 0));
    assert_eq!(again.row.attempts.last().expect("what was").error(), "busy");
    assert_eq!(again.since_due, Duration::ZERO, "its deadline begins anew");
    assert_ne!(again.lease, leased.lease);
}

pub(crate) async fn keeps_arguments_that_cannot_be_read(rig: &Rig) {
    let args = Payload::of(&["no", "greeting", "\u{0} at all"]).expect("texts");
    let id = rig.push(NewRow { args: args.clone(), ..greet() }).await.id;
    let leased = rig.next().await.expect("it is due");
    let error = "expected a text".to_owned();
    rig.settle(&leased, Transition::Dead { reason: GiveUp::Unreadable, error }).await;
    let unreadable = Selection { because: Some(GiveUp::Unreadable), ..all() };
    assert_eq!(dead(rig, &unreadable).await, [id]);
    assert_eq!(rig.look(id).await.expect("it is there").row.args, args);
    rig.engine.requeue(&unreadable).await.expect("an engine that works");
    assert_eq!(rig.next().await.expect("for another release").row.args, args);
}

pub(crate) async fn prunes_what_has_ended_and_is_old(rig: &Rig) {
    let died = die(rig, GiveUp::Permanent).await;
    let waits = rig.push(delayed(5 * HOUR)).await.id;
    let mut ended = Vec::new();
    for _ in 0..5 {
        ended.push(rig.push(greet()).await.id);
        let leased = rig.next().await.expect("it is due");
        rig.settle(&leased, done()).await;
    }
    rig.advance(59 * 60 * SECOND).await;
    assert_eq!(rig.engine.prune(99).await.expect("an engine that works"), 0, "too early");
    rig.advance(60 * SECOND).await;
    assert_eq!(rig.engine.prune(3).await.expect("an engine that works"), 3, "a few at a time");
    assert_eq!(rig.engine.prune(99).await.expect("an engine that works"), 2);
    for id in ended {
        assert!(rig.look(id).await.is_none());
    }
    assert!(rig.look(died).await.is_some() && rig.look(waits).await.is_some());
}

pub(crate) async fn counts_what_there_is(rig: &Rig) {
    die(rig, GiveUp::Permanent).await;
    for row in [greet(), greet(), delayed(HOUR)] {
        rig.push(row).await;
    }
    rig.push(NewRow { task: "wave".to_owned(), ..delayed(HOUR) }).await;
    rig.next().await.expect("it is due");
    rig.advance(3 * SECOND).await;
    let stats = rig.engine.stats().await.expect("an engine that works");
    let rows: Vec<_> = stats
        .iter()
        .map(|of| (of.task.as_str(), of.waiting, of.due, of.running, of.dead, of.oldest_due))
        .collect();
    let expected = [("greet", 2, 1, 1, 1, Some(3 * SECOND)), ("wave", 1, 0, 0, 0, None)];
    assert_eq!(rows, expected);
    let names = ["greet".to_owned()];
    let waiting = rig.engine.waiting(&names, 9).await.expect("an engine that works");
    assert_eq!(waiting.len(), 2);
    assert_eq!(rig.engine.waiting(&names, 1).await.expect("an engine")[0], waiting[0]);
}

pub(crate) async fn takes_spans_of_centuries(rig: &Rig) {
    let long = Duration::MAX;
    let id = rig.push(delayed(long)).await.id;
    let far =
        NewRow { due: Due::At(std::time::UNIX_EPOCH + Duration::from_secs(1 << 60)), ..greet() };
    rig.push(far).await;
    rig.push(greet()).await;
    let leased = rig.lease(&persevere_tasks::engine::Ask { span: long, ..ask(9) }).await;
    assert_eq!(leased.rows.len(), 1);
    assert!(leased.next.expect("one that waits") > Duration::from_secs(1 << 40));
    assert!(rig.recover().await.is_empty());
    rig.settle(&leased.rows[0], Transition::Again(long)).await;
    assert!(rig.next().await.is_none());
    assert!(rig.look(id).await.is_some());
    let asked = rig.engine.cancel(id, long).await.expect("an engine that works");
    assert_eq!(asked, Some(persevere_tasks::engine::Cancelled::BeforeStart));
    assert_eq!(rig.engine.prune(9).await.expect("an engine that works"), 0);
}

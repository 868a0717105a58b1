//! Writing what became of a task.

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{Beat, NewRow, Payload, Settled, State, Transition};

use crate::rig::{Rig, SECOND, ask, done, greet, settlement};

pub(crate) async fn writes_a_settlement_once(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    assert_eq!(rig.settle(&leased, done()).await, Settled::Written);
    assert_eq!(rig.settle(&leased, Transition::Again(SECOND)).await, Settled::Fenced);
    let dead = Transition::Dead { reason: GiveUp::Exhausted, error: "late".to_owned() };
    assert_eq!(rig.settle(&leased, dead).await, Settled::Fenced);
    let look = rig.look(id).await.expect("it is there");
    let State::Done { output } = look.state else { panic!("{:?}", look.state) };
    assert_eq!(output.read::<u8>().expect("a number"), 42);
}

pub(crate) async fn discards_what_an_earlier_lease_writes(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    let first = rig.next().await.expect("it is due");
    rig.advance(15 * SECOND).await;
    assert_eq!(rig.recover().await, [id]);
    assert_eq!(rig.settle(&first, done()).await, Settled::Fenced, "nobody has a lease");
    rig.advance(SECOND).await;
    let second = rig.next().await.expect("it is due again");
    assert_ne!(first.lease, second.lease);
    assert_eq!(rig.settle(&first, done()).await, Settled::Fenced, "another has a lease");
    let noted = rig.engine.checkpoint(first.held(), &Payload::of(&1).expect("a number")).await;
    assert!(!noted.expect("an engine that works"));

    rig.advance(14 * SECOND).await;
    let beat = rig.engine.beat(&[first.held()], 15 * SECOND).await.expect("an engine that works");
    assert_eq!(beat, [Beat::Lost]);
    rig.advance(SECOND).await;
    assert_eq!(rig.recover().await, [id], "that has renewed nothing");
    rig.advance(2 * SECOND).await;
    let second = rig.next().await.expect("it is due once more");

    let both = [settlement(&first, done()), settlement(&second, done())];
    let settled = rig.engine.settle(&both).await.expect("an engine that works");
    assert_eq!(settled, [Settled::Fenced, Settled::Written]);
}

pub(crate) async fn counts_four_numbers_apart(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    let mut failed = settlement(&leased, Transition::Again(2 * SECOND));
    failed.progress.failures += 1;
    failed.progress.retries += 1;
    failed.progress.waited_ms += 2_000;
    failed.progress.delay_ms = Some(2_000);
    failed.attempts.add(std::time::UNIX_EPOCH, Some(SECOND), "busy");
    assert_eq!(rig.engine.settle(&[failed]).await.expect("an engine"), [Settled::Written]);

    rig.advance(2 * SECOND).await;
    let leased = rig.next().await.expect("due again");
    let mut postponed = settlement(&leased, Transition::Again(SECOND));
    postponed.progress.postponed += 1;
    assert_eq!(rig.engine.settle(&[postponed]).await.expect("an engine"), [Settled::Written]);

    rig.advance(SECOND).await;
    let leased = rig.next().await.expect("due again");
    let mut released = settlement(&leased, Transition::Again(std::time::Duration::ZERO));
    released.progress.released += 1;
    assert_eq!(rig.engine.settle(&[released]).await.expect("an engine"), [Settled::Written]);

    let leased = rig.next().await.expect("released, it is due at once");
    assert_eq!(leased.since_due, 3 * SECOND, "from when it was due for the first time");
    rig.advance(15 * SECOND).await;
    assert_eq!(rig.recover().await, [id]);
    let progress = rig.look(id).await.expect("it is there").row.progress;
    let numbers = (progress.failures, progress.crashes, progress.postponed, progress.released);
    assert_eq!(numbers, (1, 1, 1, 1));
    assert_eq!((progress.retries, progress.waited_ms, progress.delay_ms), (1, 2_000, Some(2_000)));
}

pub(crate) async fn stores_the_next_task_with_the_end_or_not_at_all(rig: &Rig) {
    rig.push(greet()).await;
    let leased = rig.next().await.expect("it is due");
    let next = NewRow { task: "wave".to_owned(), ..greet() };
    let id = next.id;
    let done = Transition::Done {
        output: Payload::of(&()).expect("nothing can be written"),
        then: vec![next.clone()],
    };
    assert_eq!(rig.settle(&leased, done).await, Settled::Written);
    assert!(rig.look(id).await.is_some());

    let other = NewRow { id: persevere_tasks::TaskId::new(), ..next };
    let late = Transition::Done {
        output: Payload::of(&()).expect("nothing can be written"),
        then: vec![other.clone()],
    };
    assert_eq!(rig.settle(&leased, late).await, Settled::Fenced);
    assert!(rig.look(other.id).await.is_none());
}

pub(crate) async fn keeps_what_an_attempt_noted(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    assert!(leased.row.checkpoint.is_none());
    for page in [1, 2] {
        let page = Payload::of(&page).expect("a number");
        assert!(rig.engine.checkpoint(leased.held(), &page).await.expect("an engine"));
    }
    rig.advance(15 * SECOND).await;
    assert_eq!(rig.recover().await, [id]);
    rig.advance(SECOND).await;
    let again = rig.next().await.expect("after a crash");
    assert_eq!(again.row.checkpoint.expect("a note").read::<u8>().expect("a number"), 2);
}

pub(crate) async fn wakes_who_waits(rig: &Rig) {
    let mut wake = rig.engine.wake();
    let id = rig.push(greet()).await.id;
    wake.changed().await;
    let leased = rig.lease(&ask(1)).await.rows.remove(0);
    let mut wake = rig.engine.wake();
    rig.settle(&leased, done()).await;
    wake.changed().await;
    assert!(matches!(rig.look(id).await.expect("it is there").state, State::Done { .. }));
}

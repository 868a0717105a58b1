//! Keys that one task may have at a time.

use persevere_core::engine::GiveUp;
use persevere_tasks::TaskId;
use persevere_tasks::engine::{Cancelled, Key, KeyUntil, NewRow, Pushed, Selection, Transition};

use crate::rig::{HOUR, Rig, SECOND, ask, delayed, done, greet};

fn keyed(key: &str, until: KeyUntil) -> NewRow {
    NewRow { key: Some(Key { text: key.to_owned(), until }), ..greet() }
}

pub(crate) async fn gives_the_same_id_while_not_ended(rig: &Rig) {
    let first = rig.push(keyed("order 7", KeyUntil::Ended)).await;
    assert!(first.is_new);
    let same = Pushed { id: first.id, is_new: false };
    assert_eq!(rig.push(keyed("order 7", KeyUntil::Ended)).await, same, "while it waits");
    assert!(rig.push(keyed("order 8", KeyUntil::Ended)).await.is_new, "another key");
    let other = NewRow { task: "wave".to_owned(), ..keyed("order 7", KeyUntil::Ended) };
    assert!(rig.push(other).await.is_new, "another task");
    let leased = rig.next().await.expect("it is due");
    assert_eq!(leased.row.id, first.id);
    assert_eq!(rig.push(keyed("order 7", KeyUntil::Ended)).await, same, "while it runs");
    rig.settle(&leased, Transition::Again(HOUR)).await;
    assert_eq!(rig.push(keyed("order 7", KeyUntil::Ended)).await, same, "between attempts");

    let twice = [keyed("order 9", KeyUntil::Ended), keyed("order 9", KeyUntil::Ended)];
    let pushed = rig.engine.push(&twice).await.expect("an engine that works");
    assert_eq!(pushed[1], Pushed { id: pushed[0].id, is_new: false }, "within one call");
}

pub(crate) async fn frees_a_key_at_every_end(rig: &Rig) {
    let dead = Transition::Dead { reason: GiveUp::Permanent, error: "no".to_owned() };
    for end in [done(), dead, Transition::Cancelled] {
        assert!(rig.push(keyed("k", KeyUntil::Ended)).await.is_new);
        let leased = rig.next().await.expect("it is due");
        rig.settle(&leased, end).await;
    }
    let id = rig.push(keyed("k", KeyUntil::Ended)).await.id;
    let cancelled = rig.engine.cancel(id, HOUR).await.expect("an engine that works");
    assert_eq!(cancelled, Some(Cancelled::BeforeStart));
    assert!(rig.push(keyed("k", KeyUntil::Ended)).await.is_new);
}

pub(crate) async fn frees_a_key_at_the_start_and_lets_the_twin_wait(rig: &Rig) {
    let first = rig.push(keyed("k", KeyUntil::Started)).await;
    assert!(!rig.push(keyed("k", KeyUntil::Started)).await.is_new, "before the start");
    let leased = rig.next().await.expect("it is due");
    let twin = rig.push(keyed("k", KeyUntil::Started)).await;
    assert!(twin.is_new, "after the start");
    assert!(!rig.push(keyed("k", KeyUntil::Started)).await.is_new, "one twin is enough");
    let blocked = rig.lease(&ask(9)).await;
    assert!(blocked.rows.is_empty(), "the first has not ended");
    assert_eq!(blocked.next, None);

    rig.settle(&leased, Transition::Again(SECOND)).await;
    assert!(rig.next().await.is_none(), "between two attempts neither");
    rig.advance(SECOND).await;
    let again = rig.next().await.expect("the first, again");
    assert_eq!(again.row.id, first.id);
    rig.settle(&again, done()).await;
    assert_eq!(rig.next().await.expect("now the twin").row.id, twin.id);
}

pub(crate) async fn takes_a_key_again_when_requeued(rig: &Rig) {
    let dead = || Transition::Dead { reason: GiveUp::Permanent, error: "no".to_owned() };
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(rig.push(keyed("k", KeyUntil::Ended)).await.id);
        let leased = rig.next().await.expect("it is due");
        rig.settle(&leased, dead()).await;
    }
    let both = rig.engine.requeue(&Selection::default()).await.expect("an engine that works");
    assert_eq!(both, 2, "two of one key, both asked for");
    let third = rig.push(keyed("k", KeyUntil::Ended)).await;
    assert!(!third.is_new && ids.contains(&third.id), "{third:?} of {ids:?}");
    let mut leased = Vec::new();
    while let Some(next) = rig.next().await {
        leased.push(next);
    }
    assert_eq!(leased.len(), 2);
    for next in &leased {
        rig.settle(next, done()).await;
    }
    assert!(rig.push(keyed("k", KeyUntil::Ended)).await.is_new);
}

pub(crate) async fn runs_one_of_two_requeued_twins_at_a_time(rig: &Rig) {
    for _ in 0..2 {
        assert!(rig.push(keyed("k", KeyUntil::Started)).await.is_new);
        let leased = rig.next().await.expect("it is due");
        let dead = Transition::Dead { reason: GiveUp::Permanent, error: "no".to_owned() };
        rig.settle(&leased, dead).await;
    }
    let both = rig.engine.requeue(&Selection::default()).await.expect("an engine that works");
    assert_eq!(both, 2);
    let mut one = rig.lease(&ask(9)).await.rows;
    assert_eq!(one.len(), 1);
    assert!(rig.next().await.is_none(), "the other one waits for its end");
    rig.settle(&one.remove(0), done()).await;
    assert!(rig.next().await.is_some());
}

pub(crate) async fn stores_an_id_once(rig: &Rig) {
    let tick = TaskId::from_u128(0x0300);
    let row = NewRow { id: tick, ..delayed(SECOND) };
    assert_eq!(rig.push(row.clone()).await, Pushed { id: tick, is_new: true });
    assert_eq!(rig.push(row.clone()).await, Pushed { id: tick, is_new: false });
    rig.advance(SECOND).await;
    let leased = rig.next().await.expect("it is due");
    rig.settle(&leased, done()).await;
    assert_eq!(rig.push(row).await, Pushed { id: tick, is_new: false }, "also after its end");
}

//! Lists of tasks, for those who look after a queue.

use persevere_core::engine::GiveUp;
use persevere_tasks::TaskId;
use persevere_tasks::engine::{Listing, NewRow, StateName, Transition};

use crate::rig::{Rig, SECOND, delayed, done, greet};

const ALL: Listing = Listing { state: None, task: None, because: None, since: None, limit: 99 };

async fn list(rig: &Rig, which: Listing) -> Vec<TaskId> {
    rig.engine.list(&which).await.expect("an engine that works")
}

/// A task that died for that reason.
async fn dead(rig: &Rig, reason: GiveUp) -> TaskId {
    let id = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    rig.settle(&leased, Transition::Dead { reason, error: "no".to_owned() }).await;
    rig.advance(SECOND).await;
    id
}

pub(crate) async fn lists_by_state_and_name_the_latest_first(rig: &Rig) {
    let first = dead(rig, GiveUp::Permanent).await;
    let second = dead(rig, GiveUp::Exhausted).await;
    let over = rig.push(greet()).await.id;
    let leased = rig.next().await.expect("it is due");
    rig.settle(&leased, done()).await;
    let runs = rig.push(greet()).await.id;
    rig.next().await.expect("it is due");
    let waits = rig.push(delayed(SECOND)).await.id;
    let other = rig.push(NewRow { task: "wave".to_owned(), ..greet() }).await.id;
    assert_eq!(list(rig, ALL).await, [other, waits, runs, over, second, first]);
    assert_eq!(list(rig, Listing { limit: 2, ..ALL }).await, [other, waits]);
    let greetings = Listing { task: Some("greet".to_owned()), ..ALL };
    assert_eq!(list(rig, greetings.clone()).await, [waits, runs, over, second, first]);
    for (state, ids) in [
        (StateName::Waiting, vec![other, waits]),
        (StateName::Running, vec![runs]),
        (StateName::Done, vec![over]),
        (StateName::Dead, vec![second, first]),
        (StateName::Cancelled, vec![]),
    ] {
        assert_eq!(list(rig, Listing { state: Some(state), ..ALL }).await, ids, "{state:?}");
    }
    let waiting = Listing { state: Some(StateName::Waiting), ..greetings };
    assert_eq!(list(rig, waiting).await, [waits]);
}

pub(crate) async fn lists_the_dead_by_reason_and_time(rig: &Rig) {
    let first = dead(rig, GiveUp::Exhausted).await;
    let second = dead(rig, GiveUp::Permanent).await;
    let third = dead(rig, GiveUp::Exhausted).await;
    let exhausted = Listing { because: Some(GiveUp::Exhausted), ..ALL };
    assert_eq!(list(rig, exhausted.clone()).await, [third, first]);
    assert_eq!(list(rig, Listing { limit: 1, ..exhausted.clone() }).await, [third]);
    let look = rig.look(second).await.expect("it is there");
    let persevere_tasks::engine::State::Dead { died, .. } = look.state else {
        panic!("it is dead")
    };
    let since = Listing { since: Some(died), ..ALL };
    assert_eq!(list(rig, since.clone()).await, [third, second], "no earlier one");
    assert_eq!(
        list(rig, Listing { state: Some(StateName::Dead), ..since.clone() }).await,
        [third, second]
    );
    for contradiction in [exhausted, since] {
        let waiting = Listing { state: Some(StateName::Waiting), ..contradiction };
        assert!(list(rig, waiting).await.is_empty());
    }
}

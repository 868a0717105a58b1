//! Asking for a task's end.

use persevere_core::engine::GiveUp;
use persevere_tasks::TaskId;
use persevere_tasks::engine::{Beat, Cancelled, Key, KeyUntil, NewRow, Settled, State, Transition};

use crate::rig::{HOUR, Rig, SECOND, delayed, done, greet};

async fn cancel(rig: &Rig, id: TaskId) -> Option<Cancelled> {
    rig.engine.cancel(id, HOUR).await.expect("an engine that works")
}

async fn state(rig: &Rig, id: TaskId) -> State {
    rig.look(id).await.expect("it is there").state
}

pub(crate) async fn cancels_what_waits_at_once(rig: &Rig) {
    let id = rig.push(delayed(SECOND)).await.id;
    assert_eq!(cancel(rig, id).await, Some(Cancelled::BeforeStart));
    assert_eq!(state(rig, id).await, State::Cancelled);
    assert_eq!(cancel(rig, id).await, Some(Cancelled::TooLate));
    assert_eq!(cancel(rig, TaskId::new()).await, None, "an unknown one");
    rig.advance(HOUR).await;
    assert!(rig.next().await.is_none());
}

pub(crate) async fn lets_the_first_end_win(rig: &Rig) {
    let dead = Transition::Dead { reason: GiveUp::Permanent, error: "no".to_owned() };
    for end in [done(), dead] {
        let id = rig.push(greet()).await.id;
        let leased = rig.next().await.expect("it is due");
        assert_eq!(cancel(rig, id).await, Some(Cancelled::Requested));
        let beat = rig.engine.beat(&[leased.held()], HOUR).await.expect("an engine");
        assert_eq!(beat, [Beat::CancelRequested]);
        assert_eq!(rig.settle(&leased, end).await, Settled::Written, "it was quicker");
        assert_eq!(cancel(rig, id).await, Some(Cancelled::TooLate));
        assert_eq!(rig.settle(&leased, Transition::Cancelled).await, Settled::Fenced);
        assert!(matches!(state(rig, id).await, State::Done { .. } | State::Dead { .. }));
    }
}

pub(crate) async fn does_not_retry_what_is_to_be_cancelled(rig: &Rig) {
    let key = || Some(Key { text: "k".to_owned(), until: KeyUntil::Ended });
    let id = rig.push(NewRow { key: key(), ..greet() }).await.id;
    let leased = rig.next().await.expect("it is due");
    assert_eq!(cancel(rig, id).await, Some(Cancelled::Requested));
    assert_eq!(rig.settle(&leased, Transition::Again(SECOND)).await, Settled::Cancelled);
    assert_eq!(state(rig, id).await, State::Cancelled);
    assert!(rig.push(NewRow { key: key(), ..greet() }).await.is_new, "its key is free");
    rig.advance(HOUR).await;
    assert_eq!(rig.engine.prune(9).await.expect("an engine that works"), 1, "in its time");
}

pub(crate) async fn does_not_recover_what_is_to_be_cancelled(rig: &Rig) {
    let id = rig.push(greet()).await.id;
    rig.next().await.expect("it is due");
    assert_eq!(cancel(rig, id).await, Some(Cancelled::Requested));
    rig.advance(15 * SECOND).await;
    assert_eq!(rig.recover().await, [id]);
    assert_eq!(state(rig, id).await, State::Cancelled);
}

//! Ticks of schedules.

use std::time::SystemTime;

use persevere_tasks::engine::NewRow;

use crate::rig::{HOUR, Rig, SECOND, greet};

async fn last(rig: &Rig, schedule: &str) -> (SystemTime, SystemTime) {
    let ticked = rig.engine.ticked(schedule).await.expect("an engine that works");
    (ticked.last, ticked.now)
}

async fn tick(rig: &Rig, schedule: &str, time: SystemTime, row: &NewRow) -> bool {
    rig.engine.tick(schedule, time, row).await.expect("an engine that works")
}

pub(crate) async fn begins_a_schedule_when_it_is_first_asked_for(rig: &Rig) {
    let (began, now) = last(rig, "nightly").await;
    assert_eq!(began, now);
    rig.advance(HOUR).await;
    let (last, later) = last(rig, "nightly").await;
    assert_eq!((last, later >= now + HOUR), (began, true));
}

pub(crate) async fn stores_the_task_of_a_tick_once(rig: &Rig) {
    let (began, _) = last(rig, "nightly").await;
    last(rig, "hourly").await;
    let (first, second) = (began + SECOND, began + 2 * SECOND);
    let row = greet();
    assert!(tick(rig, "nightly", second, &row).await);
    assert!(rig.look(row.id).await.is_some());
    for time in [began, first, second] {
        let again = greet();
        assert!(!tick(rig, "nightly", time, &again).await, "that one or a later one was stored");
        assert!(rig.look(again.id).await.is_none());
    }
    assert!(tick(rig, "hourly", first, &greet()).await, "another schedule");
    assert!(!tick(rig, "unknown", first, &greet()).await, "one that nobody has asked for");
    assert_eq!(last(rig, "nightly").await.0, second);
    let leased = rig.next().await.expect("it is due at once");
    assert_eq!(leased.row.id, row.id);
}

//! Taking tasks, and losing them.

use std::time::Duration;

use persevere_tasks::Priority;
use persevere_tasks::engine::{Ask, Beat, Due, NewRow, State, Transition};

use crate::rig::{HOUR, Rig, SECOND, ask, delayed, done, greet, ids, wanted};

pub(crate) async fn leases_no_more_than_there_is_room_for(rig: &Rig) {
    for number in 0..20 {
        let task = if number % 2 == 0 { "greet" } else { "wave" };
        rig.push(NewRow { task: task.to_owned(), ..greet() }).await;
    }
    let two = |of_greet, of_wave, room| Ask {
        tasks: vec![wanted("greet", of_greet), wanted("wave", of_wave)],
        ..ask(room)
    };
    let count = |leases: &persevere_tasks::engine::Leases, task: &str| {
        leases.rows.iter().filter(|leased| leased.row.task == task).count()
    };
    let all = rig.lease(&two(9, 9, 5)).await;
    assert_eq!(all.rows.len(), 5, "as many as there is room for in all");
    let limited = rig.lease(&two(1, 9, 4)).await;
    assert_eq!((count(&limited, "greet"), count(&limited, "wave")), (1, 3), "and of each");
    assert!(rig.lease(&two(9, 9, 0)).await.rows.is_empty());
    let renamed = Ask {
        tasks: vec![persevere_tasks::engine::Wanted {
            names: vec!["greet".to_owned(), "wave".to_owned()],
            version: 1,
            room: 3,
        }],
        ..ask(9)
    };
    assert_eq!(rig.lease(&renamed).await.rows.len(), 3, "of a task by all its names");
}

pub(crate) async fn leases_first_what_is_more_important_then_what_was_due_first(rig: &Rig) {
    let of = |priority, millis| NewRow {
        priority,
        due: Due::In(Duration::from_millis(millis)),
        ..greet()
    };
    let mut pushed = Vec::new();
    for row in [
        of(Priority::Low, 0),
        of(Priority::Normal, 20),
        of(Priority::Normal, 10),
        of(Priority::High, 30),
        of(Priority::High, 7_000),
    ] {
        pushed.push(rig.push(row).await.id);
    }
    rig.advance(SECOND).await;
    let leases = rig.lease(&ask(9)).await;
    assert_eq!(ids(&leases), [pushed[3], pushed[2], pushed[1], pushed[0]]);
    assert_eq!(leases.next, Some(6 * SECOND));
    let late: Vec<_> = leases.rows.iter().map(|leased| leased.late.as_millis()).collect();
    assert_eq!(late, [970, 990, 980, 1_000]);
}

pub(crate) async fn leases_nothing_early(rig: &Rig) {
    let id = rig.push(delayed(Duration::from_millis(1_500))).await.id;
    for _ in 0..3 {
        let early = rig.lease(&ask(1)).await;
        assert!(early.rows.is_empty());
        let next = early.next.expect("one that waits");
        rig.advance(next.saturating_sub(Duration::from_millis(1))).await;
        assert!(rig.next().await.is_none(), "a millisecond before");
        rig.advance(Duration::from_millis(1)).await;
        let leased = rig.next().await.expect("due to the moment");
        assert_eq!((leased.row.id, leased.late), (id, Duration::ZERO));
        rig.settle(&leased, Transition::Again(2 * SECOND)).await;
    }
    let past = NewRow { due: Due::At(std::time::UNIX_EPOCH), ..greet() };
    let id = rig.push(past).await.id;
    assert_eq!(rig.next().await.expect("it has long been due").row.id, id);
}

pub(crate) async fn leaves_alone_what_nobody_here_knows(rig: &Rig) {
    let unknown = rig.push(NewRow { task: "of_another_program".to_owned(), ..greet() }).await.id;
    let newer = rig.push(NewRow { version: 2, ..greet() }).await.id;
    let leases = rig.lease(&ask(9)).await;
    assert!(leases.rows.is_empty());
    assert_eq!(leases.next, None);
    for id in [unknown, newer] {
        let look = rig.look(id).await.expect("it is there");
        assert!(matches!(look.state, State::Waiting { .. }));
        assert_eq!(look.row.args.read::<String>().expect("its arguments"), "hello");
    }
}

pub(crate) async fn holds_one_suspect_at_a_time(rig: &Rig) {
    for _ in 0..3 {
        rig.push(greet()).await;
    }
    assert_eq!(rig.lease(&ask(9)).await.rows.len(), 3);
    rig.advance(16 * SECOND).await;
    assert_eq!(rig.recover().await.len(), 3);
    rig.push(greet()).await;
    rig.advance(SECOND).await;

    let leases = rig.lease(&ask(9)).await;
    let suspects = leases.rows.iter().filter(|leased| leased.row.progress.crashes > 0).count();
    assert_eq!((leases.rows.len(), suspects), (2, 1), "a suspect, and the new one");
    let none = Ask { suspects: 0, ..ask(9) };
    let without = rig.lease(&none).await;
    assert!(without.rows.is_empty());
    assert_eq!(without.next, None);
}

pub(crate) async fn gives_each_task_to_one_worker(rig: &Rig) {
    for _ in 0..50 {
        rig.push(greet()).await;
    }
    let workers: Vec<_> = (0..10)
        .map(|number| {
            let engine = rig.engine.clone();
            let ask = Ask { worker: format!("worker-{number}"), ..ask(9) };
            tokio::spawn(async move { engine.lease(&ask).await.expect("an engine that works") })
        })
        .collect();
    let mut leased = Vec::new();
    for worker in workers {
        leased.extend(ids(&worker.await.expect("a worker that does not panic")));
    }
    leased.extend(ids(&rig.lease(&ask(50)).await)); // what those before had no room for
    assert_eq!(leased.len(), 50);
    leased.sort_unstable();
    leased.dedup();
    assert_eq!(leased.len(), 50, "each once");
}

pub(crate) async fn keeps_a_lease_that_is_renewed(rig: &Rig) {
    rig.push(greet()).await;
    let leased = rig.next().await.expect("it is due");
    for _ in 0..5 {
        rig.advance(10 * SECOND).await;
        let beat = rig.engine.beat(&[leased.held()], 15 * SECOND).await.expect("an engine");
        assert_eq!(beat, [Beat::Kept]);
        assert!(rig.recover().await.is_empty());
    }
    rig.advance(15 * SECOND).await;
    assert_eq!(rig.recover().await, [leased.row.id], "when it is renewed no more");
    let beat = rig.engine.beat(&[leased.held()], 15 * SECOND).await.expect("an engine");
    assert_eq!(beat, [Beat::Lost]);
}

pub(crate) async fn recovers_row_by_row(rig: &Rig) {
    for _ in 0..3 {
        rig.push(greet()).await;
    }
    let early = rig.lease(&ask(2)).await;
    rig.advance(10 * SECOND).await;
    let late = rig.next().await.expect("the third");
    let done_before = rig.settle(&early.rows[1], done()).await;
    assert_eq!(done_before, persevere_tasks::engine::Settled::Written);

    rig.advance(5 * SECOND).await;
    let recovered = rig.recovered().await;
    assert_eq!(recovered.len(), 1, "neither the later lease nor what is done");
    assert_eq!(recovered[0].id, early.rows[0].row.id);
    assert_eq!((recovered[0].worker.as_str(), recovered[0].crashes), ("worker-1", 1));
    for crashes in 1..=4_u32 {
        let pause = SECOND * 2_u32.pow(crashes - 1);
        rig.advance(pause.saturating_sub(Duration::from_millis(1))).await;
        assert!(rig.next().await.is_none(), "a pause after crash {crashes}");
        rig.advance(Duration::from_millis(1)).await;
        let again = rig.next().await.expect("the pause is over");
        assert_eq!((again.row.id, again.row.progress.crashes), (early.rows[0].row.id, crashes));
        assert_eq!(again.row.attempts.iter().count(), crashes as usize);
        assert!(rig.engine.beat(&[late.held()], HOUR).await.expect("an engine")[0] == Beat::Kept);
        rig.advance(15 * SECOND).await;
        assert_eq!(rig.recover().await, [again.row.id]);
    }
    let look = rig.look(early.rows[0].row.id).await.expect("it is there");
    assert_eq!((look.row.progress.crashes, look.row.progress.failures), (5, 0));
}

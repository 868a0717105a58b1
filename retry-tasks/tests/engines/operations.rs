//! Random operations on an engine, compared with a list of what happened.

use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{
    Beat, Cancelled, Due, Key, KeyUntil, Leased, NewRow, Selection, Settled, State, Transition,
};
use persevere_tasks::{Priority, TaskId};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::model::{Event, Model};
use crate::rig::{HOUR, Rig, ask, done, greet, settlement};

const LEASE: u64 = 15_000;
const KEEP: u64 = 3_600_000;

/// What is done. An index chooses among the tasks, or the leases, that there have been.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Push { priority: Priority, delay: u64, key: Option<(u8, KeyUntil)> },
    Pass(u64),
    Lease(usize),
    Settle(Index, End),
    Beat(Index),
    Recover,
    Cancel(Index),
    Requeue(Index),
    Prune,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Done,
    Dead,
    Again(u64),
    Cancelled,
}

pub(crate) fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let spans = select(vec![0, 1, 900, 4_000, 15_000, 20_000]);
    let priorities = select(vec![Priority::Low, Priority::Normal, Priority::High]);
    let until = select(vec![KeyUntil::Ended, KeyUntil::Started]);
    let key = prop::option::of((0..2_u8, until));
    let end = prop_oneof![
        3 => Just(End::Done),
        3 => spans.clone().prop_map(End::Again),
        2 => Just(End::Dead),
        1 => Just(End::Cancelled),
    ];
    let push = (priorities, spans.clone(), key)
        .prop_map(|(priority, delay, key)| Operation::Push { priority, delay, key });
    let operation = prop_oneof![
        6 => push,
        5 => spans.prop_map(Operation::Pass),
        1 => Just(Operation::Pass(KEEP)),
        6 => (0..4_usize).prop_map(Operation::Lease),
        6 => (any::<Index>(), end).prop_map(|(which, end)| Operation::Settle(which, end)),
        2 => any::<Index>().prop_map(Operation::Beat),
        3 => Just(Operation::Recover),
        2 => any::<Index>().prop_map(Operation::Cancel),
        2 => any::<Index>().prop_map(Operation::Requeue),
        1 => Just(Operation::Prune),
    ];
    prop::collection::vec(operation, 1..50)
}

/// Does all that to an engine, and compares each answer with what the list says.
pub(crate) async fn agree(rig: &Rig, operations: &[Operation]) {
    let mut model = Model::default();
    for operation in operations {
        step(rig, &mut model, operation).await;
    }
    for (id, ..) in &model.tasks {
        let state = rig.look(*id).await.map(|look| look.state);
        let agrees = match model.last(*id) {
            Event::Due(_) | Event::Requeued(_) | Event::Crashed(_) => {
                matches!(state, Some(State::Waiting { .. }))
            }
            Event::Leased { .. } => matches!(state, Some(State::Running { .. })),
            Event::Done(_) => matches!(state, Some(State::Done { .. })),
            Event::Dead => matches!(state, Some(State::Dead { .. })),
            Event::Cancelled(_) => matches!(state, Some(State::Cancelled)),
            Event::Pruned => state.is_none(),
            Event::CancelAsked => unreachable!("it is asked of a task that goes on"),
        };
        assert!(agrees, "{state:?}, and {:?}", model.of(*id).collect::<Vec<_>>());
    }
}

async fn step(rig: &Rig, model: &mut Model, operation: &Operation) {
    let now = model.now;
    match operation {
        Operation::Pass(millis) => {
            model.now += millis;
            rig.advance(Duration::from_millis(*millis)).await;
        }
        Operation::Push { priority, delay, key } => {
            let holder = key.and_then(|(key, _)| model.holder(key));
            let text = |(key, until): (u8, _)| Key { text: format!("key {key}"), until };
            let due = Due::In(Duration::from_millis(*delay));
            let row = NewRow { priority: *priority, due, key: key.map(text), ..greet() };
            let pushed = rig.push(row).await;
            assert_eq!(pushed.is_new, holder.is_none());
            if pushed.is_new {
                model.tasks.push((pushed.id, *priority, *key));
                model.add(pushed.id, Event::Due(now + delay));
            } else {
                assert_eq!(Some(pushed.id), holder);
            }
        }
        Operation::Lease(room) => {
            let expected = model.next(*room);
            let leases = rig.lease(&ask(*room)).await;
            assert_eq!(crate::rig::ids(&leases), expected);
            for leased in leases.rows {
                let event = Event::Leased { lease: model.leases.len(), until: now + LEASE };
                model.add(leased.row.id, event);
                model.leases.push(leased);
            }
        }
        Operation::Settle(which, end) => settle(rig, model, *which, *end).await,
        Operation::Beat(which) => {
            let Some((index, leased)) = chosen(model, *which) else { return };
            let id = leased.row.id;
            let expected = match model.holds(&leased, index) {
                false => Beat::Lost,
                true if model.is_called_off(id) => Beat::CancelRequested,
                true => Beat::Kept,
            };
            let span = Duration::from_millis(LEASE);
            let beat = rig.engine.beat(&[leased.held()], span).await.expect("an engine");
            assert_eq!(beat, [expected]);
            if expected != Beat::Lost {
                model.add(id, Event::Leased { lease: index, until: now + LEASE });
            }
            if expected == Beat::CancelRequested {
                model.add(id, Event::CancelAsked);
            }
        }
        Operation::Recover => recover(rig, model).await,
        Operation::Cancel(which) => {
            let Some(id) = task(model, *which) else { return };
            let expected = match model.last(id) {
                Event::Pruned => None,
                Event::Leased { .. } => Some(Cancelled::Requested),
                _ if model.is_open(id) => Some(Cancelled::BeforeStart),
                _ => Some(Cancelled::TooLate),
            };
            let cancelled = rig.engine.cancel(id, HOUR).await.expect("an engine that works");
            assert_eq!(cancelled, expected);
            match expected {
                Some(Cancelled::Requested) => model.add(id, Event::CancelAsked),
                Some(Cancelled::BeforeStart) => model.add(id, Event::Cancelled(now + KEEP)),
                Some(Cancelled::TooLate) | None => {}
            }
        }
        Operation::Requeue(which) => {
            let Some(id) = task(model, *which) else { return };
            let one = Selection { ids: vec![id], ..Selection::default() };
            let requeued = rig.engine.requeue(&one).await.expect("an engine that works");
            assert_eq!(requeued == 1, model.last(id) == Event::Dead);
            if requeued == 1 {
                model.add(id, Event::Requeued(now));
            }
        }
        Operation::Prune => {
            let over = |id: &TaskId| match model.last(*id) {
                Event::Done(until) | Event::Cancelled(until) => until <= now,
                _ => false,
            };
            let over: Vec<_> = model.tasks.iter().map(|task| task.0).filter(over).collect();
            let pruned = rig.engine.prune(1_000).await.expect("an engine that works");
            assert_eq!(pruned, over.len() as u64);
            for id in over {
                model.add(id, Event::Pruned);
            }
        }
    }
}

async fn settle(rig: &Rig, model: &mut Model, which: Index, end: End) {
    let Some((index, leased)) = chosen(model, which) else { return };
    let (id, now) = (leased.row.id, model.now);
    let is_called_off = model.is_called_off(id);
    let (transition, event) = match end {
        End::Done => (done(), Event::Done(now + KEEP)),
        End::Cancelled => (Transition::Cancelled, Event::Cancelled(now + KEEP)),
        End::Dead => {
            let error = "no".to_owned();
            (Transition::Dead { reason: GiveUp::Permanent, error }, Event::Dead)
        }
        End::Again(millis) => {
            let span = Duration::from_millis(millis);
            let event =
                if is_called_off { Event::Cancelled(now + KEEP) } else { Event::Due(now + millis) };
            (Transition::Again(span), event)
        }
    };
    let expected = match (model.holds(&leased, index), end) {
        (false, _) => Settled::Fenced,
        (true, End::Again(_)) if is_called_off => Settled::Cancelled,
        (true, _) => Settled::Written,
    };
    let settled = rig.engine.settle(&[settlement(&leased, transition)]).await;
    assert_eq!(settled.expect("an engine that works"), [expected]);
    if expected != Settled::Fenced {
        model.add(id, event);
    }
}

async fn recover(rig: &Rig, model: &mut Model) {
    let now = model.now;
    let lost = |id: &TaskId| matches!(model.last(*id), Event::Leased { until, .. } if until <= now);
    let mut lost: Vec<_> = model.tasks.iter().map(|task| task.0).filter(lost).collect();
    let mut recovered = rig.recovered().await;
    recovered.sort_unstable_by_key(|recovered| recovered.id);
    lost.sort_unstable();
    let ids: Vec<_> = recovered.iter().map(|recovered| recovered.id).collect();
    assert_eq!(ids, lost);
    for id in lost {
        let crashes =
            model.life(id).iter().filter(|event| matches!(event, Event::Crashed(_))).count();
        let event = if model.is_called_off(id) {
            Event::Cancelled(now + 24 * KEEP)
        } else {
            Event::Crashed(now + 1_000 * 2_u64.pow(u32::try_from(crashes).expect("few")))
        };
        model.add(id, event);
    }
}

fn chosen(model: &Model, which: Index) -> Option<(usize, Leased)> {
    let leases = &model.leases;
    let index = (!leases.is_empty()).then(|| which.index(leases.len()))?;
    Some((index, leases[index].clone()))
}

fn task(model: &Model, which: Index) -> Option<TaskId> {
    let tasks = &model.tasks;
    (!tasks.is_empty()).then(|| tasks[which.index(tasks.len())].0)
}

//! `Bulkhead`: calls within calls, each in a bulkhead of its own, deeper than what is remembered
//! without an allocation.

use persevere::deadline::without_deadline;
use persevere::{Bulkhead, Rejection};

/// As many as one can enter, of one permit each.
type All = [Bulkhead; 12];

const fn all() -> All {
    [const { Bulkhead::new(1) }; 12]
}

/// Whether a call runs in each of them: it shares the permit of the call around it, or takes the free
/// one. Those in which the calls around it are set aside, the first ones, are full.
fn assert_runs(all: &All, set_aside: usize) {
    for (index, bulkhead) in all.iter().enumerate() {
        let free_within = bulkhead.call_blocking(|| Ok(bulkhead.available()));
        let expected = if index < set_aside { Err(Rejection::BulkheadFull) } else { Ok(0) };
        assert_eq!(free_within, expected, "in bulkhead {index}");
    }
}

/// Enters those from `depth` on, one within the other, and looks on the way in and out.
fn nest(all: &All, depth: usize, set_aside: usize) {
    assert_runs(all, set_aside);
    if let Some(bulkhead) = all.get(depth) {
        let entered = bulkhead.call_blocking(|| {
            nest(all, depth + 1, set_aside);
            Ok::<_, Rejection>(())
        });
        assert_eq!(entered, Ok(()));
        assert_runs(all, set_aside);
    }
}

/// Enters the first ones, one within the other, and runs `body` there.
fn within(entered: &[Bulkhead], body: &dyn Fn()) {
    match entered {
        [] => body(),
        [first, rest @ ..] => {
            let run = || {
                within(rest, body);
                Ok::<_, Rejection>(())
            };
            assert_eq!(first.call_blocking(run), Ok(()));
        }
    }
}

#[test]
fn however_deep_a_call_shares_the_permits_around_it_and_no_others() {
    let all = all();
    nest(&all, 0, 0);
    assert!(all.iter().all(|bulkhead| bulkhead.available() == 1));
}

#[test]
fn however_deep_what_is_set_aside_is_shared_afterwards_and_not_within() {
    for depth in 0..=12 {
        let all = all();
        within(&all[..depth], &|| {
            without_deadline(|| nest(&all, depth, depth));
            assert_runs(&all, 0);
        });
    }
}

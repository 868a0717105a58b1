//! What generated code names, the types and traits in the signatures of that, and nothing else. Not public
//! API: it may change in any release, so that the facade calls it by its version.

pub(crate) mod arguments;
pub(crate) mod borrowing;
mod forgotten;
pub(crate) mod held;
#[cfg_attr(
    not(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    )),
    path = "no_timer.rs"
)]
mod on_timer;
pub(crate) mod probe;
pub(crate) mod shown;
pub(crate) mod spelling;
pub(crate) mod used;

pub use core::marker::Sized;
pub use core::ops::FnOnce;
pub use core::option::Option::{self, None, Some};
pub use core::pin::Pin;
pub use core::result::Result::{Err, Ok};
pub use core::time::Duration;
pub use core::{assert, concat, file, line, module_path};

pub use crate::call::Call;
pub use crate::call::attempt::Attempt;
pub use crate::call::bodies::{Bodies, Body};
pub use crate::call::earlier::{earlier_error, earlier_rest, keep, last, take_error, take_rest};
#[cfg(feature = "tasks")]
pub use crate::call::elsewhere::Elsewhere;
#[cfg(feature = "chaos")]
pub use crate::call::faults::{FaultByRejection, FaultOfOption, Faults, NoFault, traits as faults};
pub use crate::call::hedges::{OfFunction, of_function};
pub use crate::call::hook::{
    Answer, AnswerLater, AnswerNow, Fallback, FromRejection, Instead, NoFallback, Nothing,
    fallback, fallback_blocking, fallback_blocking_holding, fallback_holding, hook, hook_holding,
    instead, nothing, rejected, rejected_before, used_up,
};
#[cfg(feature = "chaos")]
pub use crate::call::perturb::{
    Acted, Perturb, Perturbed, name_of, perturbed_blocking, perturbed_by, rest,
};
pub use crate::call::retry::Retry;
pub use crate::call::settle::{
    again, attempt, cancelled, failed, is_answer, is_given_up, is_retried, never, parts_of,
    succeeded, succeeded_late,
};
pub use crate::call::sleep::{SleepBy, begin, sleep_blocking_in, sleep_by, sleep_for, slept};
pub use crate::call::slot::{RetrySlot, end};
pub use crate::call::stages::{
    attempt_failed, attempt_polled, attempt_succeeded, begin_attempt, begin_call, breaker, budget,
    refused,
};
pub use crate::call::time_limits::{
    deadline_in_force, deadline_in_force_on, timeout_in_force, timeout_in_force_on, timeout_on,
};
pub use crate::call::turn::{
    HeldTurn, begin_anew, holding_turn, paced, take_turn_blocking, take_turn_by,
};
pub use crate::call::upstream::{
    CutsAttempts, begin_attempt_if_any, breaker_of, budget_of, bulkhead_of, count_call, permit_of,
    policy_of, timeout_of, upstream, within_upstream,
};
pub use crate::classify::attempt_end::AttemptEnd;
pub use crate::classify::judge::{
    Answers, Decides, Forward, Listed, NamedIn, Polled, Wait, after, classified, decided, find,
    forwarded, health, into_verdict, named, polled, retried, unless_refused, when, when_made,
};
pub use crate::classify::outcome::Outcome;
pub use crate::classify::stopped::Stopped;
pub use crate::classify::{Classify, Verdict};
pub use crate::events::name::Name;
pub use crate::events::site::Site;
pub use crate::events::text::Text;
pub use crate::generated::arguments::{
    CloneArgument, FreshArgument, UnmovedArgument, clone_argument, duration, fresh_argument,
    policy, unmoved_argument, with_exponential_base, with_jitter,
};
pub use crate::generated::borrowing::{
    Lent, NothingLent, NothingLentBySelf, Owned, owned, owned_without_self, questions as lent,
};
pub use crate::generated::forgotten::*;
pub use crate::generated::held::{
    AllOf, Dropped, Held, HeldIfSend, Holder, Kept, NoneOf, NotHeld, Remains, Shape, can_be_ended,
    can_end, ended, failure_if, keep_failure, remains, shape_of, whole_of,
};
pub use crate::generated::on_timer::*; // as much of a timer as is enabled
pub use crate::generated::probe::{
    AnyError, ErrorBehind, ErrorByItself, ErrorWithSources, NotAnError, Probe, ask, id, owned_id,
};
pub use crate::generated::shown::{
    ByDebug, ByDisplay, ByName, ByOwnDebug, ByOwnDisplay, Shows, text,
};
pub use crate::generated::spelling::{PartsOfFuture, SpeltOut, parts as spelt};
pub use crate::generated::used::{
    Asked, Before, ByIntoIter, ByIterator, ByOutcome, ByOwner, ByValue, Left, Repeated, UsedUp,
    first_used, left, repeated,
};
pub use crate::layers::budget::Budget;
pub use crate::layers::bulkhead::admit::{
    Admission, AdmissionIfAny, MayWait, admit_blocking, admit_by, admit_if_any_blocking,
    admit_if_any_by, bulkhead,
};
pub use crate::layers::bulkhead::nested::{Holding, MayHold, held, hold};
pub use crate::layers::bulkhead::report::{admitted_failed, admitted_polled, completed};
pub use crate::layers::bulkhead::within::{HoldingWithin, Within, held_within, hold_within};
pub use crate::layers::hedge::key::{HedgeSetting, hedge, hedged_by, judged, max, result_of};
pub use crate::layers::hedge::plan::{After, HedgePlan};
pub use crate::layers::hedge::{Hedge, Latency, Unlimited};
pub use crate::layers::rate::pace::Paced;
#[cfg(feature = "chaos")]
pub use crate::overrides::is_any_breaking;
pub use crate::policy::Policy;
pub use crate::policy::jitter::Jitter;
pub use crate::primitives::entered::{Enter, Entered};
pub use crate::time::limit::{Limit, Limited, within_by};
pub use crate::time::timeline::{Enclosed, Timeline, enclose, enclosed};

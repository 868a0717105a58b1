//! What generated code names. Not public API: it may change in any release.

pub use core::marker::Sized;
pub use core::ops::FnOnce;
pub use core::option::Option::{self, None, Some};
pub use core::pin::Pin;
pub use core::result::Result::{Err, Ok};
pub use core::time::Duration;
pub use core::{concat, file, line, module_path};

pub use crate::arguments::{
    CloneArgument, FreshArgument, UnmovedArgument, clone_argument, duration, fresh_argument,
    policy, unmoved_argument, with_exponential_base, with_jitter,
};
pub use crate::bulkhead::admit::{Place, admit_blocking, admit_by, bulkhead};
pub use crate::bulkhead::nested::{InPlace, held, hold};
pub use crate::call::Call;
pub use crate::closure::asked::judged_by_closure;
pub use crate::due::{Due, end};
pub use crate::earlier::{earlier_error, earlier_rest, keep, last, take_error, take_rest};
pub use crate::hedge::Unlimited;
pub use crate::hedge::key::{Ended, HedgeSetting, hedge, hedged_by, judged, max, result_of};
pub use crate::hedge::plan::{After, Plan};
pub use crate::hook::{
    Answer, AnswerLater, AnswerNow, FromRejection, Instead, Nothing, fallback, fallback_blocking,
    hook, instead, nothing, rejected,
};
pub use crate::judge::{
    Answers, Forward, Listed, Wait, after, classified, decided, find, forwarded, into_verdict,
    retried, unless_refused, when,
};
pub use crate::layers::{
    acquire, acquire_within, attempt_failed, attempt_succeeded, breaker, budget, budget_within,
    refused,
};
pub use crate::lent::{
    Lent, NothingLent, NothingLentBySelf, Owned, owned, owned_without_self, questions as lent,
};
pub use crate::name::Name;
pub use crate::one_line::OneLine;
pub use crate::outcome::Outcome;
pub use crate::probe::{
    AnyError, ErrorBehind, ErrorByItself, ErrorWithSources, NotAnError, Probe, ask, id, owned_id,
};
pub use crate::progress::Retry;
pub use crate::settle::{again, attempt, failed, parts_of, succeeded, succeeded_late};
pub use crate::site::Site;
pub use crate::sleep::{SleepBy, begin, sleep_blocking, sleep_by, sleep_for, slept};
pub use crate::span_text::SpanText;
pub use crate::spelt::{PartsOfFuture, SpeltOut, parts as spelt};
pub use crate::text::Text;
pub use crate::timeline::{Enclosed, Limit, Race, Timeline, enclose, enclosed, race};
pub use crate::timer::*; // as much of a timer as is enabled
pub use crate::told::Told;
pub use crate::{Attempt, Budget, Classify, Hedge, Jitter, Policy, Verdict};

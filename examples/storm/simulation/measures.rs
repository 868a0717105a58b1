//! The figures of a trace of [`Stall`].

use std::ops::Range;
use std::time::Duration;

use super::agenda::Moment;
use super::stall::Stall;
use super::strategy::Strategy;
use super::trace::{Trace, What};

/// The figures of a strategy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measures {
    /// The share of the calls of the first minute, long before the stall, that succeeded.
    pub(crate) before: f64,
    /// From the stall's end until calls succeed again, and go on to; `None` if they never do.
    pub(crate) recovery: Option<Duration>,
    /// Requests sent during the stall for each call that began in it.
    pub(crate) amplification: f64,
    /// The share of the calls that began with the stall or later, and succeeded.
    pub(crate) succeeded: f64,
    /// The 99th percentile of their durations, retries and waits included.
    pub(crate) p99: Option<Duration>,
    /// The share of the server's answers since the stall that nobody waited for.
    pub(crate) wasted: f64,
    /// Calls that succeeded in each second.
    pub(crate) goodput: Vec<u32>,
}

/// The minimum time of good seconds, up to the end, that counts as a recovery.
const STEADY: usize = 30;

/// A second is good if that share of the calls that begin in it succeed.
const GOOD: f64 = 0.9;

#[derive(Clone, Copy)]
struct Fate {
    begun: Moment,
    succeeded: Option<Moment>,
}

impl Fate {
    /// The time until it succeeded.
    fn took(&self) -> Option<Duration> {
        self.succeeded.map(|at| at.saturating_sub(self.begun))
    }
}

impl Measures {
    /// Runs that strategy in that model.
    pub(crate) fn taken(model: &Stall, strategy: &Strategy, seed: u64) -> Self {
        Self::of(&model.run(strategy, seed), model)
    }

    pub(crate) fn of(trace: &Trace, model: &Stall) -> Self {
        let fates = fates(trace);
        let until = |end: Moment| fates.partition_point(|fate| fate.begun < end);
        let before = &fates[..until(Moment::from_mins(1))];
        let since = &fates[until(model.outage.start)..];
        let mut took: Vec<Duration> = since.iter().filter_map(Fate::took).collect();
        took.sort_unstable();
        let steps = |what: What, within: Range<Moment>| {
            trace.iter().filter(|step| step.what == what && within.contains(&step.at)).count()
        };
        let after = model.outage.end..model.end;
        let answers = [What::Wasted, What::Succeeded, What::Failed];
        let [wasted, succeeded, failed] = answers.map(|what| steps(what, after.clone()));
        Self {
            before: share(before.iter().filter_map(Fate::took).count(), before.len()),
            recovery: recovery(&fates, model),
            amplification: share(
                steps(What::Sent, model.outage.clone()),
                steps(What::Begun, model.outage.clone()),
            ),
            succeeded: share(took.len(), since.len()),
            p99: percentile(&took, 99),
            wasted: share(wasted, wasted + succeeded + failed),
            goodput: goodput(trace, model),
        }
    }
}

fn fates(trace: &Trace) -> Vec<Fate> {
    let mut fates = Vec::new();
    for step in trace {
        match step.what {
            What::Begun => fates.push(Fate { begun: step.at, succeeded: None }),
            What::Succeeded => fates[step.call as usize].succeeded = Some(step.at),
            _ => {}
        }
    }
    fates
}

fn recovery(fates: &[Fate], model: &Stall) -> Option<Duration> {
    let mut seconds = vec![(0, 0); whole_seconds(model.end.saturating_sub(model.outage.end))];
    for fate in fates.iter().filter(|fate| fate.begun >= model.outage.end) {
        let since = fate.begun.saturating_sub(model.outage.end);
        let (begun, succeeded) = &mut seconds[whole_seconds(since)];
        *begun += 1;
        *succeeded += usize::from(fate.succeeded.is_some());
    }
    let is_bad = |&(begun, succeeded): &(usize, usize)| share(succeeded, begun) < GOOD;
    let recovered = seconds.iter().rposition(is_bad).map_or(0, |last| last + 1);
    let is_steady = seconds.len() - recovered >= STEADY;
    is_steady.then(|| Duration::from_secs(recovered as u64))
}

fn goodput(trace: &Trace, model: &Stall) -> Vec<u32> {
    let mut seconds = vec![0; whole_seconds(model.end)];
    for step in trace.iter().filter(|step| step.what == What::Succeeded && step.at < model.end) {
        seconds[whole_seconds(step.at)] += 1;
    }
    seconds
}

fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

#[allow(clippy::cast_possible_truncation, reason = "a few minutes")]
fn whole_seconds(span: Duration) -> usize {
    span.as_secs() as usize
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2⁵³")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

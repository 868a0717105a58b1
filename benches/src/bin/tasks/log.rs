//! What tasks note when they begin: their kind, their number, the attempt, when they were stored, and
//! when the attempt began, both in microseconds since 1970.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep};

pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) number: usize,
    pub(crate) attempt: u32,
    pub(crate) at: u64,
    pub(crate) began: u64,
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_micros()).expect("before the year 500,000")
}

pub(crate) fn read(log: &Path) -> Vec<Line> {
    let text = fs::read_to_string(log).unwrap_or_default();
    // The last line may not be whole yet.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let line = |line: &str| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("`{line}` in {}", log.display()));
        let what = word().to_owned();
        let mut number =
            || word().parse::<u64>().unwrap_or_else(|_| panic!("`{line}` in {}", log.display()));
        Line {
            what,
            number: usize::try_from(number()).expect("a number of a task"),
            attempt: u32::try_from(number()).expect("a number of an attempt"),
            at: number(),
            began: number(),
        }
    };
    whole.lines().map(line).collect()
}

/// Waits until a log has that many lines; `false` if for `patience` none is added.
pub(crate) async fn reaches(log: &Path, lines: usize, patience: Duration) -> bool {
    let (mut seen, mut since) = (0, Instant::now());
    loop {
        let count = fs::read_to_string(log).unwrap_or_default().matches('\n').count();
        if count >= lines {
            return true;
        }
        if count > seen {
            (seen, since) = (count, Instant::now());
        } else if since.elapsed() > patience {
            return false;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

//! Lists of waits that are read while the program runs.
//!
//! A [`Policy`] refers to its list for as long as the process lives, so that it stays `Copy`. A list that
//! is read from a text or a file is therefore kept, once for all that are equal: a program that reads its
//! configuration again and again keeps no more than it has different lists.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::InvalidPolicy;
#[cfg(doc)]
use crate::policy::Policy;

/// Far more than anybody writes; the last one repeats.
const MOST_WAITS: usize = 64;

/// With those, what is kept is half a megabyte at most.
const MOST_LISTS: usize = 1024;

static LISTS: Mutex<BTreeSet<&'static [Duration]>> = Mutex::new(BTreeSet::new());

/// `list`, kept until the process ends.
pub(super) fn kept(list: &[Duration]) -> Result<&'static [Duration], InvalidPolicy> {
    if list.is_empty() {
        return Err(InvalidPolicy::new(
            "`policy` is a list without a wait: write one, as in `[1s]`, or `none` for no retries",
        ));
    }
    if list.len() > MOST_WAITS {
        return Err(InvalidPolicy::new(format!(
            "`policy` is a list of {} waits, and one has {MOST_WAITS} at most: the last wait repeats",
            list.len()
        )));
    }
    let mut lists = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lists.get(list) {
        return Ok(known);
    }
    if lists.len() >= MOST_LISTS {
        return Err(InvalidPolicy::new(format!(
            "this process has read {MOST_LISTS} different lists of waits, and keeps no more: write \
             `base_delay` and `exponential_base`, or a list that it has read before"
        )));
    }
    let list: &'static [Duration] = Box::leak(list.into());
    lists.insert(list);
    Ok(list)
}

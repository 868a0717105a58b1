//! [`Waiters`]: the tasks that wait for one word, and are woken by it.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::PoisonError;
use std::task::Waker;

use crate::primitives::sync::{Mutex, MutexGuard};

/// The number of places that are kept where nobody waits: 16 KiB.
const KEPT: usize = 1024;

/// The wakers of what waits, until they are all woken, once and for good.
pub(super) struct Waiters(Mutex<List>);

/// As small as it can be: every wait for a retry is in a list, and there may be many.
struct List {
    slots: Vec<Slot>,
    /// The first free slot.
    free: Option<Place>,
    waiting: usize,
    is_over: bool,
}

enum Slot {
    /// With the next free one.
    Free(Option<Place>),
    Waits(Waker),
}

/// A place in the list, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(NonZeroU32);

impl Place {
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    fn at(index: usize) -> Option<Self> {
        u32::try_from(index + 1).ok().and_then(NonZeroU32::new).map(Self)
    }
}

impl Waiters {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(List { slots: Vec::new(), free: None, waiting: 0, is_over: false }))
    }

    /// Waits, at `place` if it waits already. Returns whether all have been woken.
    pub(super) fn wait(&self, place: &mut Option<Place>, waker: &Waker) -> bool {
        if let Some(place) = *place {
            let list = self.lock();
            if list.is_over || list.wakes(place, waker) {
                return list.is_over;
            }
        }
        self.wait_with(place, waker)
    }

    /// As `wait`, with a waker that is not at `place`.
    #[cold]
    fn wait_with(&self, place: &mut Option<Place>, waker: &Waker) -> bool {
        // Cloned before, and dropped after the lock is held: wakers may run anything.
        let waker = waker.clone();
        let mut list = self.lock();
        if list.is_over {
            drop(list);
            return true;
        }
        let before = match *place {
            Some(place) => Some(list.put(place, waker)),
            None => {
                *place = list.add(waker);
                None
            }
        };
        drop(list);
        drop(before);
        false
    }

    /// Waits no more.
    pub(super) fn leave(&self, place: Place) {
        let mut list = self.lock();
        let waker = list.remove(place);
        drop(list);
        drop(waker);
    }

    /// Wakes all that wait. Who waits from now on has been woken.
    pub(super) fn wake(&self) {
        let mut list = self.lock();
        list.is_over = true;
        let slots = std::mem::take(&mut list.slots);
        list.free = None;
        drop(list);
        for slot in slots {
            if let Slot::Waits(waker) = slot {
                waker.wake();
            }
        }
    }

    /// No user code runs under the lock, and nothing panics there.
    fn lock(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    fn add(&mut self, waker: Waker) -> Option<Place> {
        if let Some(place) = self.free {
            let slot = self.slots.get_mut(place.index())?;
            let Slot::Free(next) = *slot else { return None };
            self.free = next;
            *slot = Slot::Waits(waker);
            self.waiting += 1;
            return Some(place);
        }
        let place = Place::at(self.slots.len())?;
        self.slots.push(Slot::Waits(waker));
        self.waiting += 1;
        Some(place)
    }

    /// Whether what waits at `place` is woken by a waker like that.
    fn wakes(&self, place: Place, waker: &Waker) -> bool {
        match self.slots.get(place.index()) {
            Some(Slot::Waits(kept)) => kept.will_wake(waker),
            Some(Slot::Free(_)) | None => false,
        }
    }

    /// Puts a waker in the place of another, which is returned.
    fn put(&mut self, place: Place, waker: Waker) -> Waker {
        match self.slots.get_mut(place.index()) {
            Some(Slot::Waits(before)) => std::mem::replace(before, waker),
            Some(Slot::Free(_)) | None => waker,
        }
    }

    fn remove(&mut self, place: Place) -> Option<Waker> {
        let slot = self.slots.get_mut(place.index())?; // they are gone once they have been woken
        if matches!(slot, Slot::Free(_)) {
            return None;
        }
        let Slot::Waits(waker) = std::mem::replace(slot, Slot::Free(self.free)) else {
            return None;
        };
        self.free = Some(place);
        self.waiting -= 1;
        if self.waiting == 0 {
            self.free = None;
            self.slots.clear();
            self.slots.shrink_to(KEPT); // lets go of the memory of a peak
        }
        Some(waker)
    }
}

impl fmt::Debug for Waiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiters").finish_non_exhaustive()
    }
}

//! Returned borrows from a `&mut` argument, by a lifetime that the signature does not spell.

#![allow(mismatched_lifetime_syntaxes)]

use persevere::retry;
use std::pin::Pin;

struct Store(Vec<u8>);

struct Entry<'a>(&'a mut u8);

mod aliased {
    pub type Entries<'a> = Vec<super::Entry<'a>>;
}

#[retry(on = _)]
fn of_argument(store: &mut Store) -> Result<Entry, ()> {
    store.0.first_mut().map(Entry).ok_or(())
}

#[retry(on = _)]
async fn of_argument_async(store: &mut Store) -> Option<Entry> {
    store.0.first_mut().map(Entry)
}

impl Store {
    #[retry(on = _)]
    fn of_self(&mut self, _key: &str) -> Result<Option<Entry>, std::fmt::Error> {
        Ok(self.0.first_mut().map(Entry))
    }

    #[retry(on = _)]
    async fn of_self_async(&mut self) -> Result<aliased::Entries, ()> {
        Ok(self.0.iter_mut().map(Entry).collect())
    }

    #[retry(on = _)]
    fn of_pinned_self(self: Pin<&mut Self>) -> Result<Entry, ()> {
        self.get_mut().0.first_mut().map(Entry).ok_or(())
    }

    #[retry(on = _)]
    fn in_box(&mut self) -> Result<Box<dyn Iterator<Item = &mut u8> + '_>, ()> {
        Ok(Box::new(self.0.iter_mut()))
    }
}

trait Take {
    type Taken;

    fn take(self) -> Result<Self::Taken, ()>;
    fn take_by_type(self) -> Result<Self::Taken, ()>;
    fn all(self) -> Option<Self>
    where
        Self: Sized;
}

impl<'a> Take for &'a mut Store {
    type Taken = Entry<'a>;

    #[retry(on = _)]
    fn take(self) -> Result<Entry<'a>, ()> {
        self.0.first_mut().map(Entry).ok_or(())
    }

    #[retry(on = _)]
    fn take_by_type(self) -> Result<Self::Taken, ()> {
        self.0.first_mut().map(Entry).ok_or(())
    }

    #[retry(on = _)]
    fn all(self) -> Option<Self> {
        Some(self)
    }
}

#[retry(on = _)]
fn of_either<'a>(one: &'a mut Store, other: &'a mut Store) -> Result<Entry<'a>, ()> {
    one.0.first_mut().or(other.0.first_mut()).map(Entry).ok_or(())
}

fn main() {}

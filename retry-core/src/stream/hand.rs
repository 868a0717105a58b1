//! [`Handed`]: a future that hands out items as it runs, as a stream.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

/// Where one item lies until it is taken.
#[derive(Debug)]
struct Hand<I>(Mutex<Option<I>>);

impl<I> Hand<I> {
    fn replace(&self, item: Option<I>) -> Option<I> {
        let mut lies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut lies, item)
    }
}

/// The future's side.
#[derive(Debug)]
pub(super) struct Giver<I>(Arc<Hand<I>>);

impl<I> Clone for Giver<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The stream's side.
#[derive(Debug)]
pub(super) struct Items<I>(Arc<Hand<I>>);

pub(super) fn hand<I>() -> (Giver<I>, Items<I>) {
    let hand = Arc::new(Hand(Mutex::new(None)));
    (Giver(Arc::clone(&hand)), Items(hand))
}

impl<I> Giver<I> {
    /// Hands out `item`. The future goes on when the next one is asked for.
    pub(super) fn give(&self, item: I) -> Given {
        self.0.replace(Some(item));
        Given { is_taken: false }
    }
}

/// Is ready at its second poll, which is that for the next item.
pub(super) struct Given {
    is_taken: bool,
}

impl Future for Given {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.is_taken, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

pin_project_lite::pin_project! {
    /// The stream of what a future hands out.
    #[must_use = "streams do nothing unless polled"]
    pub(super) struct Handed<F, I> {
        items: Items<I>,
        // Until it has ended.
        #[pin]
        future: Option<F>,
    }
}

impl<F, I> Handed<F, I> {
    pub(super) fn new(items: Items<I>, future: F) -> Self {
        Self { items, future: Some(future) }
    }
}

impl<F: Future<Output = ()>, I> Stream for Handed<F, I> {
    type Item = I;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<I>> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let has_ended = future.poll(context).is_ready();
        if has_ended {
            this.future.set(None);
        }
        match this.items.0.replace(None) {
            Some(item) => Poll::Ready(Some(item)),
            None if has_ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

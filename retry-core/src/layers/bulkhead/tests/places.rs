//! The queue before the places.

use std::future::Future as _;
use std::task::{Context, Poll};

use super::super::places::Places;

#[test]
fn a_place_that_comes_free_on_the_way_to_the_queue_is_given_back_unpolled() {
    let places = Places::new(1);
    let queued = places.join(1);
    assert!(queued.is_some());
    assert_eq!((places.free(), places.waiting()), (0, 0));
    drop(queued);
    assert_eq!(places.free(), 1);
}

#[test]
fn a_turn_hands_over_one_place_however_often_it_is_polled() {
    let places = Places::new(1);
    let mut queued = std::pin::pin!(places.join(1).expect("there is room"));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let Poll::Ready(permit) = queued.as_mut().poll(&mut context) else { panic!("it is free") };
    assert!(queued.as_mut().poll(&mut context).is_pending());
    drop(permit);
    assert_eq!(places.free(), 1);
}

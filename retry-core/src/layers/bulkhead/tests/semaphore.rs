//! The queue for the permits.

use std::future::Future as _;
use std::task::{Context, Poll};

use super::super::semaphore::Semaphore;

#[test]
fn a_permit_that_comes_free_on_the_way_to_the_queue_is_given_back_unpolled() {
    let semaphore = Semaphore::new(1);
    let queued = semaphore.join(1, None);
    assert!(queued.is_some());
    assert_eq!((semaphore.free(), semaphore.waiting()), (0, 0));
    drop(queued);
    assert_eq!(semaphore.free(), 1);
}

#[test]
fn a_caller_in_the_queue_gets_one_permit_however_often_it_is_polled() {
    let semaphore = Semaphore::new(1);
    let mut queued = std::pin::pin!(semaphore.join(1, None).expect("there is room"));
    let mut context = Context::from_waker(std::task::Waker::noop());
    let Poll::Ready(permit) = queued.as_mut().poll(&mut context) else { panic!("it is free") };
    assert!(queued.as_mut().poll(&mut context).is_pending());
    drop(permit);
    assert_eq!(semaphore.free(), 1);
}

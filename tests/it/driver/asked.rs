//! Waits that a failure asks for, beyond `max_delay`: a driver may make them.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use persevere::driver::{Driver, Failed, Next, Progress};
use persevere::{Jitter, Policy, Verdict, testing};

#[test]
fn a_wait_that_is_asked_for_is_made_whatever_the_jitter() {
    let asked = Duration::from_hours(1);
    let _scope = testing::seeded(7).on_this_thread();
    for (jitter, longest) in [
        (Jitter::None, asked),
        (Jitter::Proportional(0.25), asked.mul_f64(1.25)),
        (Jitter::Full, asked + Duration::from_secs(10)),
        (Jitter::Equal, asked + Duration::from_secs(5)),
        (Jitter::Decorrelated, asked + Duration::from_secs(30)),
    ] {
        let policy = Policy::DEFAULT
            .with_base_delay(Duration::from_secs(10))
            .with_max_delay(Duration::from_secs(10))
            .with_jitter(jitter);
        let driver = Driver::named("asked", policy).waits_as_asked();
        let mut progress = Progress::NONE;
        for _ in 0..5 {
            let call = driver.resume(progress, Duration::ZERO);
            let error = Failed::new(Verdict::TRANSIENT.with_retry_after(asked), &"429");
            let Next::Retry(retry) = call.failed(error) else { panic!("5 retries are left") };
            progress = retry.hand_over();
            assert!((asked..=longest).contains(&progress.delay), "{jitter:?}: {progress:?}");
        }
    }
    let centuries = Failed::new(Verdict::TRANSIENT.with_retry_after(Duration::MAX), &"429");
    let next = Driver::named("asked", Policy::DEFAULT).waits_as_asked().begin().failed(centuries);
    let Next::Retry(retry) = next else { panic!("5 retries are left") };
    assert_eq!(retry.delay(), Duration::MAX);
}

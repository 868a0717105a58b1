//! [`Bodies`]: the bodies of a race, which are one attempt of their call.

use super::attempt::Attempt;
use crate::primitives::numbers::Numbers;

/// The bodies of a race, which ask for their [`Attempt`].
#[derive(Debug)]
pub struct Bodies<'a> {
    attempt: &'a Attempt,
    started: Numbers,
}

/// One body of a race.
#[derive(Debug)]
pub struct Body<'a> {
    race: &'a Attempt,
    seen: Attempt,
}

impl<'a> Bodies<'a> {
    /// Those of a race that is `attempt`.
    #[must_use]
    pub const fn of(attempt: &'a Attempt) -> Self {
        Self { attempt, started: Numbers::new() }
    }

    /// One that starts. A race polls each as it starts, so they are counted in that order.
    #[must_use]
    pub fn start(&self) -> Body<'a> {
        let hedge = self.started.next();
        Body { race: self.attempt, seen: self.attempt.of_hedge(hedge) }
    }
}

impl Body<'_> {
    /// What it sees of its attempt.
    #[must_use]
    pub const fn attempt(&self) -> &Attempt {
        &self.seen
    }

    /// It has ended: what it asked for counts.
    pub fn end(self) {
        self.race.ask_also(self.seen.steering());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::Steering;
    use crate::testing;

    #[test]
    fn bodies_are_numbered_and_what_they_ask_for_counts_as_they_end() {
        let attempt = testing::attempt(3);
        let bodies = Bodies::of(&attempt);
        let (first, second, third) = (bodies.start(), bodies.start(), bodies.start());
        let seen = [&first, &second, &third].map(|body| {
            let seen = body.attempt();
            (seen.hedge(), seen.number(), seen.previous_delay())
        });
        let waited = Some(Duration::from_secs(4));
        assert_eq!(seen, [(0, 3, waited), (1, 3, waited), (2, 3, waited)]);

        let asked = || attempt.steering();
        first.attempt().retry_in(Duration::from_secs(7));
        second.attempt().retry_in(Duration::from_secs(9));
        third.attempt().give_up();
        assert_eq!(asked(), Steering::default());
        second.end();
        assert_eq!((asked().delay, asked().give_up), (Some(Duration::from_secs(9)), false));
        drop(third); // cut in the middle
        first.end();
        assert_eq!((asked().delay, asked().give_up), (Some(Duration::from_secs(7)), false));
    }
}

//! [`AskedAgain`]: the pauses before an engine is asked again that does not answer.

use std::time::Duration;

use persevere_core::Policy;

const PAUSES: Policy = Policy::DEFAULT
    .with_base_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_secs(5));

/// How often in a row an engine did not answer.
#[derive(Debug, Default)]
pub(crate) struct AskedAgain(u32);

impl AskedAgain {
    /// It did not answer once more: the pause before it is asked again.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = PAUSES.delay(self.0);
        self.0 = self.0.saturating_add(1);
        pause
    }
}

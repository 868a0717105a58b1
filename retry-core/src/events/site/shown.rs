//! A [`Site`] for people: in one line, and in full.

use std::fmt;

use super::Site;
use crate::primitives::one_line::OneLine;

impl fmt::Display for Site {
    /// One line for people, such as `app::charge (src/pay.rs:41): retries 12, give-ups 3,
    /// late successes 9, upstream payments, last error: busy; policy default: up to 5 retries, 2 s × 2ᵏ, …`. It is one
    /// line, whatever the error says: see [`Event`](crate::Event).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}:{}): retries {}, give-ups {}, late successes {}",
            OneLine(self.name()),
            OneLine(self.file),
            self.line,
            self.retries(),
            self.give_ups(),
            self.late_successes(),
        )?;
        if let Some(upstream) = self.upstream() {
            write!(f, ", upstream {}", OneLine(upstream))?;
        }
        if self.polls() > 0 {
            write!(f, ", polls {}", self.polls())?;
        }
        if let Some(error) = self.last_error() {
            write!(f, ", last error: {}", error.text())?;
        }
        write!(f, "; policy {}: {}", OneLine(self.policy_name), self.policy())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("name", &self.name())
            .field("file", &self.file)
            .field("line", &self.line)
            .field("policy_name", &self.policy_name)
            .field("policy", &self.policy())
            .field("also", &self.also)
            .field("at_most", &self.at_most())
            .field("upstream", &self.upstream())
            .field("retries", &self.retries())
            .field("polls", &self.polls())
            .field("give_ups", &self.give_ups())
            .field("late_successes", &self.late_successes())
            .field("last_error", &self.last_error())
            .finish_non_exhaustive()
    }
}

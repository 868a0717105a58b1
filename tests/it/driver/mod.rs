//! Tests of retries whose loop is elsewhere.

mod asked;
mod budgets;
mod parity;
mod progress;

//! Tests of retries whose loop is elsewhere.

mod budgets;
mod parity;
mod progress;

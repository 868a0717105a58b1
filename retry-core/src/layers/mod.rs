//! What stands around a retry, each in a folder of its own: budgets, circuit breakers, bulkheads and
//! hedges, over the sliding window that two of them count in.

pub mod breaker;
pub mod budget;
pub mod bulkhead;
pub mod hedge;
pub(crate) mod window;

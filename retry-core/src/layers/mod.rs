//! The layers around a retry, each in a folder of its own: budgets, circuit breakers, bulkheads,
//! rates and hedges; upstreams, and one of them for each key; and the sliding window that budgets and circuit
//! breakers count in.

pub(crate) mod at;
pub mod breaker;
pub mod budget;
pub mod bulkhead;
pub mod hedge;
pub mod keyed;
pub mod rate;
pub(crate) mod shared;
pub mod upstream;
pub(crate) mod window;

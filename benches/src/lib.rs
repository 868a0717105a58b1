//! One function, retried by every library that retries: what each of them adds to it.
//!
//! [`subjects`] holds the same few functions once a library, [`harness`] what they are made of and
//! how they are run, [`table`] how what was measured is written down. `docs/performance.md` names
//! the command for each table.

pub mod children;
pub mod counts;
pub mod generated;
pub mod harness;
pub mod page;
pub mod rounds;
pub mod subjects;
pub mod table;

//! The table in force, what callers remember of it, and who brings layers in line with it.

mod asked;
#[path = "../../../src/overrides/coalesced.rs"]
mod coalesced;
#[path = "../../../src/overrides/lookout.rs"]
mod lookout;
mod remembered;
#[path = "../../../src/overrides/replaced.rs"]
mod replaced;
mod table;
mod watched;

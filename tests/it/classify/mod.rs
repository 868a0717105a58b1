//! Tests of classify.

mod at_most;
mod classification;
mod derive;
mod derive_forms;
mod erased;

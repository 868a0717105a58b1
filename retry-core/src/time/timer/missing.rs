//! What stands for a timer where none is enabled.

/// There is none to keep.
pub(crate) type Timer = ();

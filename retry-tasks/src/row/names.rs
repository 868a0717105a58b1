//! What rows of a task are found by.

use persevere_core::task::Task;

/// All names by which rows of a task may be found.
pub(crate) fn names<T: Task>() -> Vec<String> {
    std::iter::once(&T::NAME).chain(T::FORMERLY).map(|&name| name.to_owned()).collect()
}

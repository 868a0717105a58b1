//! How much is read of tasks at once.

use std::collections::HashMap;

use persevere_core::task::TaskId;

/// The first of these ids that have a size: one, and more as long as they have no more than `bytes` in all.
pub(crate) fn first_within(
    ids: &[TaskId],
    sizes: &HashMap<TaskId, u64>,
    bytes: u64,
) -> Vec<TaskId> {
    let mut sum = 0_u64;
    let mut first = Vec::new();
    for id in ids {
        let Some(size) = sizes.get(id) else { continue };
        sum = sum.saturating_add(*size);
        if sum > bytes && !first.is_empty() {
            break;
        }
        first.push(*id);
    }
    first
}

/// What is stored of a task, in bytes, as SQL has it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) const SIZE: &str = "\
    octet_length(args) + octet_length(envelope) + octet_length(progress) + octet_length(attempts) \
    + coalesce(octet_length(checkpoint), 0) + coalesce(octet_length(output), 0) \
    + coalesce(octet_length(error), 0)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_and_more_as_long_as_they_fit() {
        let ids = [1, 2, 3, 4].map(TaskId::from_u128);
        let sizes = |sizes: [u64; 4]| ids.into_iter().zip(sizes).collect::<HashMap<_, _>>();
        assert_eq!(first_within(&ids, &sizes([9, 1, 1, 1]), 5), ids[..1]);
        assert_eq!(first_within(&ids, &sizes([2, 3, 1, 1]), 5), ids[..2]);
        assert_eq!(first_within(&ids, &sizes([1, u64::MAX, 1, 1]), 5), ids[..1]);
        assert_eq!(first_within(&ids, &sizes([0; 4]), 0), ids);
        let known = HashMap::from([(ids[2], 7)]);
        assert_eq!(first_within(&ids, &known, 5), ids[2..3], "others are no more");
        assert!(first_within(&[], &known, 5).is_empty());
    }
}

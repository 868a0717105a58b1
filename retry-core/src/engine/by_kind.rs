//! [`ByKind`]: the retries of a call by the kind of failure that they followed.

/// The retries that a call has made after failures of kinds that have a limit of their own
/// ([`Verdict::at_most`](crate::Verdict::at_most)).
///
/// Three kinds are told from each other; all further ones are counted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByKind {
    /// The kinds, each with its retries; zero retries where no kind is.
    counts: [(u32, u32); KINDS],
    others: u32,
}

const KINDS: usize = 3;

impl ByKind {
    /// No retry yet.
    pub const NONE: Self = Self { counts: [(0, 0); KINDS], others: 0 };

    /// The retries after failures of `kind`.
    pub(crate) fn of(&self, kind: u32) -> u32 {
        let known = self.counts.iter().find(|(known, retries)| *known == kind && *retries > 0);
        match known {
            Some((_, retries)) => *retries,
            None if self.is_full() => self.others,
            None => 0,
        }
    }

    /// One more retry, after a failure of `kind`.
    pub(crate) fn count(&mut self, kind: u32) {
        self.add(kind, 1);
    }

    fn add(&mut self, kind: u32, more: u32) {
        let is_it = |(known, retries): &&mut (u32, u32)| *retries == 0 || *known == kind;
        match self.counts.iter_mut().find(is_it) {
            Some(count) => *count = (kind, count.1.saturating_add(more)),
            None => self.others = self.others.saturating_add(more),
        }
    }

    /// Whether no kind has a retry.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.counts[0].1 == 0
    }

    fn is_full(&self) -> bool {
        self.counts.iter().all(|(_, retries)| *retries > 0)
    }

    /// As it is stored: the kinds, numbers that are the same in every process, each with its retries. The
    /// number 0 stands for all further ones.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> {
        let others = (0, self.others);
        self.counts.into_iter().chain([others]).filter(|(_, retries)| *retries > 0)
    }

    /// From what was stored.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut read = Self::NONE;
        for (kind, retries) in entries {
            match kind {
                0 => read.others = read.others.saturating_add(retries),
                kind => read.add(kind, retries),
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::ByKind;

    #[test]
    fn each_kind_has_its_own_count_and_those_beyond_share_one() {
        let mut counts = ByKind::NONE;
        assert!(counts.is_none());
        for kind in [7, 8, 7, 9, 10, 11, 7] {
            counts.count(kind);
        }
        assert_eq!([7, 8, 9, 10, 11, 12].map(|kind| counts.of(kind)), [3, 1, 1, 2, 2, 2]);
        assert_eq!(ByKind::from_entries(counts.entries()), counts);
        assert_eq!(ByKind::from_entries([(7, 2)]).of(8), 0);
    }
}

//! [`Layer`]: the entries of one source.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Settings;
use super::pattern::{Pattern, UPSTREAM};

/// Where a layer of a table comes from; [`Explained`](super::Explained) shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A table that was read with `serde`.
    File,
    /// The environment variable `PERSEVERE`: [`Overrides::from_env`](super::Overrides::from_env).
    Environment,
    /// A table made in code, or from a text.
    Install,
    /// The table of a [scope](super::Overrides::scope).
    Scope,
}

impl fmt::Display for Source {
    /// `file`, `environment`, `install` or `scope`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Environment => "environment",
            Self::Install => "install",
            Self::Scope => "scope",
        })
    }
}

/// Patterns and settings, the most specific first, and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) source: Source,
    entries: BTreeMap<Pattern, Settings>,
}

impl Layer {
    pub(super) fn new(source: Source) -> Self {
        Self { source, entries: BTreeMap::new() }
    }

    pub(super) fn into_entries(self) -> BTreeMap<Pattern, Settings> {
        self.entries
    }

    /// The entries that match a call of the function, or a call on the upstream, the most specific first.
    pub(super) fn matching<'a>(
        &'a self,
        asked: &'a Asked<'a>,
    ) -> impl Iterator<Item = (&'a Pattern, &'a Settings)> {
        let named = asked.names().filter_map(|name| self.entries.get_key_value(&name));
        let stars = self.entries.range(Pattern::before_stars()..);
        named.chain(stars.filter(|(pattern, _)| asked.is_matched(pattern)))
    }
}

impl Deref for Layer {
    type Target = BTreeMap<Pattern, Settings>;

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl DerefMut for Layer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.entries
    }
}

/// What a table is asked about: a function, perhaps on an upstream.
pub(super) struct Asked<'a> {
    function: &'a str,
    /// As patterns have it, with `@`.
    upstream: Option<String>,
}

impl<'a> Asked<'a> {
    /// `@payments` alone is any call on that upstream.
    pub(super) fn new(function: &'a str, upstream: Option<&str>) -> Self {
        match (function.strip_prefix(UPSTREAM), upstream) {
            (Some(_), None) => Self { function: "", upstream: Some(function.to_owned()) },
            (_, upstream) => {
                Self { function, upstream: upstream.map(|name| format!("{UPSTREAM}{name}")) }
            }
        }
    }

    /// Any call on the upstream of that name.
    pub(super) fn of_upstream(name: &str) -> Self {
        Self { function: "", upstream: Some(format!("{UPSTREAM}{name}")) }
    }

    fn names(&self) -> impl Iterator<Item = Pattern> {
        [Some(self.function), self.upstream.as_deref()].into_iter().flatten().map(Pattern::new)
    }

    fn is_matched(&self, pattern: &Pattern) -> bool {
        if pattern.is_of_upstream() {
            self.upstream.as_deref().is_some_and(|name| pattern.matches(name))
        } else {
            pattern.matches(self.function)
        }
    }
}

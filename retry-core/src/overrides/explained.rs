//! [`Explained`]: what is changed from outside, and by which entry.

use std::fmt;
use std::time::SystemTime;

use super::layer::{Asked, Source};
use super::{Installed, Overrides, Settings, in_force, scope};
use crate::policy::partial::Until;
use crate::primitives::one_line::OneLine;

/// What is changed from outside for one function or upstream, setting by setting; its `Display` is a table
/// for people.
///
/// ```
/// use persevere::overrides::Overrides;
///
/// let file: Overrides = "payments::charge=max_retries:6;base_delay:30ms,*=max_delay:10s".parse()?;
/// let table = file.overlaid("*=max_retries:0".parse()?);
/// assert_eq!(
///     table.explain("payments::charge").to_string(),
///     "`payments::charge`:
///   max_retries  0     install, `*`
///   base_delay   30ms  install, `payments::charge`
///   max_delay    10s   install, `*`"
/// );
/// # Ok::<(), persevere::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    asked: String,
    settings: Vec<Explanation>,
}

/// One setting of [`Explained`].
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    name: &'static str,
    value: String,
    source: Source,
    pattern: String,
    end: Option<SystemTime>,
}

impl Explanation {
    /// The setting's name, such as `max_retries`; `policy` for a list of waits.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its value, as in a table: `250ms`.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where the entry comes from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The entry's pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// When the entry ends, if it does; `None` also before its table is installed, if it ends some time
    /// after that.
    #[must_use]
    pub const fn end(&self) -> Option<SystemTime> {
        self.end
    }
}

impl Explained {
    fn of(table: &Overrides, function: &str, upstream: Option<&str>) -> Self {
        let on = Asked::new(function, upstream);
        let (mut above, mut settings) = (Settings::new(), Vec::new());
        for layer in table.layers().iter().rev() {
            for (pattern, entry) in layer.matching(&on) {
                let seen = entry.without(&above).texts().map(|(name, value)| Explanation {
                    name,
                    value,
                    source: layer.source,
                    pattern: pattern.text().to_owned(),
                    end: match entry.until() {
                        Some(Until::At(end)) => Some(end),
                        _ => None,
                    },
                });
                settings.extend(seen);
                above = above.or(entry);
            }
        }
        let mut asked = format!("`{}`", OneLine(function));
        if let Some(upstream) = upstream {
            asked = format!("{asked} on `@{}`", OneLine(upstream));
        }
        Self { asked, settings }
    }

    /// The settings that change: each with the entry that it comes from.
    #[must_use]
    pub fn settings(&self) -> &[Explanation] {
        &self.settings
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.settings.is_empty() {
            return write!(f, "{}: nothing is changed from outside", self.asked);
        }
        write!(f, "{}:", self.asked)?;
        let widest = |of: fn(&Explanation) -> &str| {
            self.settings.iter().map(|it| of(it).chars().count()).max().unwrap_or_default()
        };
        let (names, values) = (widest(|it| it.name), widest(|it| &it.value));
        for Explanation { name, value, source, pattern, end } in &self.settings {
            let pattern = OneLine(pattern);
            write!(f, "\n  {name:names$}  {value:values$}  {source}, `{pattern}`")?;
            if let Some(end) = end {
                write!(f, ", until {}", humantime::format_rfc3339_seconds(*end))?;
            }
        }
        Ok(())
    }
}

impl Overrides {
    /// What this table changes for the function of that name, and by which entries; of `@payments`, for
    /// every call on that upstream.
    #[must_use]
    pub fn explain(&self, function: &str) -> Explained {
        Explained::of(self, function, None)
    }

    /// As [`explain`](Self::explain), for calls of the function on the upstream of that name.
    #[must_use]
    pub fn explain_on(&self, function: &str, upstream: &str) -> Explained {
        Explained::of(self, function, Some(upstream))
    }
}

impl Installed {
    /// What is changed from outside for the function of that name, and by which entries: those of the
    /// [scopes](Overrides::scope) that run here, and of the table in force. Of `@payments`: for every call
    /// on that upstream.
    ///
    /// ```
    /// use persevere::overrides::{Overrides, Source, overrides};
    ///
    /// overrides().install("*=max_retries:0;max_delay:10s".parse()?);
    /// let scope: Overrides = "search::*=max_retries:4".parse()?;
    /// let explained = scope.scope_blocking(|| overrides().explain("search::query"));
    /// let sources: Vec<(&str, Source)> =
    ///     explained.settings().iter().map(|it| (it.name(), it.source())).collect();
    /// assert_eq!(sources, [("max_retries", Source::Scope), ("max_delay", Source::Install)]);
    /// # overrides().clear();
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[must_use]
    pub fn explain(&self, function: &str) -> Explained {
        Explained::of(&everything(), function, None)
    }

    /// As [`explain`](Self::explain), for calls of the function on the upstream of that name.
    #[must_use]
    pub fn explain_on(&self, function: &str, upstream: &str) -> Explained {
        Explained::of(&everything(), function, Some(upstream))
    }
}

/// The table in force, with those of the scopes that run here over it.
fn everything() -> Overrides {
    scope::tables().iter().fold(in_force::table(), Overrides::under)
}

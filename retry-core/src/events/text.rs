//! [`Text`]: what an event shows of an error or an id.

use std::fmt;

/// A text in an event: borrowed if every thread may read it, otherwise written out.
pub enum Text<'a> {
    /// A value, shown by its `Display`.
    Display(&'a (dyn fmt::Display + Sync)),
    /// A value, shown by its `Debug`.
    Debug(&'a (dyn fmt::Debug + Sync)),
    /// A text that is written out already.
    Owned(String),
    /// The name of its type.
    Name(&'static str),
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(value) => value.fmt(f),
            Self::Debug(value) => value.fmt(f),
            Self::Owned(text) => f.write_str(text),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

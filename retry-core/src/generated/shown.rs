//! How events show a value of a type: by `Display`, by `Debug`, or by the type's name.

use std::fmt;

use crate::events::text::Text;
use crate::generated::probe::Probe;
use crate::primitives::bounded::written_out;

/// How events show a value: found once for its type, and used wherever there is one.
pub trait Shows<E: ?Sized>: Copy {
    /// `value` as text.
    fn text(self, value: &E) -> Text<'_>;
}

/// `value` as text.
#[inline]
pub fn text<E: ?Sized, S: Shows<E>>(shown: S, value: &E) -> Text<'_> {
    shown.text(value)
}

/// First choice: its `Display`, borrowed.
pub trait ShownByDisplay {
    /// How it is shown.
    fn __shown(&self) -> ByDisplay;
}

/// By `Display`, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct ByDisplay;

impl<E: fmt::Display + Sync> ShownByDisplay for &&&&Probe<'_, E> {
    #[inline]
    fn __shown(&self) -> ByDisplay {
        ByDisplay
    }
}

impl<E: fmt::Display + Sync> Shows<E> for ByDisplay {
    fn text(self, value: &E) -> Text<'_> {
        Text::Display(value)
    }
}

/// Second choice: its `Display`, written out at once, since an event may be sent where the value may
/// not.
pub trait ShownByOwnDisplay {
    /// How it is shown.
    fn __shown(&self) -> ByOwnDisplay;
}

/// By `Display`, written out.
#[derive(Clone, Copy, Debug)]
pub struct ByOwnDisplay;

impl<E: fmt::Display> ShownByOwnDisplay for &&&Probe<'_, E> {
    #[inline]
    fn __shown(&self) -> ByOwnDisplay {
        ByOwnDisplay
    }
}

impl<E: fmt::Display> Shows<E> for ByOwnDisplay {
    fn text(self, value: &E) -> Text<'_> {
        Text::Owned(written_out(format_args!("{value}")))
    }
}

/// Third choice: its `Debug`, borrowed.
pub trait ShownByDebug {
    /// How it is shown.
    fn __shown(&self) -> ByDebug;
}

/// By `Debug`, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct ByDebug;

impl<E: fmt::Debug + Sync> ShownByDebug for &&Probe<'_, E> {
    #[inline]
    fn __shown(&self) -> ByDebug {
        ByDebug
    }
}

impl<E: fmt::Debug + Sync> Shows<E> for ByDebug {
    fn text(self, value: &E) -> Text<'_> {
        Text::Debug(value)
    }
}

/// Fourth choice: its `Debug`, written out at once.
pub trait ShownByOwnDebug {
    /// How it is shown.
    fn __shown(&self) -> ByOwnDebug;
}

/// By `Debug`, written out.
#[derive(Clone, Copy, Debug)]
pub struct ByOwnDebug;

impl<E: fmt::Debug> ShownByOwnDebug for &Probe<'_, E> {
    #[inline]
    fn __shown(&self) -> ByOwnDebug {
        ByOwnDebug
    }
}

impl<E: fmt::Debug> Shows<E> for ByOwnDebug {
    fn text(self, value: &E) -> Text<'_> {
        Text::Owned(written_out(format_args!("{value:?}")))
    }
}

/// Last choice: the name of its type.
pub trait ShownByName {
    /// How it is shown.
    fn __shown(&self) -> ByName;
}

/// By the name of its type.
#[derive(Clone, Copy, Debug)]
pub struct ByName;

impl<E> ShownByName for Probe<'_, E> {
    #[inline]
    fn __shown(&self) -> ByName {
        ByName
    }
}

impl<E> Shows<E> for ByName {
    fn text(self, _value: &E) -> Text<'_> {
        Text::Name(std::any::type_name::<E>())
    }
}

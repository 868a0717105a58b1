//! Rows of earlier versions: method calls on `&Earlier` find the better of two traits (autoref
//! specialisation).

use std::fmt;
use std::marker::PhantomData;

use persevere_core::task::{Payload, Task};
use serde::de::DeserializeOwned;

/// Arguments that were read.
pub type Read<T> = serde_json::Result<T>;

/// Reads arguments in the form of an earlier version.
pub struct Earlier<T>(PhantomData<fn() -> T>);

impl<T> Earlier<T> {
    /// The only one.
    pub const NEW: Self = Self(PhantomData);
}

impl<T> fmt::Debug for Earlier<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Earlier")
    }
}

/// First choice: a task, which knows the versions before it.
pub trait ReadAsTask {
    /// The task.
    type Value;
    /// Reads arguments of that version.
    ///
    /// # Errors
    ///
    /// Where they are not of that form.
    fn __read(&self, version: u32, args: &Payload) -> Read<Self::Value>;
}

impl<T: Task> ReadAsTask for Earlier<T> {
    type Value = T;

    fn __read(&self, version: u32, args: &Payload) -> Read<T> {
        T::read(version, args)
    }
}

/// Second choice: what can be read.
pub trait ReadAsIs {
    /// It.
    type Value;
    /// Reads arguments, whatever their version.
    ///
    /// # Errors
    ///
    /// Where they are not of that form.
    fn __read(&self, version: u32, args: &Payload) -> Read<Self::Value>;
}

impl<T: DeserializeOwned> ReadAsIs for &Earlier<T> {
    type Value = T;

    fn __read(&self, _version: u32, args: &Payload) -> Read<T> {
        args.read()
    }
}

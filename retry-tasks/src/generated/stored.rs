//! What a row keeps: the arguments of a task and what it returns.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is written as JSON and read again, and owns what it holds.
#[diagnostic::on_unimplemented(
    message = "a task's row keeps its arguments and what it returns as JSON: `{Self}`, or what it is made of, \
               needs `#[derive(serde::Serialize, serde::Deserialize)]`",
    label = "cannot be written to a row and read again",
    note = "for a type of another crate, enable that crate's feature `serde`, or name functions that write \
            and read it above the argument: `#[serde(with = \"module\")]`"
)]
pub trait Stored: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Stored for T {}

/// Accepts what a row keeps.
pub const fn stored<T: Stored>() {}

//! Values of `when` that are not functions from `&E` to `bool` or `Verdict`.

use persevere::retry;

#[derive(Clone, Debug)]
struct Error(u16);

fn by_value(error: Error) -> bool {
    error.0 >= 500
}

fn of_text(text: &str) -> bool {
    text.is_empty()
}

fn to_number(error: &Error) -> u16 {
    error.0
}

#[retry(when = by_value)]
fn takes_the_error_itself() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = of_text)]
fn takes_something_else() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = to_number)]
fn returns_something_else() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = |error| error.0)]
fn closure_returns_something_else() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = |_, _| true)]
fn takes_two() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = true)]
fn no_function() -> Result<(), Error> {
    Err(Error(500))
}

#[retry(when = |error| error.is_busy())]
fn calls_what_is_not_there() -> Result<(), Error> {
    Err(Error(500))
}

fn main() {}

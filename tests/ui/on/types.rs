//! Patterns of another type than the error.

use persevere::retry;

enum Error {
    Busy,
    Status(u16),
}

#[retry(on = Error::Timeout)]
fn no_such_variant() -> Result<(), Error> {
    Err(Error::Busy)
}

#[retry(on = Error::Status)]
fn variant_without_its_field() -> Result<(), Error> {
    Err(Error::Status(500))
}

#[retry(on = Some(_))]
fn pattern_of_another_type() -> Result<(), Error> {
    Err(Error::Busy)
}

#[retry(on = Error::Status(code) if code > 500)]
fn binding_is_a_reference() -> Result<(), Error> {
    Err(Error::Busy)
}

#[retry(on = Error::Status(code) if *code)]
fn guard_is_no_condition() -> Result<(), Error> {
    Err(Error::Busy)
}

#[retry(on = Error::Busy)]
fn option() -> Option<()> {
    None
}

fn main() {}

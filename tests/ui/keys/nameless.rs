//! Values without a key.

use persevere::retry;

#[retry(aggressive)]
fn preset() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, full)]
fn jitter() -> Result<(), ()> {
    Ok(())
}

#[retry(Policy::AGGRESSIVE)]
fn policy() -> Result<(), ()> {
    Ok(())
}

#[retry(PAYMENTS, on = _)]
fn constant() -> Result<(), ()> {
    Ok(())
}

#[retry("2s", on = _)]
fn duration() -> Result<(), ()> {
    Ok(())
}

#[retry(Error::Timeout)]
fn pattern() -> Result<(), ()> {
    Ok(())
}

#[retry(on = Error::Timeout, Error::Status(500..=599), max_retries = 3)]
fn patterns() -> Result<(), ()> {
    Ok(())
}

#[retry(on = Timeout, Busy)]
fn imported_variants() -> Result<(), ()> {
    Ok(())
}

#[retry(on = [std::io::Error], std::fmt::Error)]
fn types() -> Result<(), ()> {
    Ok(())
}

#[retry([std::io::Error])]
fn list() -> Result<(), ()> {
    Ok(())
}

#[retry(_)]
fn everything() -> Result<(), ()> {
    Ok(())
}

#[retry(|error| true)]
fn closure() -> Result<(), ()> {
    Ok(())
}

#[retry("max_retries" = 3, on = _)]
fn quoted() -> Result<(), ()> {
    Ok(())
}

#[retry(5, "30s")]
fn several() -> Result<(), ()> {
    Ok(())
}

fn main() {}

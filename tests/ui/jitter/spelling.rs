//! Values that are not jitters.

use persevere::retry;

#[retry(on = _, jitter = "fulll")]
fn mistyped() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = "random")]
fn unknown() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = "150%")]
fn too_much() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = "-5%")]
fn negative() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = "NaN%")]
fn not_a_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = "some%")]
fn no_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = 0.25)]
fn bare_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = -0.25)]
fn negative_number() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _, jitter = true)]
fn switched_on() -> Result<(), ()> {
    Ok(())
}

fn main() {}

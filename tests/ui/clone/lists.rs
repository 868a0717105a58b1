//! Names in `clone(..)` that are no arguments, or that the body cannot use up.

use persevere::retry;

#[retry(on = _, clone)]
fn no_list(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone())]
fn empty_list(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone = body)]
fn equals(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone(&body))]
fn reference(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone(body.text, max_retries = 1))]
fn field(body: (String,)) -> Result<String, ()> {
    Ok(body.0)
}

#[retry(on = _, clone(bdy))]
fn mistyped(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone(payload))]
fn unknown(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone(body, body))]
fn twice(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _, clone(body))]
fn borrowed(body: &String) -> Result<String, ()> {
    Ok(body.clone())
}

#[retry(on = _, clone(self))]
fn no_method(body: String) -> Result<String, ()> {
    Ok(body)
}

struct Client;

impl Client {
    #[retry(on = _, clone(self))]
    fn borrowed_self(&mut self) -> Result<(), ()> {
        Ok(())
    }
}

fn main() {}

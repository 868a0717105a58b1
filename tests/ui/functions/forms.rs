//! Functions that cannot be retried.

use persevere::retry;
use std::future::Future;
use std::pin::Pin;

#[retry]
const fn constant() -> Result<(), ()> {
    Ok(())
}

#[retry]
fn nothing() {}

#[retry]
async fn nothing_async() {}

#[retry]
fn unit() -> () {}

#[retry]
fn never() -> ! {
    loop {}
}

#[retry]
fn future_without_block() -> impl Future<Output = Result<(), ()>> {
    std::future::ready(Ok(()))
}

#[retry]
fn future_of_a_call() -> Pin<Box<dyn Future<Output = Result<(), ()>>>> {
    Box::pin(std::future::ready(Ok(())))
}

#[retry]
fn future_of_nothing() -> impl Future<Output = ()> {
    async {}
}

#[retry]
fn borrowed_from_unique(text: &mut String) -> Result<&str, ()> {
    Ok(text)
}

#[retry]
fn borrowed_by_name<'a>(_: &str, text: &'a mut String) -> Result<Option<&'a mut String>, ()> {
    Ok(Some(text))
}

struct Client(String);

impl Client {
    #[retry]
    async fn borrowed_from_self(&mut self, key: &str) -> Result<&str, ()> {
        let _ = key;
        Ok(&self.0)
    }
}

trait Store {
    #[retry]
    fn load(&self) -> Result<(), ()>;

    #[retry]
    async fn store(&self) -> Result<(), ()>;
}

fn main() {}

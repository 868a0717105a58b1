//! Lints that fire in annotated functions as they do in plain ones.

#![deny(
    dead_code,
    unreachable_code,
    unused_assignments,
    unused_must_use,
    unused_mut,
    unused_variables
)]

use persevere::retry;

struct Client {
    calls: u32,
    unread: u32,
}

impl Client {
    #[retry(on = _)]
    async fn unused_argument(&self, key: &str, value: String) -> Result<u32, ()> {
        Ok(self.calls)
    }

    #[retry(on = _)]
    async fn unused_receiver(self, mut number: u32) -> Result<u32, ()> {
        let unused = 1;
        number
            .checked_add(1)
            .ok_or(())
    }
}

#[retry(on = _)]
fn blocking(unused: u32) -> Result<u32, ()> {
    let mut number = 1;
    let text = "";
    Ok(number)
}

#[retry(on = _)]
async fn ignored() -> Result<(), ()> {
    std::io::stdin().lines().next().ok_or(())?.map_err(drop)?;
    work();
    Err::<u32, ()>(());
    Ok(())
}

async fn work() {}

#[retry(on = _)]
async fn unreachable() -> Result<u32, ()> {
    return Ok(1);
    Ok(2)
}

#[retry(on = _, base_delay = 0)]
fn unreachable_blocking() -> Result<u32, ()> {
    loop {}
    Ok(2)
}

#[retry(on = _)]
async fn unused_mut_argument(mut number: u32) -> Result<u32, ()> {
    Ok(number)
}

#[retry(on = _, clone(text))]
async fn unused_mut_cloned(mut text: String) -> Result<String, ()> {
    Ok(text)
}

#[retry(on = _, context = attempt)]
async fn unused_context() -> Result<(), ()> {
    Ok(())
}

#[retry(on = _)]
fn returns_future(unused: u32) -> impl Future<Output = Result<(), ()>> {
    let outside = 1;
    async move {
        let inside = 1;
        Ok(())
    }
}

#[retry(on = _)]
async fn assigned(text: &str) -> Result<usize, ()> {
    let mut length = 0;
    length = text.len();
    Ok(length)
}

#[retry(on = _)]
async fn never_called() -> Result<(), ()> {
    Ok(())
}

fn main() {
    let client = Client { calls: 1, unread: 2 };
    drop(client.unused_argument("", String::new()));
    drop(client.unused_receiver(1));
    let _ = blocking(1);
    drop(ignored());
    drop(unreachable());
    let _ = unreachable_blocking();
    drop(unused_mut_argument(1));
    drop(unused_mut_cloned(String::new()));
    drop(unused_context());
    drop(returns_future(1));
    drop(assigned(""));
}

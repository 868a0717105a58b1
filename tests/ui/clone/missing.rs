//! A body that uses up its argument, so that the next attempt has none.

use persevere::retry;

struct Order {
    id: u64,
    items: Vec<String>,
}

struct Client(String);

struct Parts(Vec<u8>);

impl Parts {
    fn assemble(self) -> Result<Vec<u8>, ()> {
        Ok(self.0)
    }
}

async fn send<T>(_: T) -> Result<(), ()> {
    Err(())
}

#[retry(on = _)]
async fn called_with(body: String) -> Result<(), ()> {
    send(body).await
}

#[retry(on = _)]
fn returned(body: String) -> Result<String, ()> {
    Ok(body)
}

#[retry(on = _)]
async fn its_own_method(body: String) -> Result<Vec<u8>, ()> {
    Ok(body.into_bytes())
}

#[retry(on = _)]
async fn in_a_pattern(Client(name): Client) -> Result<(), ()> {
    send(name).await
}

#[retry(on = _)]
async fn a_field(order: Order) -> Result<(), ()> {
    send(order.id).await?;
    send(order.items).await
}

#[retry(on = _)]
async fn generic<T>(item: T) -> Result<(), ()> {
    send(item).await
}

#[retry(on = _)]
async fn called<F>(operation: F) -> Result<(), ()>
where
    F: FnOnce() -> Result<(), ()>,
{
    operation()
}

#[retry(on = _)]
fn boxed(operation: Box<dyn FnOnce() -> Result<(), ()>>) -> Result<(), ()> {
    operation()
}

#[retry(on = _)]
async fn converted(name: impl Into<String>) -> Result<(), ()> {
    let name: String = name.into();
    send(name).await
}

#[retry(on = _)]
fn iterated(lines: impl Iterator<Item = String>) -> Result<Vec<String>, ()> {
    Ok(lines.map(|line| line.to_uppercase()).collect())
}

#[retry(on = _)]
async fn moved_into_a_closure(name: Option<String>) -> Result<(), ()> {
    send(move || name.is_some()).await
}

#[retry(on = _, hedge = "1s")]
async fn hedged(body: String) -> Result<(), ()> {
    send(body).await
}

#[retry(on = _)]
fn returned_future(body: String) -> impl Future<Output = Result<(), ()>> {
    async move { send(body).await }
}

// A method of the user's may borrow or take: the compiler knows, once all else is right.
#[retry(on = _)]
fn of_another(parts: Parts) -> Result<Vec<u8>, ()> {
    parts.assemble()
}

impl Client {
    #[retry(on = _)]
    async fn close(self) -> Result<(), ()> {
        send(self).await
    }

    #[retry(on = _, hedge = "1s")]
    async fn close_hedged(self) -> Result<(), ()> {
        send(self).await
    }
}

fn main() {}

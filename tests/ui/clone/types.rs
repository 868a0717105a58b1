//! Arguments that are not `Clone`, and arguments that the body consumes without saying so.

use persevere::retry;

struct Connection;

impl Connection {
    fn close(self) {}

    #[retry(on = _, clone(self))]
    async fn method(self) -> Result<(), ()> {
        self.close();
        Ok(())
    }
}

#[retry(on = _, clone(connection))]
async fn not_clone(connection: Connection) -> Result<(), ()> {
    connection.close();
    Ok(())
}

#[retry(on = _, clone(connection))]
fn not_clone_blocking(connection: Connection) -> Result<(), ()> {
    connection.close();
    Ok(())
}

#[retry(on = _, clone(item))]
async fn generic<T>(item: T) -> Result<(), ()> {
    drop(item);
    Ok(())
}

fn main() {}

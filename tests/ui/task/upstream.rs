//! Upstreams that a task cannot have.

use std::io;
use std::time::Duration;

use persevere::{Budget, Upstream, task};

static PAYMENTS: Upstream =
    Upstream::new("payments", &Budget::UNLIMITED).with_timeout(Duration::from_secs(1));

struct Client {
    upstream: Upstream,
}

#[task(upstream = PAYMENTS)]
fn blocking(value: u32) -> io::Result<()> {
    let _ = value;
    Ok(())
}

#[task(upstream = client.upstream)]
async fn of_the_state(client: &Client, value: u32) -> io::Result<()> {
    let _ = (&client.upstream, value);
    Ok(())
}

fn main() {}

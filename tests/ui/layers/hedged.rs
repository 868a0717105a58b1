//! Hedged functions whose bodies cannot run at the same time, and hedges that never start.

use std::sync::Arc;
use std::time::Duration;

use persevere::{Hedge, retry};

#[retry(hedge = "200ms")]
fn blocking() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "200ms")]
async fn unique(buffer: &mut Vec<u8>) -> std::io::Result<()> {
    buffer.push(1);
    Ok(())
}

#[derive(Clone)]
struct Client {
    asked: u32,
}

impl Client {
    #[retry(hedge = "200ms")]
    async fn unique(&mut self) -> std::io::Result<u32> {
        self.asked += 1;
        Ok(self.asked)
    }

    #[retry(hedge = "200ms", clone(self))]
    async fn used_up(self: Arc<Self>) -> std::io::Result<Arc<Self>> {
        Ok(self)
    }
}

#[retry(hedge(after = "200ms", max = 0))]
async fn none() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "200ms", max = "2"))]
async fn text() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = 0.95)]
async fn share() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(max = 2))]
async fn when() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "200ms", max))]
async fn how_many() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(delay = "200ms"))]
async fn another_word() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(afer = "200ms"))]
async fn mistyped() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge("200ms"))]
async fn unnamed() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(HEDGE))]
async fn unnamed_static() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "200ms", after = "1s"))]
async fn twice() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "p100")]
async fn slowest() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "p0"))]
async fn fastest() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "200 parsecs")]
async fn no_duration() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "95%")]
async fn percentage() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "99.9 %", max = 2))]
async fn percentage_in_a_part() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "100%")]
async fn slowest_percentage() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "2s", timeout = "1s")]
async fn cut_before() -> Result<u8, persevere::Rejection> {
    Ok(1)
}

#[retry(hedge(after = "30s"), deadline = "30s")]
async fn over_before() -> Result<u8, persevere::Rejection> {
    Ok(1)
}

static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));

#[retry(hedge = "p95", hedge = HEDGE)]
async fn two_hedges() -> std::io::Result<u8> {
    Ok(1)
}

fn main() {}

//! By-value `mut` arguments that are not `Copy`: one attempt's changes would reach the next.

use persevere::retry;

struct Batch(Vec<u32>);

impl Batch {
    #[retry(on = _)]
    async fn send(mut self) -> Result<u32, ()> {
        self.0.pop().ok_or(())
    }
}

#[retry(on = _)]
async fn plain(mut body: String) -> Result<String, ()> {
    body.push('!');
    Ok(body)
}

#[retry(on = _)]
fn blocking(mut left: Vec<u32>) -> Result<u32, ()> {
    left.pop().ok_or(())
}

#[retry(on = _)]
async fn pattern((mut first, _): (String, u32)) -> Result<String, ()> {
    first.push('!');
    Ok(first)
}

fn main() {}

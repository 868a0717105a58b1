//! Fields that do not exist.

use persevere::Classify;
use std::time::Duration;

#[derive(Debug, Classify)]
enum Fields {
    #[retry(forward)]
    None,
    #[retry(forward)]
    Several(std::io::Error, std::io::Error),
    #[retry(forward = sorce)]
    Misspelt { source: std::io::Error, id: u32 },
    #[retry(throttled, after = waits)]
    After { wait: Duration },
    #[retry(throttled, after = 1)]
    Place(Duration),
}

fn main() {}

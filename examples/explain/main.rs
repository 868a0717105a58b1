//! Draws a policy: how long each retry waits, how much jitter adds, and how long a caller waits at
//! worst.
//!
//! ```text
//! cargo run --example explain                                   # three presets
//! cargo run --example explain -- aggressive
//! cargo run --example explain -- max_retries=3 base_delay=200ms jitter=full
//! cargo run --example explain -- aggressive --svg aggressive.svg
//! ```

mod answer;
mod arguments;
mod picture;

use std::process::ExitCode;

fn main() -> ExitCode {
    match answer::to(std::env::args().skip(1)) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

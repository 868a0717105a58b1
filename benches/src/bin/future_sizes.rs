//! Prints what the futures weigh, bare, hand-written and annotated side by side, and fails if
//! annotating adds more than 64 bytes.
//!
//! `cargo run --release -p benches --bin future_sizes`

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use benches::{Error, work};
use persevere::retry;

/// How much larger an annotated future may be than that of the plain function.
const ALLOWED: usize = 64;

/// The body: keeps `N` bytes across an await.
async fn body<const N: usize>(input: u64) -> Result<u64, Error> {
    let bytes = black_box([1_u8; N]);
    std::future::ready(()).await;
    Ok(work(input)? + u64::from(bytes[N / 2]))
}

async fn bare<const N: usize>(input: u64) -> Result<u64, Error> {
    body::<N>(input).await
}

/// In a loop as a careful engineer writes it.
async fn hand_written<const N: usize>(input: u64) -> Result<u64, Error> {
    let mut retries = 0;
    let mut delay = Duration::from_secs(2);
    loop {
        let error = match body::<N>(input).await {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        if retries == 5 || !matches!(error, Error::Busy) {
            return Err(error);
        }
        retries += 1;
        tokio::time::sleep(delay).await;
        delay *= 2;
    }
}

#[retry(on = Error::Busy)]
async fn annotated<const N: usize>(input: u64) -> Result<u64, Error> {
    body::<N>(input).await
}

/// Prints a row, and says whether the annotated future is within what is allowed.
fn row<const N: usize>() -> bool {
    let bare = size_of_val(&bare::<N>(7));
    let hand_written = size_of_val(&hand_written::<N>(7));
    let annotated = size_of_val(&annotated::<N>(7));
    println!("{N:>12} {bare:>12} {hand_written:>14} {annotated:>12}");
    annotated <= bare + ALLOWED
}

fn main() -> ExitCode {
    println!("{:>12} {:>12} {:>14} {:>12}", "body", "bare", "hand-written", "annotated");
    let within = [row::<16>(), row::<1024>()];
    if within == [true, true] {
        ExitCode::SUCCESS
    } else {
        eprintln!("an annotated future is more than {ALLOWED} bytes larger than the bare one");
        ExitCode::FAILURE
    }
}

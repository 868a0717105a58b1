//! A listener that captures, where a plain function is expected.

use persevere::CircuitBreaker;

fn main() {
    let name = String::from("search");
    let _ = CircuitBreaker::new().with_listener(|transition| println!("{name}: {transition}"));
}

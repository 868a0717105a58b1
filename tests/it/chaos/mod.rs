//! Faults put in on purpose: what they do, who sees them, and how they show.

mod closures;
mod dropped;
mod faults;
mod functions;
mod layers;
mod middleware;
mod retry_layer;
mod shown;
mod streams;
mod tower;

use persevere::overrides::Overrides;

fn table(text: &str) -> Overrides {
    text.parse().unwrap()
}

//! What other crates' types and traits are to ours, each behind the feature of its name: `Classify`
//! for their errors, their traits for a `Policy`. Coherence lets no other crate implement them.

#[cfg(feature = "backon")]
mod backon;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "http")]
pub(crate) mod retry_after;
#[cfg(feature = "retry-policies")]
mod retry_policies;

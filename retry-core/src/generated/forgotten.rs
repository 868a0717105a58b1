//! Errors of crates that a feature knows: what the compiler says where that feature is not enabled.
//!
//! Generated code names one of these by the path that the user wrote, so that none refuses an error that
//! implements [`Classify`]. With the feature, they are what they stand for.

use crate::classify::{Classify, Verdict};

macro_rules! of_crates {
    ($($feature:literal, $classified:ident, $forwarded:ident, $Known:ident, $message:literal, $command:literal;)*) => {$(
        #[cfg(feature = $feature)]
        pub use crate::classify::judge::{classified as $classified, forwarded as $forwarded};

        /// An error of the crate that the feature is for.
        #[cfg(not(feature = $feature))]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "its feature is not enabled",
            note = $command,
            note = "or say it here: `on = PATTERN` or `when = function`; where the error hides its type, `on = [Type, …]`; for all errors, `on = _`"
        )]
        pub trait $Known: Classify {}

        #[cfg(not(feature = $feature))]
        #[diagnostic::do_not_recommend]
        impl<E: Classify + ?Sized> $Known for E {}

        /// As `classified`.
        #[cfg(not(feature = $feature))]
        pub fn $classified<E: $Known + ?Sized>(error: &E) -> Verdict {
            error.classify()
        }

        /// As `forwarded`.
        #[cfg(not(feature = $feature))]
        pub fn $forwarded<E: $Known + ?Sized>(error: &E) -> Verdict {
            error.classify()
        }
    )*};
}

of_crates! {
    "anyhow", classified_anyhow, forwarded_anyhow, Anyhow,
        "the feature `anyhow` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features anyhow`";
    "aws-smithy", classified_aws_smithy, forwarded_aws_smithy, AwsSmithy,
        "the feature `aws-smithy` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features aws-smithy`";
    "eyre", classified_eyre, forwarded_eyre, Eyre,
        "the feature `eyre` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features eyre`";
    "http", classified_http, forwarded_http, Http,
        "the feature `http` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features http`";
    "object_store", classified_object_store, forwarded_object_store, ObjectStore,
        "the feature `object_store` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features object_store`";
    "redis", classified_redis, forwarded_redis, Redis,
        "the feature `redis` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features redis`";
    "reqwest", classified_reqwest, forwarded_reqwest, Reqwest,
        "the feature `reqwest` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features reqwest`";
    "reqwest-middleware", classified_reqwest_middleware, forwarded_reqwest_middleware, ReqwestMiddleware,
        "the feature `reqwest-middleware` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features reqwest-middleware`";
    "sqlx", classified_sqlx, forwarded_sqlx, Sqlx,
        "the feature `sqlx` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features sqlx`";
    "tonic", classified_tonic, forwarded_tonic, Tonic,
        "the feature `tonic` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features tonic`";
    "tonic-transport", classified_tonic_transport, forwarded_tonic_transport, TonicTransport,
        "the feature `tonic-transport` of `persevere` knows which failures of type `{Self}` to retry, and it is not enabled",
        "enable it: `cargo add persevere --features tonic-transport`";
}

/// `Box<dyn Error>` and its like.
#[diagnostic::on_unimplemented(
    message = "`{Self}` hides its type, so that `#[retry]` cannot ask it whether to retry: write `on = [Type, …]`, the types of errors to retry",
    label = "does not implement `persevere::Classify`",
    note = "as in `#[retry(on = [std::io::Error])]`; `when = |error| …` decides by `error.downcast_ref::<Type>()`, and `on = _` retries all"
)]
pub trait Boxed: Classify {}

#[diagnostic::do_not_recommend]
impl<E: Classify + ?Sized> Boxed for E {}

/// As `classified`.
pub fn classified_boxed<E: Boxed + ?Sized>(error: &E) -> Verdict {
    error.classify()
}

/// As `forwarded`, for an error in a derive.
pub use crate::classify::judge::forwarded as forwarded_boxed;

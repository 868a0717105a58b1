//! [`Provide`]: what a task borrows of its worker's state.

/// A state that has a `T`, for the tasks that take a `&T`.
///
/// Every type provides itself, so a worker whose tasks all need one thing has that for its state. Of a
/// struct, `#[derive(Provide)]` provides each field.
///
/// ```
/// use persevere::tasks::Provide;
///
/// struct Client;
/// struct Settings {
///     greeting: String,
/// }
///
/// #[derive(Provide)]
/// struct App {
///     client: Client,
///     settings: Settings,
/// }
///
/// fn greeting(state: &impl Provide<Settings>) -> &str {
///     &state.provide().greeting
/// }
///
/// let settings = || Settings { greeting: "Hello".to_owned() };
/// assert_eq!(greeting(&App { client: Client, settings: settings() }), "Hello");
/// assert_eq!(greeting(&settings()), "Hello");
/// ```
#[diagnostic::on_unimplemented(
    message = "the worker's state `{Self}` has no `{T}`",
    label = "a task takes a `&{T}`, which this state does not provide",
    note = "put `#[derive(Provide)]` above the state, and give it a field of the type `{T}`"
)]
pub trait Provide<T: ?Sized> {
    /// The `T` that it has.
    fn provide(&self) -> &T;
}

impl<T: ?Sized> Provide<T> for T {
    fn provide(&self) -> &T {
        self
    }
}

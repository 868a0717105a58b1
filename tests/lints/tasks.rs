//! No lint of ours, under the strictest settings, for what `#[task]` makes: structs of every visibility,
//! types that a row is asked about, and each key. Clippy's part of it is checked by `cargo clippy --tests`.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    private_bounds,
    private_interfaces,
    clippy::pedantic,
    clippy::nursery,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    non_ascii_idents,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unsafe_code,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    variant_size_differences,
    clippy::allow_attributes_without_reason,
    clippy::dbg_macro,
    clippy::else_if_without_else,
    clippy::empty_structs_with_brackets,
    clippy::exit,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::mem_forget,
    clippy::panic,
    clippy::rest_pat_in_fully_bound_structs,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::string_slice,
    clippy::todo,
    clippy::unreachable,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::time::Duration;

use persevere::tasks::{Provide, Queue, Worker};
use persevere::{Attempt, task};
use serde::{Deserialize, Serialize};

/// What a mail is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// To whom.
    pub to: String,
}

/// What mails are sent by.
#[derive(Debug)]
pub struct Post {
    sender: String,
}

/// What the worker brings.
#[derive(Debug, Provide)]
pub struct App {
    post: Post,
}

/// Sends a mail.
///
/// # Errors
///
/// Where it has no address.
#[task(on = _, queue = "mails", priority = high, keep = "1h", unique = mail.to, timeout = "1s", id = mail.to)]
pub async fn send_mail(
    post: &Post,
    attempt: &Attempt,
    mail: Mail,
    copies: Vec<Mail>,
    #[serde(default)] later: Option<Duration>,
) -> io::Result<BTreeMap<String, usize>> {
    tokio::task::yield_now().await;
    let _at = (attempt.number(), later);
    if mail.to.is_empty() {
        return Err(io::Error::other(post.sender.clone()));
    }
    Ok(BTreeMap::from([(mail.to, copies.len())]))
}

/// Within the crate.
#[task(args = Mail, name = "keep_mail")]
pub(crate) async fn keep(mail: Mail) -> Result<Mail, Infallible> {
    tokio::task::yield_now().await;
    Ok(mail)
}

#[derive(Debug, Serialize, Deserialize)]
struct Secret(u8);

#[task(on = _, version = 2, from = CountV1)]
fn count(numbers: Vec<u64>, secret: Secret) -> Option<u64> {
    numbers.into_iter().map(|number| number.checked_add(u64::from(secret.0))).sum()
}

#[derive(Debug, Serialize, Deserialize)]
struct CountV1 {
    numbers: Vec<u64>,
}

impl From<CountV1> for Count {
    fn from(CountV1 { numbers }: CountV1) -> Self {
        Self { numbers, secret: Secret(0) }
    }
}

/// Not to be called any more.
#[deprecated(note = "count instead")]
#[task(on = _)]
async fn guess(number: u64) -> Option<u64> {
    tokio::task::yield_now().await;
    Some(number)
}

#[tokio::test(start_paused = true)]
async fn tasks_of_every_shape_run() -> Result<(), Box<dyn std::error::Error>> {
    let queue = Queue::in_memory();
    let mail = Mail { to: "Ada".to_owned() };
    let second = Duration::from_secs(1);
    let mail_to_send = SendMail { mail: mail.clone(), copies: vec![mail.clone()], later: None };
    let sent = queue.enqueue(mail_to_send).await?;
    let kept = queue.enqueue(mail.clone()).await?;
    let counted = queue.enqueue(Count { numbers: vec![1, 2], secret: Secret(3) }).await?;
    #[expect(deprecated, reason = "those who enqueue it are warned")]
    let guessed = queue.enqueue(Guess { number: 7 }).await?;
    let app = App { post: Post { sender: "Bob".to_owned() } };
    let worker = Worker::new(&queue, app).task::<SendMail>().task::<Mail>().task::<Count>();
    #[expect(deprecated, reason = "rows of it may still be there")]
    worker.task::<Guess>().run_until_idle().await?;
    assert_eq!(sent.wait(second).await?, BTreeMap::from([("Ada".to_owned(), 1)]));
    assert_eq!(kept.wait(second).await?, mail);
    assert_eq!(counted.wait(second).await?, 9);
    assert_eq!(guessed.wait(second).await?, 7);
    Ok(())
}

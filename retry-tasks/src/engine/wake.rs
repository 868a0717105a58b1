//! Learning that a queue has changed.

use tokio::sync::watch;

/// Wakes who waits for a change of a queue: a task stored, due earlier than others, or ended. It may
/// wake for nothing, and what another process changes may be noticed late or never: so look again now
/// and then.
#[derive(Clone, Debug)]
pub struct Wake(watch::Receiver<()>);

impl Wake {
    /// Waits for the first change since the last one that was seen here.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What wakes them.
#[derive(Debug)]
pub(crate) struct Waker(watch::Sender<()>);

impl Waker {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    pub(crate) fn wake(&self) {
        self.0.send_replace(());
    }

    pub(crate) fn subscribe(&self) -> Wake {
        Wake(self.0.subscribe())
    }
}

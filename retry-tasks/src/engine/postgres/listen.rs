//! Learning what other processes have stored.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener};
use tokio::time::{sleep, timeout};

use super::open;
use crate::engine::wake::Waker;

/// How long to wait before listening again, after the connection was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// How often to look whether the engine is still there.
const PATIENCE: Duration = Duration::from_secs(30);

/// Wakes who waits for a change, of this process or of another.
pub(super) struct Heard {
    pub(super) waker: Waker,
    options: PgConnectOptions,
    is_started: AtomicBool,
}

impl Heard {
    pub(super) fn new(options: &PgConnectOptions) -> Self {
        let is_started = AtomicBool::new(false);
        Self { waker: Waker::new(), options: options.clone(), is_started }
    }

    /// Begins to listen, unless it listens already. It ends with the engine.
    pub(super) fn start(heard: &Arc<Self>) {
        if !heard.is_started.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(Arc::downgrade(heard), heard.options.clone()));
        }
    }
}

async fn listen(heard: Weak<Heard>, options: PgConnectOptions) {
    let pool = open::pool(&options, 1);
    while heard.strong_count() > 0 {
        // What is wrong is said by those who lease.
        if let Ok(listener) = connect(&pool).await {
            hear(&heard, listener).await;
        }
        sleep(AGAIN).await;
    }
}

async fn connect(pool: &sqlx::PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("persevere_tasks").await?;
    Ok(listener)
}

/// Until the connection is lost, or the engine has gone.
async fn hear(heard: &Weak<Heard>, mut listener: PgListener) {
    loop {
        // Tasks stored before it listened, or while the connection was lost, sent no notice.
        let Some(heard) = heard.upgrade() else { return };
        heard.waker.wake();
        drop(heard);
        if let Ok(Err(_)) = timeout(PATIENCE, listener.try_recv()).await {
            return;
        }
    }
}

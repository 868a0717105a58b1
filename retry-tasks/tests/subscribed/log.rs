//! What one thread logs of tasks, as text.
#![allow(dead_code, reason = "not every program uses all")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use persevere_tasks::TaskId;
use tracing::Level;

use super::{Subscribed, this_thread_to};

/// What was logged on this thread, where the test's runtime runs it all.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn start(level: Level) -> (Self, Subscribed) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .without_time()
            .with_writer(move || writer.clone())
            .finish();
        (log, this_thread_to(subscriber))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of our own.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| line.contains("persevere")).map(str::to_owned).collect()
    }

    /// The states that the task of that id came to, in order.
    pub(crate) fn states(&self, id: TaskId) -> Vec<String> {
        let (id, lines) = (format!("id={id}"), self.lines());
        let states = lines.iter().filter(|line| line.contains("a task is ") && line.contains(&id));
        let state =
            |line: &String| line.split("state=\"").nth(1)?.split('"').next().map(str::to_owned);
        states.filter_map(state).collect()
    }
}

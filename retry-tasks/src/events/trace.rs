//! The trace that a task belongs to: W3C's `traceparent`, from where it is enqueued to its attempts.

use std::fmt;
use std::sync::Arc;

use persevere_core::task::TaskId;
use tracing::Span;

/// Says which span enqueues a task.
#[derive(Clone)]
pub(crate) struct Context(Arc<dyn Fn() -> Option<String> + Send + Sync>);

impl Context {
    pub(crate) fn new(hook: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// The span that enqueues a task now.
    pub(crate) fn traceparent(&self) -> Option<String> {
        let text = (self.0)()?;
        if is_traceparent(&text) {
            return Some(text);
        }
        tracing::warn!(
            target: "persevere",
            "the trace context is no W3C traceparent, and is not stored with the task"
        );
        None
    }
}

type SetParent = dyn Fn(&Span, &str) + Send + Sync;

/// Makes the span that enqueued a task the parent of an attempt's.
#[derive(Clone)]
pub(crate) struct Parent(Arc<SetParent>);

impl Parent {
    pub(crate) fn new(hook: impl Fn(&Span, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }
}

impl fmt::Debug for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parent").finish_non_exhaustive()
    }
}

/// The span of an attempt.
pub(crate) fn span(
    task: &str,
    id: TaskId,
    attempt: u32,
    traceparent: Option<&str>,
    parent: Option<&Parent>,
) -> Span {
    let span = tracing::info_span!(
        target: "persevere", parent: None, "task",
        task, %id, attempt, traceparent
    );
    if let (Some(traceparent), Some(parent)) = (traceparent, parent) {
        (parent.0)(&span, traceparent);
    }
    span
}

/// `version-trace-parent-flags`, in hexadecimal digits; later versions may have more behind that.
pub(crate) fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let lengths = parts.iter().take(4).map(|part| part.len());
    let is_hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    lengths.eq([2, 32, 16, 2])
        && parts[..4].iter().all(|part| part.bytes().all(is_hexadecimal))
        && (parts[0] != "00" || parts.len() == 4)
        && parts[0] != "ff"
        && text.len() <= 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_one_of_w3c() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(is_traceparent(parent));
        assert!(is_traceparent(&format!("01{}-later", &parent[2..])));
        for wrong in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-žaf7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        ] {
            assert!(!is_traceparent(wrong), "{wrong}");
        }
        assert!(!is_traceparent(&format!("01{}-{}", &parent[2..], "x".repeat(600))));
    }
}

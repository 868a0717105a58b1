//! An evaluation service with the usual moods, on a loopback port.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A request that has come in.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) eval_id: String,
    pub(crate) idempotency_key: String,
    pub(crate) worker: String,
}

/// What the service has been asked, in order.
#[derive(Clone, Default)]
pub(crate) struct Asks(Arc<Mutex<Vec<Asked>>>);

impl Asks {
    pub(crate) fn of(&self, eval_id: &str) -> Vec<Asked> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|asked| asked.eval_id == eval_id).cloned().collect()
    }

    /// Notes it, and returns how many there have been of that evaluation, this one included.
    fn note(&self, asked: Asked) -> usize {
        let eval_id = asked.eval_id.clone();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        self.of(&eval_id).len()
    }
}

/// Starts the service, and returns its address.
pub(crate) async fn start(asks: Asks) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/evaluations", listener.local_addr()?);
    let service = Router::new().route("/evaluations", post(evaluate)).with_state(asks);
    tokio::spawn(async move { axum::serve(listener, service).await });
    Ok(url)
}

async fn evaluate(
    State(asks): State<Asks>,
    headers: HeaderMap,
    Json(submission): Json<Value>,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let eval_id = submission["eval_id"].as_str().unwrap_or_default().to_owned();
    let asked = Asked {
        eval_id: eval_id.clone(),
        idempotency_key: text("idempotency-key").to_owned(),
        worker: text("worker").to_owned(),
    };
    let count = asks.note(asked);
    match (eval_id.as_str(), count) {
        ("eval-1", 1) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        ("eval-2", 1) => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response(),
        ("eval-3", _) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        ("eval-4", 1) => pending().await, // a long evaluation
        _ => {
            let code = submission["code"].as_str().unwrap_or_default();
            Json(json!({ "score": code.len() })).into_response()
        }
    }
}

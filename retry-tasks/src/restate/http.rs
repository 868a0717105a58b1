//! Requests to Restate: the SDK's client for its ingress, and the administration's.

use std::time::Duration;

use bytes::Bytes;
use restate_sdk::ingress::{Client, ClientError, RequestExecutor};
use serde::de::DeserializeOwned;

use crate::engine::{Cancelled, QueueError, Source};

/// How long the administration may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The SDK's client of the ingress.
pub(super) type Ingress = Client<Http>;

/// An HTTP client whose errors do not show addresses, which may hold a password.
#[derive(Clone, Debug)]
pub(super) struct Http(pub(super) reqwest::Client);

impl RequestExecutor for Http {
    type Error = reqwest::Error;

    async fn execute(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, reqwest::Error> {
        let request = reqwest::Request::try_from(request)?;
        let answer = self.0.execute(request).await.map_err(reqwest::Error::without_url)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(reqwest::Error::without_url)?;
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// What the ingress says about a task in the place of an answer.
pub(super) fn refused(error: ClientError) -> QueueError {
    match error {
        ClientError::Status { status, response } => said(status.as_u16(), response.body()),
        other => QueueError::Unavailable(Box::new(other)),
    }
}

/// An answer that is none, with Restate's own message.
fn said(status: u16, body: &[u8]) -> QueueError {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    let message = serde_json::from_slice(body)
        .map_or_else(|_| String::from_utf8_lossy(body).into_owned(), |Said { message }| message);
    let message = crate::row::text::bounded(&message, crate::engine::LAST_ERROR);
    QueueError::Unavailable(format!("Restate answered {status}: {message}").into())
}

/// The administration of Restate.
#[derive(Clone, Debug)]
pub(super) struct Admin {
    http: Http,
    base: reqwest::Url,
}

impl Admin {
    pub(super) const fn new(http: Http, base: reqwest::Url) -> Self {
        Self { http, base }
    }

    /// The server's version, such as `1.7.12`.
    pub(super) async fn version(&self) -> Result<String, Source> {
        #[derive(serde::Deserialize)]
        struct Version {
            version: String,
        }
        let (status, body) = self.ask(reqwest::Method::GET, "version", None).await?;
        if status != 200 {
            return Err(said(status, &body).into());
        }
        let version: Version = serde_json::from_slice(&body)?;
        Ok(version.version)
    }

    /// The rows that an SQL statement finds.
    pub(super) async fn query<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, QueueError> {
        #[derive(serde::Deserialize)]
        struct Found<T> {
            rows: Vec<T>,
        }
        let question = serde_json::json!({ "query": sql });
        let body = self.done(reqwest::Method::POST, "query", Some(&question)).await?;
        let found: Found<T> = serde_json::from_slice(&body).map_err(unavailable)?;
        Ok(found.rows)
    }

    /// Has an invocation cancelled.
    pub(super) async fn cancel(&self, invocation: &str) -> Result<Cancelled, QueueError> {
        let path = format!("invocations/{invocation}/cancel");
        let (status, body) =
            self.ask(reqwest::Method::PATCH, &path, None).await.map_err(unavailable)?;
        match status {
            202 => Ok(Cancelled::Requested),
            200..300 => Ok(Cancelled::BeforeStart),
            404 | 409 => Ok(Cancelled::TooLate),
            _ => Err(said(status, &body)),
        }
    }

    /// Has the services at an address made known, again if they are.
    pub(super) async fn register(&self, address: &str) -> Result<(), QueueError> {
        let deployment = serde_json::json!({ "uri": address, "force": true });
        self.done(reqwest::Method::POST, "deployments", Some(&deployment)).await.map(drop)
    }

    async fn done(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Bytes, QueueError> {
        let (status, body) = self.ask(method, path, body).await.map_err(unavailable)?;
        if (200..300).contains(&status) { Ok(body) } else { Err(said(status, &body)) }
    }

    async fn ask(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<(u16, Bytes), reqwest::Error> {
        let mut address = self.base.clone();
        let folder = address.path().trim_end_matches('/').to_owned();
        address.set_path(&format!("{folder}/{path}"));
        let mut request = self.http.0.request(method, address).timeout(PATIENCE);
        request = request.header(http::header::ACCEPT, "application/json");
        if let Some(body) = body {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
            request = request.body(body.to_string());
        }
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await.map_err(reqwest::Error::without_url)?))
    }
}

fn unavailable(error: impl Into<Source>) -> QueueError {
    QueueError::Unavailable(error.into())
}

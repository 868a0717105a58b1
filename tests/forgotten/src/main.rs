//! Errors of crates whose features are not enabled: `tests/process/forgotten_features.rs` reads what the
//! compiler says.
#![allow(missing_docs, dead_code, reason = "nothing here is called")]

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};
use persevere::{Classify, retry};
use redis::RedisResult;

#[retry]
async fn of_anyhow() -> anyhow::Result<()> {
    Ok(())
}

struct Refused;

impl ProvideErrorKind for Refused {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        None
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

#[retry]
async fn of_aws() -> Result<(), SdkError<Refused, HttpResponse>> {
    Ok(())
}

#[retry]
async fn of_eyre() -> Result<(), eyre::Report> {
    Ok(())
}

#[retry]
async fn of_http() -> Result<(), http::StatusCode> {
    Ok(())
}

#[retry]
async fn of_object_store() -> object_store::Result<()> {
    Ok(())
}

#[retry]
fn of_redis() -> RedisResult<()> {
    Ok(())
}

#[retry(policy = "aggressive")]
async fn of_reqwest(url: &str) -> reqwest::Result<reqwest::Response> {
    reqwest::get(url).await?.error_for_status()
}

#[retry]
async fn of_reqwest_middleware() -> reqwest_middleware::Result<()> {
    Ok(())
}

#[retry]
async fn of_sqlx() -> Result<(), sqlx::Error> {
    Ok(())
}

#[retry]
async fn of_tonic() -> Result<(), tonic::Status> {
    Ok(())
}

#[retry]
async fn of_tonic_transport() -> Result<(), tonic::transport::Error> {
    Ok(())
}

#[derive(Debug, Classify)]
enum Error {
    #[retry(forward)]
    Http(reqwest::Error),
    #[retry(forward)]
    Database { source: sqlx::Error },
}

fn of_text() -> Result<persevere::Policy, Box<dyn std::error::Error>> {
    Ok("aggressive".parse()?)
}

fn main() {}

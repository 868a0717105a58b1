//! A response of reqwest, where only the feature `http` is enabled.
#![allow(missing_docs, dead_code, reason = "nothing here is called")]

use persevere::http::{HttpError, ResponseExt};

fn checked(response: reqwest::Response) -> Result<reqwest::Response, HttpError> {
    response.error_for_retry()
}

fn main() {}

//! Servers on loopback, sound ones and such as misbehave, and a client for them.
#![allow(dead_code, reason = "no test uses all of it")]

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::routing::get;
use http::StatusCode;
use reqwest::{Client, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// `/status/503/7` answers 503 with `Retry-After: 7`; `/status/503/-` without; `/loop` redirects
/// to itself, with a secret.
pub(crate) async fn sound_server() -> SocketAddr {
    async fn status(Path((code, wait)): Path<(u16, String)>) -> (StatusCode, HeaderMap, String) {
        let mut headers = HeaderMap::new();
        if wait != "-" {
            headers.insert(RETRY_AFTER, wait.parse().unwrap());
        }
        (StatusCode::from_u16(code).unwrap(), headers, format!("body of {code}"))
    }
    let router = Router::new()
        .route("/status/{code}/{wait}", get(status))
        .route("/loop", get(async || (StatusCode::FOUND, [(LOCATION, "/loop?token=secret")])));
    let (listener, address) = listen().await;
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// A server that reads each request's head, sends `answer`, and then closes the connection.
pub(crate) async fn closing_server(answer: &'static [u8]) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let mut stream = accept(&listener).await.unwrap();
            stream.write_all(answer).await.unwrap();
        }
    });
    address
}

/// A server that reads each request's head, sends `answer`, and then keeps silent.
pub(crate) async fn silent_server(answer: &'static [u8]) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            // A client that has left already misses nothing.
            let Ok(mut stream) = accept(&listener).await else { continue };
            let _ = stream.write_all(answer).await;
            open.push(stream);
        }
    });
    address
}

/// Reads a whole request, so that closing afterwards is a plain end and not a reset.
async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (mut stream, _) = listener.accept().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(stream)
}

pub(crate) async fn fetch(
    client: &Client,
    url: impl reqwest::IntoUrl,
) -> Result<Response, reqwest::Error> {
    client.get(url).send().await
}

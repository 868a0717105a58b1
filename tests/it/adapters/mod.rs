//! Tests of adapters.

mod anyhow;
mod aws_smithy;
mod eyre;
#[path = "../../../examples/grpc/server.rs"]
mod grpc_server;
mod http;
mod http_body;
mod http_raw;
mod http_rule;
mod object_store;
mod redis_codes;
mod rejection;
mod reqwest_middleware;
mod retry_after;
mod sqlx_codes;
mod sqlx_sqlite;
mod tls;
mod tonic;
mod tower;
mod tower_cancel;
mod tower_grpc;
mod tower_http;
mod tower_layers;
mod tower_readiness;
mod tower_upstream;

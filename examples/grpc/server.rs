//! A real gRPC server on a loopback port that gives the answers of its script, in order, and may break
//! its first connections during a call. Its only method takes an order's name and returns the order's
//! state, both as `google.protobuf.StringValue`, which is `String` in Rust.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::client;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{BoxFuture, Context, Poll, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// The server's answer to one call.
pub(crate) type Answer = Result<&'static str, Status>;

/// The remaining answers. After the last one, every call gets `UNIMPLEMENTED`, which is not retried.
#[derive(Clone, Default)]
pub(crate) struct Orders(Arc<Mutex<VecDeque<Answer>>>);

/// A running server; it stops when dropped.
pub(crate) struct Server {
    address: SocketAddr,
    orders: Orders,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server on a free port. It breaks its first connections, each once a call has begun, and
    /// serves the ones after.
    pub(crate) async fn start(broken_connections: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let orders = Orders::default();
        let service = orders.clone();
        let task = tokio::spawn(async move {
            for _ in 0..broken_connections {
                let (connection, _) = listener.accept().await.expect("a client connects");
                read_call(connection).await.expect("a client calls");
            }
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
                .expect("the server runs until it is dropped");
        });
        Self { address, orders, task }
    }

    /// Sets the answers to the next calls; the rest of an earlier script is dropped.
    pub(crate) fn will_answer(&self, answers: impl IntoIterator<Item = Answer>) {
        *self.orders.script() = answers.into_iter().collect();
    }

    /// The number of answers that have not been used yet.
    pub(crate) fn answers_left(&self) -> usize {
        self.orders.script().len()
    }

    /// A client, which connects when it is first used.
    pub(crate) fn client(&self) -> Channel {
        channel(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client of the server at that address.
pub(crate) fn channel(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).expect("an address is an URI").connect_lazy()
}

/// The method's service, as generated code would implement it.
pub(crate) async fn order_state(channel: &Channel, name: &str) -> Result<String, Status> {
    let mut client = client::Grpc::new(channel.clone());
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let request = Request::new(name.to_owned());
    let path = PathAndQuery::from_static("/shop.Orders/State");
    let codec = ProstCodec::<String, String>::default();
    client.unary(request, path, codec).await.map(Response::into_inner)
}

/// Reads from a new connection until a call begins, and then drops it.
async fn read_call(mut connection: TcpStream) -> io::Result<()> {
    const PREFACE: usize = 24;
    const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const HEADERS: u8 = 1;

    connection.write_all(&EMPTY_SETTINGS).await?;
    connection.read_exact(&mut [0; PREFACE]).await?;
    loop {
        let mut head = [0; 9]; // three bytes of length, one of type, of flags, four of stream
        connection.read_exact(&mut head).await?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        connection.read_exact(&mut vec![0; length]).await?;
        if head[3] == HEADERS {
            return Ok(());
        }
    }
}

impl Orders {
    fn script(&self) -> std::sync::MutexGuard<'_, VecDeque<Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnaryService<String> for Orders {
    type Response = String;
    type Future = std::future::Ready<Result<Response<String>, Status>>;

    fn call(&mut self, _name: Request<String>) -> Self::Future {
        let over = || Err(Status::unimplemented("the script is over"));
        let answer = self.script().pop_front().unwrap_or_else(over);
        std::future::ready(answer.map(|state| Response::new(state.to_owned())))
    }
}

impl NamedService for Orders {
    const NAME: &'static str = "shop.Orders";
}

impl Service<http::Request<Body>> for Orders {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let orders = self.clone();
        Box::pin(async move {
            let codec = ProstCodec::<String, String>::default();
            Ok(Grpc::new(codec).unary(orders, request).await)
        })
    }
}

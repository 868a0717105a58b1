//! Redis, with its data in a temporary folder.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;

use tempfile::TempDir;

use super::{Server, find, free_port};

#[derive(Debug)]
pub(crate) struct Redis {
    folder: TempDir,
    port: u16,
    server: Option<Server>,
}

impl Redis {
    /// Starts it with `settings`, such as `--maxclients 1`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut redis = Self { folder, port: free_port(), server: None };
        redis.start_again(settings);
        redis
    }

    /// After `stop`: on the same port, with what `SAVE` had written. Waits until it answers, be it
    /// that it is still loading.
    pub(crate) fn start_again(&mut self, settings: &[&str]) {
        let mut command = Command::new(find("redis-server", &[]));
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(settings.iter().flat_map(|setting| setting.split(' ')));
        let mut server = Server::start(&mut command, self.folder.path());
        server.wait_until(|| self.answers().is_some());
        self.server = Some(server);
    }

    /// Stops it without saving.
    pub(crate) fn stop(&mut self) {
        self.server.take().expect("a running server").stop("KILL");
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn client(&self) -> redis::Client {
        redis::Client::open(("127.0.0.1", self.port)).expect("an address")
    }

    fn answers(&self) -> Option<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        stream.write_all(b"PING\r\n").ok()?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).ok()?;
        (!answer.is_empty()).then_some(answer)
    }
}

//! Restate, with its data in a temporary folder.

use std::env;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::{Server, free_port};

/// What `tests/services/install` installs.
const VERSION: &str = "1.7.12";

#[derive(Debug)]
pub(crate) struct Restate {
    folder: TempDir,
    ingress: u16,
    admin: u16,
    server: Option<Server>,
}

impl Restate {
    /// Starts it. An invocation that does nothing for `inactivity` is suspended.
    pub(crate) fn start(inactivity: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (ingress, admin) = (free_port(), free_port());
        let settings = format!(
            "roles = ['http-ingress', 'admin', 'worker', 'log-server', 'metadata-server']\n\
            node-name = 'test'\n\
            cluster-name = 'test'\n\
            base-dir = '{data}'\n\
            listen-mode = 'tcp'\n\
            bind-address = '127.0.0.1:{node}'\n\
            log-filter = 'warn'\n\
            log-disable-ansi-codes = true\n\
            disable-telemetry = true\n\
            default-num-partitions = 2\n\
            rocksdb-total-memory-size = '128 MiB'\n\
            [ingress]\n\
            bind-address = '127.0.0.1:{ingress}'\n\
            [admin]\n\
            bind-address = '127.0.0.1:{admin}'\n\
            disable-web-ui = true\n\
            [worker.invoker]\n\
            inactivity-timeout = '{inactivity}ms'\n",
            data = folder.path().join("data").display(),
            node = free_port(),
            inactivity = inactivity.as_millis(),
        );
        fs::write(folder.path().join("restate.toml"), settings).expect("a file");
        let mut restate = Self { folder, ingress, admin, server: None };
        restate.start_again();
        restate
    }

    /// After `stop`: on the same ports, with the same data. Waits until it takes requests.
    pub(crate) fn start_again(&mut self) {
        let mut command = Command::new(program());
        command.args(["--config-file", "restate.toml", "--no-logo"]);
        let mut server = Server::start(&mut command, self.folder.path());
        // Its health is good before it knows who leads.
        let question = "{\"query\":\"SELECT id FROM sys_invocation\"}";
        let answers =
            [(self.ingress, "GET /restate/health", ""), (self.admin, "POST /query", question)];
        server.wait_until(|| answers.iter().all(|&(port, what, body)| is_well(port, what, body)));
        self.server = Some(server);
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn stop(&mut self) {
        self.server.take().expect("a running server").stop("KILL");
    }

    pub(crate) fn ingress(&self) -> String {
        format!("http://127.0.0.1:{}", self.ingress)
    }

    pub(crate) fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }
}

fn is_well(port: u16, what: &str, body: &str) -> bool {
    let answer = || -> Option<[u8; 15]> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let headers = format!(
            "host: localhost\r\naccept: application/json\r\ncontent-type: application/json\r\n\
            content-length: {}\r\n",
            body.len()
        );
        write!(stream, "{what} HTTP/1.1\r\n{headers}\r\n{body}").ok()?;
        let mut status = [0; 15];
        stream.read_exact(&mut status).ok()?;
        Some(status)
    };
    answer().is_some_and(|status| &status == b"HTTP/1.1 200 OK")
}

/// The server's program, in the folder that this test was built in.
fn program() -> PathBuf {
    let test = env::current_exe().expect("a program");
    let found = test.ancestors().find_map(|folder| {
        let packages = folder.join(format!("restate-{VERSION}/node_modules/@restatedev"));
        let packages = fs::read_dir(packages).ok()?;
        let programs = packages.flatten().map(|package| package.path().join("bin/restate-server"));
        programs.into_iter().find(|program| program.is_file())
    });
    found.unwrap_or_else(|| panic!("Restate {VERSION} is missing: run `tests/services/install`"))
}

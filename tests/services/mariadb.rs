//! MariaDB: a fresh server in a temporary folder.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use tempfile::TempDir;

use super::{Server, User, find, free_port, give_away, run};

/// A statement a line, run at each start.
const USERS: &str = "\
CREATE DATABASE IF NOT EXISTS test;
CREATE USER IF NOT EXISTS test, operator;
GRANT ALL ON test.* TO test;
GRANT ALL ON *.* TO operator WITH GRANT OPTION;
";

#[derive(Debug)]
pub(crate) struct MariaDb {
    /// Ends before its folder goes.
    server: Option<Server>,
    folder: TempDir,
    settings: Vec<String>,
    port: u16,
    /// The user that it runs as, if this process is root, which it refuses.
    user: Option<User>,
}

impl MariaDb {
    /// Makes a server with the users `test`, who may do all but write where the server only reads,
    /// and `operator`, who may do all; starts it with `settings`, such as `max_connections=10`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let user = give_away(folder.path(), "mysql");
        fs::write(folder.path().join("users.sql"), USERS).expect("a file");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut mariadb = Self { server: None, folder, settings, port: free_port(), user };
        let mut install = mariadb.command("mariadb-install-db");
        install.args(["--skip-test-db", "--auth-root-authentication-method=normal"]);
        run(&mut install);
        mariadb.start_again();
        mariadb
    }

    /// After `stop`: on the same port, with the same data. Waits until it takes connections.
    pub(crate) fn start_again(&mut self) {
        let folder = self.folder.path();
        let mut command = self.command("mariadbd");
        command.args(["--bind-address=127.0.0.1", &format!("--port={}", self.port)]);
        command.arg(format!("--socket={}", folder.join("socket").display()));
        command.arg(format!("--init-file={}", folder.join("users.sql").display()));
        command.args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]);
        command.args(self.settings.iter().map(|setting| format!("--{setting}")));
        let mut server = Server::start(&mut command, folder);
        server.wait_until(|| self.greets());
        self.server = Some(server);
    }

    /// Stops it as an administrator does.
    pub(crate) fn stop(&mut self) {
        self.server.take().expect("a running server").stop("TERM");
    }

    pub(crate) fn options(&self, user: &str) -> MySqlConnectOptions {
        let options = MySqlConnectOptions::new().host("127.0.0.1").port(self.port);
        options.username(user).database("test").ssl_mode(MySqlSslMode::Disabled)
    }

    /// Whether it sends the packet that begins every connection: three bytes of length, a number,
    /// and the protocol's version, 10.
    fn greets(&self) -> bool {
        let mut greeting = [0; 5];
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        stream.and_then(|mut stream| stream.read_exact(&mut greeting)).is_ok() && greeting[4] == 10
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find(program, &[PathBuf::from("/usr/sbin")]));
        command.arg("--no-defaults").current_dir(self.folder.path());
        command.env("TMPDIR", self.folder.path());
        command.arg(format!("--datadir={}", self.folder.path().join("data").display()));
        command.arg("--innodb-log-file-size=4M");
        if let Some(user) = self.user {
            user.runs(&mut command);
        }
        command
    }
}

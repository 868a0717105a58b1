//! PostgreSQL: a fresh cluster in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tempfile::TempDir;

use super::{Server, User, find, free_port, give_away, run};

#[derive(Debug)]
pub(crate) struct Postgres {
    folder: TempDir,
    settings: Vec<String>,
    port: u16,
    /// The user that it runs as, if this process is root, which it refuses.
    user: Option<User>,
    server: Option<Server>,
}

impl Postgres {
    /// Makes a cluster, and starts it with `settings`, such as `deadlock_timeout=50ms`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let user = give_away(folder.path(), "postgres");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut postgres = Self { folder, settings, port: free_port(), user, server: None };
        let mut initdb = postgres.command("initdb");
        initdb.args(["--username=test", "--auth=trust", "--encoding=UTF8", "--no-locale"]);
        run(initdb.args(["--no-sync", "--pgdata=cluster"]));
        postgres.start_again();
        postgres
    }

    /// After `stop`: on the same port, with the same data. Waits until it takes connections.
    pub(crate) fn start_again(&mut self) {
        let mut command = self.command("postgres");
        command.args(["-D", "cluster", "-p", &self.port.to_string()]);
        let always = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
        for setting in always.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        let mut server = Server::start(&mut command, self.folder.path());
        server.wait_until(|| {
            let mut question = self.command("pg_isready");
            question.args(["--quiet", "--host=127.0.0.1", "--port", &self.port.to_string()]);
            question.status().is_ok_and(|status| status.success())
        });
        self.server = Some(server);
    }

    /// Stops it as an administrator does: sessions end with 57P01, and the server waits for nobody.
    pub(crate) fn stop(&mut self) {
        self.server.take().expect("a running server").stop("INT");
    }

    /// Ends it as a crash does: what has not reached the disk is forgotten.
    pub(crate) fn crash(&mut self) {
        self.server.take().expect("a running server").stop("QUIT");
    }

    /// Stops all its sessions until [`go_on`](Self::go_on).
    pub(crate) fn stand_still(&self) {
        self.server.as_ref().expect("a running server").stand_still();
    }

    pub(crate) fn go_on(&self) {
        self.server.as_ref().expect("a running server").go_on();
    }

    pub(crate) fn is_running(&self) -> bool {
        self.server.is_some()
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(self.port);
        options.username("test").database("postgres").ssl_mode(PgSslMode::Disable)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find(program, &versions()));
        command.current_dir(self.folder.path());
        if let Some(user) = self.user {
            user.runs(&mut command);
        }
        command
    }
}

impl Drop for Postgres {
    /// At once, but not by SIGKILL, after which shared memory would be left behind.
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop("QUIT");
        }
    }
}

/// Where Debian keeps the programs, newest first.
fn versions() -> Vec<PathBuf> {
    let versions = fs::read_dir(Path::new("/usr/lib/postgresql"));
    let entries = versions.into_iter().flatten().filter_map(io::Result::ok);
    let mut folders: Vec<_> = entries.map(|entry| entry.path().join("bin")).collect();
    folders.sort_unstable_by(|one, other| other.cmp(one));
    folders
}

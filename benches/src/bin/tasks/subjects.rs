//! What is compared: queues, the services that they need, and how their processes are called.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use benches::children::{cargo, output, workspace};
use sqlx::{AssertSqlSafe, ConnectOptions as _, raw_sql};
use tempfile::TempDir;

use crate::place::Place;
use crate::services::postgres::Postgres;
use crate::services::{Server, find, free_port};

/// Servers, as they are installed but for their place, and with every commit on the disk.
pub(crate) struct Services {
    pub(crate) folder: TempDir,
    postgres: Postgres,
    redis: Option<(Server, u16)>,
    graphile: Option<PathBuf>,
    river: Option<PathBuf>,
    /// What cannot be measured here, and why.
    pub(crate) absent: Vec<String>,
}

/// A queue.
pub(crate) struct Subject<'s> {
    pub(crate) name: &'static str,
    pub(crate) title: String,
    /// How many tasks at a time one of its processes runs.
    pub(crate) slots: &'static [usize],
    /// How many empty tasks are run to measure how many run in a second.
    pub(crate) empty: usize,
    /// The wait before its retry, in microseconds.
    pub(crate) retry: u64,
    kind: Kind,
    services: &'s Services,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sqlite,
    Postgres,
    Graphile { tuned: bool },
    River,
    Celery,
}

/// A process, and those that it has started. They are killed when this is dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn start(mut command: Command) -> Self {
        use std::os::unix::process::CommandExt as _;

        let command = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).output();
        let _ = self.0.wait();
    }
}

impl Services {
    /// For this library's queues alone.
    pub(crate) fn of_ours() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = Postgres::start(&["fsync=on", "max_connections=200"]);
        Self { folder, postgres, redis: None, graphile: None, river: None, absent: Vec::new() }
    }

    /// For the peers, too.
    pub(crate) fn of_all() -> Self {
        let mut ours = Self::of_ours();
        if venv().join("bin/celery").is_file() {
            ours.redis = Some(start_redis(ours.folder.path()));
        } else {
            let why = "Celery was not measured: `benches/install celery` installs it.";
            ours.absent.push(why.to_owned());
        }
        ours.graphile = ours.build("graphile_worker");
        ours.river = ours.build("riverqueue");
        ours
    }

    /// The program of that folder in `benches/peers`, if it can be built.
    fn build(&mut self, peer: &str) -> Option<PathBuf> {
        let target = workspace().join("target/benches").join(peer);
        let mut build = cargo(&workspace().join("benches/peers").join(peer));
        build.args(["build", "--quiet", "--release", "--locked", "--target-dir"]).arg(&target);
        if build.status().is_ok_and(|status| status.success()) {
            return Some(target.join("release").join(format!("peer-{}", peer.replace('_', "-"))));
        }
        self.absent.push(format!("{peer} was not measured: it could not be built."));
        None
    }

    pub(crate) fn subjects(&self) -> Vec<Subject<'_>> {
        let subject = |name, title: &str, kind| Subject {
            name,
            title: title.to_owned(),
            slots: &[10, 50],
            empty: 20_000,
            retry: 1_000_000,
            kind,
            services: self,
        };
        let graphile = |name, title, tuned| Subject {
            retry: 2_718_282, // e seconds after the first failure
            ..subject(name, title, Kind::Graphile { tuned })
        };
        let mut subjects = vec![
            subject("sqlite", "persevere, SQLite (FULL)", Kind::Sqlite),
            subject("postgres", "persevere, PostgreSQL", Kind::Postgres),
        ];
        if self.graphile.is_some() {
            subjects.push(graphile("graphile", "graphile_worker 0.14", false));
            subjects.push(graphile("graphile-tuned", "the same, fetching ahead in batches", true));
        }
        if self.river.is_some() {
            subjects.push(subject("river", "riverqueue 0.5", Kind::River));
        }
        if self.redis.is_some() {
            let celery = subject("celery", "Celery 5.7 on Redis, 2 × 4 processes", Kind::Celery);
            subjects.push(Subject { slots: &[4], empty: 4_000, ..celery });
        }
        subjects
    }
}

impl Subject<'_> {
    /// A new database, which nobody has used.
    pub(crate) async fn place(&self) -> Place {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = self.services.folder.path();
        let address = match self.kind {
            Kind::Sqlite => folder.join(format!("{number}.db")).display().to_string(),
            Kind::Postgres | Kind::Graphile { .. } | Kind::River => {
                let options = self.services.postgres.options();
                let mut connection = options.connect().await.expect("a server");
                let create = AssertSqlSafe(format!("CREATE DATABASE place_{number}"));
                raw_sql(create).execute(&mut connection).await.expect("a database");
                options.database(&format!("place_{number}")).to_url_lossy().to_string()
            }
            Kind::Celery => {
                let (_, port) = self.services.redis.as_ref().expect("it was started");
                let flush = ["-p", &port.to_string(), "FLUSHALL"];
                output(Command::new(find("redis-cli", &[])).args(flush));
                format!("redis://127.0.0.1:{port}/0")
            }
        };
        Place { address, log: folder.join(format!("{number}.log")) }
    }

    /// Starts a process that runs tasks.
    pub(crate) fn work(&self, place: &Place, slots: usize) -> Process {
        let mut command = self.command(place);
        match self.kind {
            Kind::Celery => {
                command.args(["-m", "celery", "-A", "probe", "worker", "--concurrency"]);
                command.args([&slots.to_string(), "--hostname", &format!("w{}@h", free_port())]);
                command.args(["--without-gossip", "--without-mingle", "--loglevel", "ERROR"]);
            }
            _ => {
                command.args(["work", &place.address, &slots.to_string()]).arg(&place.log);
            }
        }
        Process::start(command)
    }

    /// How a process is called that stores tasks.
    pub(crate) fn enqueue(&self, place: &Place, what: &str, count: usize) -> Command {
        let mut command = self.command(place);
        match self.kind {
            Kind::Celery => command.args(["probe.py", "enqueue"]),
            _ => command.args(["enqueue", &place.address]),
        };
        command.args([what, &count.to_string()]);
        command
    }

    fn command(&self, place: &Place) -> Command {
        match self.kind {
            Kind::Sqlite | Kind::Postgres => {
                Command::new(std::env::current_exe().expect("this program has a path"))
            }
            Kind::Graphile { tuned } => {
                let mut command =
                    Command::new(self.services.graphile.as_ref().expect("it was built"));
                if tuned {
                    command.env("TUNED", "1");
                }
                command
            }
            Kind::River => Command::new(self.services.river.as_ref().expect("it was built")),
            Kind::Celery => {
                let mut command = Command::new(venv().join("bin/python"));
                command.current_dir(workspace().join("benches/peers/celery"));
                command.env("PLACE", &place.address).env("LOG", &place.log);
                command.env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        }
    }

    /// Has the database note each end that is written, in a table `ends`; Celery notes it itself.
    pub(crate) async fn note_ends(&self, place: &Place) {
        let trigger = match self.kind {
            Kind::Sqlite => {
                "CREATE TABLE ends (number INTEGER); \
                 CREATE TRIGGER an_end AFTER UPDATE ON persevere_tasks WHEN NEW.state = 'done' \
                 BEGIN INSERT INTO ends VALUES (NEW.args ->> 'number'); END"
            }
            Kind::Postgres => {
                "CREATE TABLE ends (number bigint); CREATE FUNCTION note_end() RETURNS trigger \
                 LANGUAGE plpgsql AS $$ BEGIN \
                    INSERT INTO ends VALUES ((NEW.args::json ->> 'number')::bigint); \
                    RETURN NULL; END $$; \
                 CREATE TRIGGER an_end AFTER UPDATE ON persevere.tasks FOR EACH ROW \
                    WHEN (NEW.state = 'done') EXECUTE FUNCTION note_end()"
            }
            Kind::Graphile { .. } => {
                "CREATE TABLE ends (number bigint); CREATE FUNCTION note_end() RETURNS trigger \
                 LANGUAGE plpgsql AS $$ BEGIN \
                    INSERT INTO ends VALUES ((OLD.payload ->> 'number')::bigint); \
                    RETURN NULL; END $$; \
                 CREATE TRIGGER an_end AFTER DELETE ON graphile_worker._private_jobs FOR EACH ROW \
                    EXECUTE FUNCTION note_end()"
            }
            Kind::River => {
                "CREATE TABLE ends (number bigint); CREATE FUNCTION note_end() RETURNS trigger \
                 LANGUAGE plpgsql AS $$ BEGIN \
                    INSERT INTO ends VALUES ((NEW.args ->> 'number')::bigint); RETURN NULL; END $$; \
                 CREATE TRIGGER an_end AFTER UPDATE ON river_job FOR EACH ROW \
                    WHEN (NEW.state = 'completed') EXECUTE FUNCTION note_end()"
            }
            Kind::Celery => return,
        };
        place.execute(trigger).await;
    }

    /// How many different tasks ended, and how many ends there were.
    pub(crate) async fn ends(&self, place: &Place) -> (usize, usize) {
        if self.kind == Kind::Celery {
            let lines = crate::log::read(&place.log);
            let ends = lines.iter().filter(|line| line.what == "ended").map(|line| line.number);
            let numbers: Vec<_> = ends.collect();
            let different: std::collections::HashSet<_> = numbers.iter().collect();
            return (different.len(), numbers.len());
        }
        place.pair("SELECT count(DISTINCT number), count(*) FROM ends").await
    }
}

/// Where `benches/install celery` puts it.
fn venv() -> PathBuf {
    workspace().join("target/benches/celery")
}

fn start_redis(folder: &Path) -> (Server, u16) {
    let port = free_port();
    let mut command = Command::new(find("redis-server", &[]));
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    let mut server = Server::start(&mut command, folder);
    let ping = || {
        let mut ping = Command::new(find("redis-cli", &[]));
        let answer = ping.args(["-p", &port.to_string(), "PING"]).output();
        answer.is_ok_and(|answer| answer.stdout.starts_with(b"PONG"))
    };
    server.wait_until(ping);
    (server, port)
}

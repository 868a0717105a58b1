//! A server's process, the user that it runs as, and its port.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use std::{env, fs, process, thread};

/// A server's process. Its output goes to `log` in its folder, and is shown if it does not start.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    pub(crate) fn start(command: &mut Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let output = fs::File::create(&log).expect("a log file");
        command.current_dir(folder).stdin(Stdio::null());
        command.stdout(output.try_clone().expect("the log file")).stderr(output);
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { process, log }
    }

    /// Waits until the server is `ready`, for half a minute at most.
    pub(crate) fn wait_until(&mut self, ready: impl Fn() -> bool) {
        for _ in 0..3_000 {
            if ready() {
                return;
            }
            if self.process.try_wait().expect("a process of ours").is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("a server did not start:\n{}", fs::read_to_string(&self.log).unwrap_or_default());
    }

    /// Sends a signal by the system's `kill`, and waits for the end.
    pub(crate) fn stop(mut self, signal: &str) {
        self::signal(self.process.id(), signal);
        self.process.wait().expect("a process of ours");
    }

    /// Stops it, with its child processes, until [`go_on`](Self::go_on).
    pub(crate) fn stand_still(&self) {
        self.signal_all("STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal_all("CONT");
    }

    /// To itself first: a stopped process starts no children.
    fn signal_all(&self, signal: &str) {
        let server = self.process.id();
        self::signal(server, signal);
        for child in children(server) {
            // One that has ended meanwhile needs no signal.
            let _ = kill(child, signal).output();
        }
    }
}

impl Drop for Server {
    /// After `stop`, there is nobody left to kill.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A user of the system, and its group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// From the system's list of users, into which a server's package puts it.
    fn named(name: &str) -> Self {
        let users = fs::read_to_string("/etc/passwd").expect("the list of users");
        let user = users.lines().find_map(|line| {
            let mut fields = line.strip_prefix(name)?.strip_prefix(':')?.split(':').skip(1);
            Some(Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
        });
        user.unwrap_or_else(|| panic!("no user `{name}`: run `tests/services/install`"))
    }

    pub(crate) fn runs(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

/// If this process is root, which a server refuses: gives the folder to that server's own user.
pub(crate) fn give_away(folder: &Path, name: &str) -> Option<User> {
    let as_root = fs::metadata(folder).expect("the folder").uid() == 0;
    let user = as_root.then(|| User::named(name))?;
    chown(folder, Some(user.uid), Some(user.gid)).expect("root may give a folder away");
    Some(user)
}

/// The program's path, from the `PATH` or one of `folders`.
pub(crate) fn find(program: &str, folders: &[PathBuf]) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("`{program}` is missing: run `tests/services/install`"))
}

/// Sends a signal by the system's `kill`.
pub(crate) fn signal(process: u32, signal: &str) {
    run(&mut kill(process, signal));
}

fn kill(process: u32, signal: &str) -> Command {
    let mut command = Command::new("kill");
    command.args(["-s", signal, &process.to_string()]);
    command
}

/// The processes whose parent that one is, by Linux' `/proc`.
fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("this needs Linux").filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_child = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        status.lines().any(|line| line == format!("PPid:\t{parent}"))
    };
    ids.filter(is_child).collect()
}

/// Runs a command to its end, which must be a good one.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// A port on which nobody listens on 127.0.0.1.
///
/// Not one that the system chooses (port 0): it would choose the same for a client, while the server
/// of that port is stopped in mid-test. Its choice begins at 32768.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let of_this_process = (process::id() % 1_000) * 20;
    loop {
        let of_this_server = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 12_000 + (of_this_process + of_this_server) % 20_000;
        let port = u16::try_from(port).expect("less than 32000");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

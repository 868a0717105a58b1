//! Shows and mends a queue of durable tasks, in a SQLite file or a PostgreSQL database.
//!
//! It makes neither a file nor tables. It ends with 0; with 1 after an error; with 2 where it was called
//! wrongly.

mod arguments;
mod change;
mod print;
mod quote;
mod redact;
mod show;
mod time;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{error, ffi, fmt, io};

use clap::Parser as _;
use persevere_tasks::engine::{self, Engine};
use persevere_tasks::{QueueError, TaskId};

use crate::arguments::{Arguments, Command};
use crate::print::Printer;

/// How long a database may take to answer the first question.
const PATIENCE: Duration = Duration::from_secs(30);

/// The exit code of a wrong call.
const WRONG_CALL: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse().and_then(Arguments::checked) {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads has seen enough.
        Err(Failure::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Call(text)) => {
            eprintln!("error: {text}");
            ExitCode::from(WRONG_CALL)
        }
        Err(failure) => {
            eprintln!("error: {}", quote::line(&failure.to_string(), quote::ERROR));
            ExitCode::FAILURE
        }
    }
}

/// Help where it was asked for; else what is wrong with the call, without the passwords in it.
fn explain(error: &clap::Error) -> ExitCode {
    let text = redact::urls(&error.render().to_string(), std::env::args_os());
    let text = quote::lines(&text);
    if error.use_stderr() {
        eprint!("{text}");
        return ExitCode::from(WRONG_CALL);
    }
    print!("{text}");
    ExitCode::SUCCESS
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Print)?;
    runtime.block_on(async {
        let engine = open(&arguments.queue).await?;
        let mut printer = Printer::new(arguments.json);
        match arguments.command {
            Command::Stats => show::stats(&*engine, &mut printer).await,
            Command::Tasks(which) => show::list(&*engine, which.listing(), &mut printer).await,
            Command::Dead(which) => show::list(&*engine, which.listing(), &mut printer).await,
            Command::Show { id, args } => show::one(&*engine, id, args, &mut printer).await,
            Command::Requeue(which) => change::requeue(&*engine, which, &mut printer).await,
            Command::Discard(which) => change::discard(&*engine, which, &mut printer).await,
            Command::Cancel { ids } => change::cancel(&*engine, ids, &mut printer).await,
        }
    })
}

/// Opens the queue of a file, or of a URL.
async fn open(place: &ffi::OsStr) -> Result<Arc<dyn Engine>, Failure> {
    let url = place.to_str().filter(|place| redact::is_url(place));
    let opened = async {
        let Some(url) = url else {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(place);
            return Ok(engine::existing_sqlite(options).await?);
        };
        // The driver's own text may show the URL.
        let options = url.contains("://").then(|| url.parse().ok()).flatten();
        let options = options.ok_or_else(|| Failure::Call(redact::UNREADABLE.to_owned()))?;
        Ok(engine::existing_postgres(options).await?)
    };
    let opened = tokio::time::timeout(PATIENCE, opened).await;
    opened.map_err(|_| Failure::NoAnswer)?
}

/// Why the program ends early.
#[derive(Debug)]
enum Failure {
    /// It was called wrongly.
    Call(String),
    /// The queue says no.
    Queue(QueueError),
    /// The database does not answer at all.
    NoAnswer,
    /// Some of the tasks named are not as they would have to be; each has been named.
    Some { of: usize, failed: usize },
    /// There is nothing to print on.
    Print(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(text) => f.write_str(text),
            Self::Queue(error) => error.fmt(f),
            Self::NoAnswer => write!(f, "the database has not answered for {PATIENCE:?}"),
            Self::Some { of, failed } => write!(f, "{failed} of {of} tasks were left as they are"),
            Self::Print(error) => error.fmt(f),
        }
    }
}

impl error::Error for Failure {}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Print(error)
    }
}

/// That there is no such task.
fn unknown(id: TaskId) -> QueueError {
    QueueError::UnknownTask(id)
}

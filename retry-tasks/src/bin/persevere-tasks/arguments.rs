//! What the program is called with.

use std::ffi::OsString;
use std::time::SystemTime;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use persevere_core::engine::GiveUp;
use persevere_tasks::TaskId;
use persevere_tasks::engine::{Listing, REASONS, Selection, StateName};

use crate::time;

/// Shows and mends a queue of durable tasks.
#[derive(Debug, Parser)]
#[command(name = "persevere-tasks", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[arg(
        help = "The queue: a SQLite file, or a URL such as postgres://app@localhost/shop",
        long_help = "The queue: a SQLite file, or a URL such as postgres://app@localhost/shop. Other \
            users of the machine can read a password on the command line: put it into the variable",
        short,
        long,
        global = true,
        value_name = "FILE|URL",
        env = "PERSEVERE_QUEUE",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) queue: OsString,
    /// Print one JSON object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Count tasks that wait, run and are dead, by name
    Stats,
    /// List tasks, the latest first
    Tasks(Tasks),
    /// List tasks that failed for good, the latest to die first
    Dead(Dead),
    /// Show one task, with its failed attempts
    Show {
        /// The task's id
        id: TaskId,
        /// Show its arguments and its output, too
        #[arg(long)]
        args: bool,
    },
    /// Make dead tasks due now, with nothing counted
    Requeue(Chosen),
    /// Delete dead tasks
    Discard(Chosen),
    /// End tasks that wait, and ask for the end of those that run
    Cancel {
        /// The tasks' ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<TaskId>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Tasks {
    /// Those of this name
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// Those in this state
    #[arg(long, value_parser = states())]
    state: Option<String>,
    /// At most this number of tasks
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Dead {
    #[command(flatten)]
    filter: Filter,
    /// At most this number of tasks
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// Which dead tasks are meant.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Those of this name
    #[arg(long, value_name = "NAME")]
    task: Option<String>,
    /// Those that died for this reason
    #[arg(long, value_name = "REASON", value_parser = reasons())]
    because: Option<String>,
    /// Those that died at this time or later: 2026-05-01T08:00:00Z, or 2h for two hours ago
    #[arg(long, value_name = "TIME", value_parser = time::since)]
    since: Option<SystemTime>,
}

/// Dead tasks, by their ids or by what they have in common.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Dead tasks' ids
    #[arg(value_name = "ID", conflicts_with_all = ["task", "because", "since", "limit", "all"])]
    pub(crate) ids: Vec<TaskId>,
    #[command(flatten)]
    filter: Filter,
    /// At most this number of tasks, the latest to die first
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// All dead tasks
    #[arg(long, conflicts_with_all = ["task", "because", "since", "limit"])]
    all: bool,
}

impl Arguments {
    /// Refuses what clap does not.
    pub(crate) fn checked(self) -> Result<Self, clap::Error> {
        let missing = |text| Self::command().error(ErrorKind::MissingRequiredArgument, text);
        if self.queue.is_empty() {
            return Err(missing(
                "name the queue, by --queue or in PERSEVERE_QUEUE: a SQLite file, or a URL such as \
                 postgres://app@localhost/shop",
            ));
        }
        match &self.command {
            Command::Requeue(chosen) | Command::Discard(chosen) if chosen.is_nothing() => {
                Err(missing(
                    "say which dead tasks: by their ids, by --task, --because, --since or --limit, or \
                     --all of them",
                ))
            }
            _ => Ok(self),
        }
    }
}

impl Tasks {
    pub(crate) fn listing(self) -> Listing {
        let named = |word: &str| StateName::ALL.into_iter().find(|state| state.as_str() == word);
        Listing {
            state: self.state.as_deref().and_then(named),
            task: self.task,
            because: None,
            since: None,
            limit: self.limit as usize,
        }
    }
}

impl Dead {
    pub(crate) fn listing(self) -> Listing {
        Listing {
            state: Some(StateName::Dead),
            because: self.filter.reason(),
            task: self.filter.task,
            since: self.filter.since,
            limit: self.limit as usize,
        }
    }
}

impl Filter {
    fn reason(&self) -> Option<GiveUp> {
        let word = self.because.as_deref()?;
        REASONS.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl Chosen {
    fn is_nothing(&self) -> bool {
        let Filter { task, because, since } = &self.filter;
        let has_filter = task.is_some() || because.is_some() || since.is_some();
        !(has_filter || self.all || self.limit.is_some()) && self.ids.is_empty()
    }

    /// Those that are chosen by what they have in common.
    pub(crate) fn selection(self) -> Selection {
        Selection {
            because: self.filter.reason(),
            names: self.filter.task.into_iter().collect(),
            ids: Vec::new(),
            since: self.filter.since,
            after: None,
            limit: self.limit.map(u64::from),
        }
    }
}

fn states() -> PossibleValuesParser {
    StateName::ALL.map(StateName::as_str).into()
}

fn reasons() -> PossibleValuesParser {
    REASONS.map(GiveUp::as_str).into()
}

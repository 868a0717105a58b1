//! Scopes of overrides beside a model: all entries in one list, of which the last that matches wins. Random trees
//! of scopes, of spawned tasks that carry them and of tasks that do not, with tables installed in between.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use persevere::overrides::{Overrides, carry, overrides};
use persevere::{Event, retry, testing};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng};

thread_local! {
    static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn hear(event: &Event<'_>) {
    WAITS.with_borrow_mut(|waits| waits.extend(event.delay()));
}

#[retry(on = _, jitter = "none", max_retries = 3, base_delay = "9s", max_delay = "9s", name = "m::pay", on_retry = hear)]
fn pay() -> Result<(), u8> {
    Err(0)
}

#[retry(on = _, jitter = "none", max_retries = 3, base_delay = "9s", max_delay = "9s", name = "m::ask", on_retry = hear)]
fn ask() -> Result<(), u8> {
    Err(0)
}

/// The retries of a call, and the wait before the first in seconds.
type Seen = (u32, Option<u64>);

fn call(is_pay: bool) -> Seen {
    let _scope = testing::no_waiting().on_this_thread();
    assert_eq!(if is_pay { pay() } else { ask() }, Err(0));
    let waits = WAITS.take();
    (u32::try_from(waits.len()).unwrap(), waits.first().map(Duration::as_secs))
}

/// Patterns, the weakest first, and whether each matches `m::pay` and `m::ask`.
const PATTERNS: [(&str, bool, bool); 8] = [
    ("*", true, true),
    ("*y", true, false),
    ("m::*", true, true),
    ("m::p*", true, false),
    ("*::ask", false, true),
    ("*m::pay", true, false),
    ("m::ask", false, true),
    ("m::pay", true, false),
];

/// Of a pattern, by its index: other retries, another wait, or both.
#[derive(Clone, Debug)]
struct Entry(usize, Option<u32>, Option<u64>);

/// Layers, each laid over the one before; its entries in the order of `PATTERNS`.
type Table = Vec<Vec<Entry>>;

fn overrides_of(table: &Table) -> Overrides {
    table.iter().fold(Overrides::new(), |below, layer| {
        let mut text = String::new();
        for Entry(pattern, retries, wait) in layer {
            let separator = if text.is_empty() { "" } else { "," };
            write!(text, "{separator}{}=", PATTERNS[*pattern].0).unwrap();
            let retries = retries.map(|retries| format!("max_retries:{retries}"));
            let wait = wait.map(|wait| format!("base_delay:{wait}s"));
            text += &retries.into_iter().chain(wait).collect::<Vec<_>>().join(";");
        }
        below.overlaid(text.parse().unwrap())
    })
}

#[derive(Clone, Debug)]
enum Node {
    Call(bool),
    Install(Table),
    Clear,
    Scope(Table, Vec<Node>),
    Blocking(Table, bool),
    Spawned {
        is_carried: bool,
        nodes: Vec<Node>,
    },
    /// Both at once; neither installs anything.
    Both(Vec<Node>, Vec<Node>),
}

struct Random(SmallRng);

impl Random {
    fn table(&mut self) -> Table {
        let layers = self.0.random_range(1..=3);
        (0..layers).map(|_| self.layer()).collect()
    }

    fn layer(&mut self) -> Vec<Entry> {
        let first = self.0.random_range(0..PATTERNS.len());
        let all = 0..PATTERNS.len();
        let chosen: Vec<usize> = all.filter(|it| *it == first || self.0.random_bool(0.2)).collect();
        let entry = |pattern| {
            let retries = self.0.random_bool(0.6).then(|| self.0.random_range(0..=6));
            let has_wait = retries.is_none() || self.0.random_bool(0.5);
            Entry(pattern, retries, has_wait.then(|| self.0.random_range(1..=8)))
        };
        chosen.into_iter().map(entry).collect()
    }

    fn nodes(&mut self, depth: u32, may_install: bool) -> Vec<Node> {
        let count = self.0.random_range(1..=3);
        (0..count).map(|_| self.node(depth, may_install)).collect()
    }

    fn node(&mut self, depth: u32, may_install: bool) -> Node {
        let inner: &[u8] = if depth == 0 { &[] } else { &[4, 5, 6, 6] };
        let outer: &[u8] = if may_install { &[1, 2] } else { &[] };
        let kinds = [&[0_u8, 0, 3][..], inner, outer].concat();
        match kinds.choose(&mut self.0).unwrap() {
            0 => Node::Call(self.0.random()),
            1 => Node::Install(self.table()),
            2 => Node::Clear,
            3 => Node::Blocking(self.table(), self.0.random()),
            4 => Node::Spawned {
                is_carried: self.0.random(),
                nodes: self.nodes(depth - 1, may_install),
            },
            5 => Node::Both(self.nodes(depth - 1, false), self.nodes(depth - 1, false)),
            _ => Node::Scope(self.table(), self.nodes(depth - 1, may_install)),
        }
    }
}

/// The model: what is installed, and the tables of the scopes around.
fn expect(nodes: &[Node], installed: &mut Table, scopes: &Table, seen: &mut Vec<Seen>) {
    for node in nodes {
        match node {
            Node::Call(is_pay) => seen.push(expected_of(*is_pay, installed, scopes)),
            Node::Install(table) => installed.clone_from(table),
            Node::Clear => installed.clear(),
            Node::Scope(table, nodes) => {
                expect(nodes, installed, &[&scopes[..], table].concat(), seen);
            }
            Node::Blocking(table, is_pay) => {
                let within = [&scopes[..], table].concat();
                seen.push(expected_of(*is_pay, installed, &within));
            }
            Node::Spawned { is_carried, nodes } => {
                let scopes = if *is_carried { scopes.clone() } else { Table::new() };
                expect(nodes, installed, &scopes, seen);
            }
            Node::Both(left, right) => {
                expect(left, installed, scopes, seen);
                expect(right, installed, scopes, seen);
            }
        }
    }
}

fn expected_of(is_pay: bool, installed: &Table, scopes: &Table) -> Seen {
    let (mut retries, mut wait) = (3, 9);
    for Entry(pattern, its_retries, its_wait) in installed.iter().chain(scopes).flatten() {
        let (_, is_of_pay, is_of_ask) = PATTERNS[*pattern];
        if if is_pay { is_of_pay } else { is_of_ask } {
            retries = its_retries.unwrap_or(retries);
            wait = its_wait.unwrap_or(wait);
        }
    }
    (retries, (retries > 0).then_some(wait))
}

/// Does what the model does, with pauses in which other tasks of the thread run.
fn run(nodes: Vec<Node>) -> Pin<Box<dyn Future<Output = Vec<Seen>> + Send>> {
    Box::pin(async move {
        let mut seen = Vec::new();
        for node in nodes {
            tokio::task::yield_now().await;
            match node {
                Node::Call(is_pay) => seen.push(call(is_pay)),
                Node::Install(table) => overrides().install(overrides_of(&table)),
                Node::Clear => overrides().clear(),
                Node::Scope(table, nodes) => {
                    seen.extend(overrides_of(&table).scope(run(nodes)).await);
                }
                Node::Blocking(table, is_pay) => {
                    seen.push(overrides_of(&table).scope_blocking(|| call(is_pay)));
                }
                Node::Spawned { is_carried: true, nodes } => {
                    seen.extend(tokio::spawn(carry(run(nodes))).await.unwrap());
                }
                Node::Spawned { is_carried: false, nodes } => {
                    seen.extend(tokio::spawn(run(nodes)).await.unwrap());
                }
                Node::Both(left, right) => {
                    let (left, right) = tokio::join!(run(left), run(right));
                    seen.extend([left, right].concat());
                }
            }
        }
        seen
    })
}

/// One test, since what is installed is the process's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_has_what_the_scopes_around_it_and_the_table_in_force_say() {
    let mut calls = 0;
    for seed in 0..1000 {
        let nodes = Random(SmallRng::seed_from_u64(seed)).nodes(3, true);
        let (mut installed, mut expected) = (Table::new(), Vec::new());
        expect(&nodes, &mut installed, &Table::new(), &mut expected);
        overrides().clear();
        assert_eq!(run(nodes.clone()).await, expected, "seed {seed}: {nodes:#?}");
        calls += expected.len();
        // Nothing stays of a scope that has ended, nor of one that is dropped between two polls.
        let table = overrides_of(&Random(SmallRng::seed_from_u64(seed)).table());
        let mut cut = Box::pin(table.scope(run(vec![Node::Call(true); 3])));
        for _ in 0..2 {
            assert!(cut.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        drop(cut);
        for is_pay in [true, false] {
            assert_eq!(call(is_pay), expected_of(is_pay, &installed, &Table::new()), "seed {seed}");
        }
    }
    assert!(calls > 5000, "{calls} calls"); // that the trees are not mere leaves
    overrides().clear();
}

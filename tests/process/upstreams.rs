//! The upstreams that a process lists: which, when, and what their lines say.

use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use persevere::tower::UpstreamExt as _;
use persevere::upstream::{Counts, Listed};
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Classify, Policy, Rate, Rejection, Upstream, Verdict,
    explain_upstream, retry, sites, testing, upstreams,
};

static RETRIES: Budget = Budget::new();
static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
static PLACES: Bulkhead = Bulkhead::new(8);
static RATE: Rate = Rate::per_minute(1).with_burst(10);
static COUNTS: Counts = Counts::new();

static PAYMENTS: Upstream = Upstream::new("payments", &RETRIES)
    .with_policy(Policy::INTERACTIVE)
    .with_timeout(Duration::from_millis(800))
    .with_breaker(&CIRCUIT)
    .with_bulkhead(&PLACES)
    .with_rate(&RATE)
    .with_counts(&COUNTS)
    .with_pushback();

static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED);
static MAILS: Upstream = Upstream::new("mails", &Budget::UNLIMITED);
static INDEX: Upstream = Upstream::new("index", &Budget::UNLIMITED);
static CACHE: Upstream = Upstream::new("cache", &Budget::UNLIMITED);
static LEDGER: Upstream = Upstream::new("ledger", &Budget::UNLIMITED);
static HOST: LazyLock<Upstream> = LazyLock::new(|| Upstream::owning("host", Budget::new()));

#[retry(upstream = PAYMENTS, timeout = false, name = "charge")]
fn charge(is_down: bool) -> io::Result<u8> {
    if is_down { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(1) }
}

#[retry(upstream = if is_far { &MAPS } else { &MAILS }, max_retries = 0, name = "roam")]
fn roam(is_far: bool) -> io::Result<()> {
    Err(io::ErrorKind::TimedOut.into())
}

#[retry(upstream = upstream, max_retries = 0)]
fn on(upstream: &Upstream) -> io::Result<()> {
    Err(io::ErrorKind::TimedOut.into())
}

enum Locked {
    Mine,
    Nobodys,
    Others,
}

impl From<Rejection> for Locked {
    fn from(_: Rejection) -> Self {
        Self::Others
    }
}

impl Classify for Locked {
    fn classify(&self) -> Verdict {
        match self {
            Self::Others => Verdict::TRANSIENT.at_most(2),
            Self::Mine | Self::Nobodys => Verdict::PERMANENT,
        }
    }
}

#[retry(upstream = LEDGER, also = Locked::Mine | Locked::Nobodys, name = "commit")]
fn commit(fail: fn() -> Locked) -> Result<(), Locked> {
    Err(fail())
}

fn names() -> Vec<&'static str> {
    upstreams().map(Listed::name).collect()
}

#[test]
fn upstreams_are_listed_from_their_first_failure_on() {
    let _scope = testing::no_waiting().on_this_thread();
    assert!(names().is_empty(), "nothing has failed, and nothing is listed by hand");

    assert_eq!(charge(false).unwrap(), 1);
    assert!(names().is_empty(), "a healthy call does nothing for the list");

    assert!(charge(true).is_err());
    assert!(charge(true).is_err());
    assert_eq!(names(), ["payments"]);
    let line = upstreams().next().unwrap().to_string();
    let (state, policy) = line.split_once("; policy ").unwrap();
    assert_eq!(
        state,
        "payments: 3 calls, 4 retries; budget 480 of 500 tokens; circuit closed; bulkhead 0 of 8 in flight, 0 \
         waiting; rate 3 free, 0 waiting; pushback; timeout 800 ms"
    );
    assert_eq!(policy, format!("interactive: {}", Policy::INTERACTIVE));

    let site = sites().find(|site| site.name() == "charge").unwrap();
    assert_eq!(site.upstream(), Some("payments"));
    assert!(site.to_string().contains(", upstream payments, last error: "));

    // A function may go from one to another.
    for is_far in [true, false, true] {
        assert!(roam(is_far).is_err());
    }
    assert_eq!(names(), ["payments", "maps", "mails"]);
    let site = sites().find(|site| site.name() == "roam").unwrap();
    assert_eq!(site.upstream(), Some("maps"));

    // One that owns its layers is listed by hand alone; one of the same statics is the same.
    let owning = Upstream::owning("hosts", Budget::new()).breaker(CircuitBreaker::new());
    assert!(on(&owning).is_err());
    assert!(on(&Upstream::new("maps", &Budget::UNLIMITED)).is_err());
    let owns_a_breaker = Upstream::new("half", &RETRIES).breaker(CircuitBreaker::new());
    assert!(on(&owns_a_breaker).is_err());
    assert!(on(&Arc::new(Upstream::new("renamed", &RETRIES))).is_err());
    HOST.list();
    HOST.list();
    assert_eq!(names(), ["payments", "maps", "mails", "renamed", "host"]);

    let _layer = INDEX.layer();
    assert_eq!(names().last(), Some(&"index"), "`tower` layers list what they are made of");

    for _ in 0..2 {
        assert_eq!(CACHE.retry_blocking(|| io::Result::Ok(1)).call().unwrap(), 1);
    }
    assert_eq!(names().last(), Some(&"cache"), "closures list what they are called on");

    // What single functions add.
    for fail in [|| Locked::Mine, || Locked::Nobodys, || Locked::Others] {
        assert!(commit(fail).is_err());
    }
    let shown = explain_upstream(&LEDGER).to_string();
    assert!(shown.contains("\n  commit"), "{shown}");
    let added = "also = Locked::Mine | Locked::Nobodys, at most 2 retries of its last failure   tests/process/";
    assert!(shown.contains(added), "{shown}");
    assert!(!explain_upstream(&PAYMENTS).to_string().contains("charge"), "it adds nothing");

    // The layers are those of the static, not copies.
    CIRCUIT.force_open();
    let line = upstreams().next().unwrap().to_string();
    assert!(line.contains("; circuit forced open; "), "{line}");

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| LATE.iter().for_each(Upstream::list));
        }
    });
    assert_eq!(names().len(), 8 + LATE.len(), "each is there once, whoever lists it at once");
}

static LATE: [Upstream; 3] = [
    Upstream::new("late 0", &Budget::UNLIMITED),
    Upstream::new("late 1", &Budget::UNLIMITED),
    Upstream::new("late 2", &Budget::UNLIMITED),
];

//! What a fault is in each error.
#![deny(warnings, clippy::pedantic)]

use std::io::{self, ErrorKind};

use persevere::chaos::{Chaos, Fault};
use persevere::http::HttpError;
use persevere::overrides::{Overrides, Settings};
use persevere::{Classify, Rejection, Verdict, rejection};
use tonic::{Code, Status};

fn fault(name: &str) -> Rejection {
    Rejection::Fault(Fault::named(name).unwrap())
}

#[test]
fn an_io_error_has_the_kind() {
    let kinds = [
        ("timeout", ErrorKind::TimedOut),
        ("connection_refused", ErrorKind::ConnectionRefused),
        ("not_found", ErrorKind::NotFound),
        ("transient", ErrorKind::Other),
        ("503", ErrorKind::Other),
    ];
    for (name, kind) in kinds {
        let error = io::Error::from(fault(name));
        assert_eq!(error.kind(), kind, "{name}");
        assert_eq!(error.classify(), fault(name).classify(), "{name}");
        assert_eq!(rejection(&error), Some(fault(name)));
    }
}

#[test]
fn an_http_error_has_the_status() {
    let error = HttpError::from(fault("503"));
    assert_eq!(error.to_string(), "503 Service Unavailable");
    assert_eq!(error.classify(), Verdict::TRANSIENT);
    assert_eq!(HttpError::from(fault("429")).classify(), Verdict::THROTTLED);
    assert_eq!(HttpError::from(fault("404")).classify(), Verdict::PERMANENT);
    let refused = HttpError::from(fault("connection_refused"));
    assert_eq!((refused.status(), refused.classify()), (None, Verdict::TRANSIENT));
}

#[test]
fn a_status_of_grpc_has_the_code() {
    let codes = [
        ("unavailable", Code::Unavailable),
        ("resource_exhausted", Code::ResourceExhausted),
        ("deadline_exceeded", Code::DeadlineExceeded),
        ("aborted", Code::Aborted),
        ("internal", Code::Internal),
        ("unauthenticated", Code::Unauthenticated),
        ("not_found", Code::NotFound),
        ("timeout", Code::DeadlineExceeded),
        ("transient", Code::Unavailable),
        ("429", Code::ResourceExhausted),
        ("permanent", Code::FailedPrecondition),
    ];
    for (name, code) in codes {
        let status = Status::from(fault(name));
        assert_eq!(status.code(), code, "{name}");
        assert_eq!(status.classify(), code.classify(), "{name}");
    }
}

#[test]
fn errors_whose_types_are_hidden_are_judged_by_it() {
    let boxed: Box<dyn std::error::Error + Send + Sync> = fault("429").into();
    assert_eq!(rejection(&*boxed).map(|it| it.classify()), Some(Verdict::THROTTLED));
    assert_eq!(anyhow::Error::from(fault("timeout")).classify(), Verdict::TRANSIENT);
    assert_eq!(sqlx::Error::from(fault("connection_reset")).classify(), Verdict::TRANSIENT);
    assert_eq!(redis::RedisError::from(fault("permanent")).classify(), Verdict::PERMANENT);
}

#[test]
fn a_name_is_kept_once_and_may_be_one_s_own() {
    let own = Fault::named("sold-out.1").unwrap();
    assert_eq!(own, Fault::named("sold-out.1").unwrap());
    assert_eq!((own.classify(), own.name()), (Verdict::TRANSIENT, "sold-out.1"));
    assert_eq!(fault("quota_used_up").to_string(), "the fault `quota_used_up` was put in by chaos");
    for name in ["", "a b", "é", &"x".repeat(65)] {
        assert!(Fault::named(name).is_err(), "{name}");
    }
}

#[test]
fn it_is_a_setting_as_any_other() {
    let text =
        "shop::*=max_retries:2;timeout:2s;until:+5m;chaos:5*off->0.5%3*return(503)->sleep(200ms)";
    let table: Overrides = text.parse().unwrap();
    assert_eq!(table.to_string(), text);
    let json = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&json).unwrap(), table);
    let file: Overrides = toml::from_str("\"shop::*\" = { chaos = \"20%return(503)\" }").unwrap();
    assert_eq!(file.to_string(), "shop::*=chaos:20%return(503)");

    let chaos: Chaos = "3*return".parse().unwrap();
    assert_eq!(Settings::from(chaos.clone()), Settings::new().with_chaos(chaos));
    assert_eq!(
        "chaos:3*return".parse::<Settings>().unwrap().chaos().unwrap().to_string(),
        "3*return"
    );
}

#[test]
fn the_later_layer_wins_and_takes_it_back() {
    let file: Overrides = "shop::*=chaos:return;max_retries:1".parse().unwrap();
    let table = file.overlaid("*=chaos:off".parse().unwrap());
    assert_eq!(table.get("shop::pay").unwrap().to_string(), "max_retries:1;chaos:off");
    assert_eq!(
        table.explain("shop::pay").to_string(),
        "`shop::pay`:\n  chaos        off  install, `*`\n  max_retries  1    install, `shop::*`"
    );
}

#[test]
fn a_mistake_names_the_entry() {
    let answer = |text: &str| text.parse::<Overrides>().unwrap_err().to_string();
    assert_eq!(
        answer("shop::*=chaos:20%explode"),
        "`shop::*=chaos:20%explode`: `chaos` has no action `explode` (there are `return`, `sleep` and `off`)"
    );
    assert_eq!(
        answer("*=chaos:off;chaos:off"),
        "`*=chaos:off;chaos:off`: `chaos` is set twice: write it once"
    );
    let number = toml::from_str::<Overrides>("\"*\" = { chaos = 3 }").unwrap_err().to_string();
    assert!(
        number.contains("`*`: `chaos` is a text such as \"20%return(timeout)\", and not `3`"),
        "{number}"
    );
}

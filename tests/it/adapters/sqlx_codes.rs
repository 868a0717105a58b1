//! What `sqlx::Error` says of each code, from errors made by hand: of databases that no test starts,
//! and of states that are hard to bring about.

use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

use persevere::{Classify as _, Verdict};
use sqlx::error::{DatabaseError, ErrorKind};

/// An error as a driver gives it: its text, and its code.
#[derive(Debug)]
struct Made {
    text: String,
    code: Option<String>,
}

impl fmt::Display for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Error for Made {}

impl DatabaseError for Made {
    fn message(&self) -> &str {
        &self.text
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.code.as_deref().map(Cow::Borrowed)
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

fn of_postgres(code: &str) -> Verdict {
    let code = Some(code.to_owned());
    sqlx::Error::from(Made { text: "could not serialize access".to_owned(), code }).classify()
}

fn of_sqlite(code: u32) -> Verdict {
    let text = format!("(code: {code}) database is locked");
    sqlx::Error::from(Made { text, code: Some(code.to_string()) }).classify()
}

fn of_mysql(number: u16, code: &str) -> Verdict {
    let text = format!("{number} ({code}): Try restarting transaction: now");
    sqlx::Error::from(Made { text, code: Some(code.to_owned()) }).classify()
}

#[test]
fn transactions_that_made_way_for_others_are_transient() {
    for code in ["40000", "40001", "40P01", "55P03", "55006"] {
        assert_eq!(of_postgres(code), Verdict::TRANSIENT, "{code}");
    }
    for code in ["40002", "40003"] {
        assert_eq!(of_postgres(code), Verdict::PERMANENT, "{code}");
    }
}

#[test]
fn servers_that_stop_and_start_are_transient() {
    for code in ["57P01", "57P02", "57P03", "57P05", "25P03", "25006", "58C00", "58C01"] {
        assert_eq!(of_postgres(code), Verdict::TRANSIENT, "{code}");
    }
    for code in ["57014", "57P04", "57000", "25P04", "25001", "58000", "58P01"] {
        assert_eq!(of_postgres(code), Verdict::PERMANENT, "{code}");
    }
}

#[test]
fn connections_that_broke_are_transient() {
    for code in ["08000", "08001", "08003", "08004", "08006", "08007", "08P01", "08S01"] {
        assert_eq!(of_postgres(code), Verdict::TRANSIENT, "{code}");
    }
}

#[test]
fn servers_without_room_throttle() {
    for code in ["53000", "53100", "53200", "53300"] {
        assert_eq!(of_postgres(code), Verdict::THROTTLED, "{code}");
    }
    assert_eq!(of_postgres("53400"), Verdict::PERMANENT);
}

#[test]
fn mistakes_are_permanent() {
    let codes = [
        "22P02", "23502", "23503", "23505", "23514", "23P01", "25P02", "28P01", "3D000", "42601",
        "42P01", "54000", "58030", "XX000",
    ];
    for code in codes {
        assert_eq!(of_postgres(code), Verdict::PERMANENT, "{code}");
    }
}

#[test]
fn sqlite_codes_go_by_their_lowest_eight_bits() {
    for code in [5, 261, 517, 773, 6, 262, 518, 15] {
        assert_eq!(of_sqlite(code), Verdict::TRANSIENT, "{code}");
    }
    // Error, read-only, I/O, corrupt, full, constraint: 2067 is a unique key, 8714 the longest code.
    for code in [1, 8, 10, 11, 13, 19, 2067, 1555, 8714] {
        assert_eq!(of_sqlite(code), Verdict::PERMANENT, "{code}");
    }
}

#[test]
fn mysql_numbers_say_more_than_their_sqlstate() {
    let transient = [
        (1213, "40001"),
        (1614, "XA102"),
        (1205, "HY000"),
        (3572, "HY000"),
        (1020, "HY000"),
        (1297, "HY000"),
        (1412, "HY000"),
        (1615, "HY000"),
        (1836, "HY000"),
        (1927, "70100"),
        (3058, "HY000"),
        (4031, "HY000"),
    ];
    for (number, code) in transient {
        assert_eq!(of_mysql(number, code), Verdict::TRANSIENT, "{number}");
    }
    // TiDB's, all of them without a SQLSTATE of their own.
    for number in [8002, 8005, 8022, 8028, 9001, 9002, 9003, 9004, 9005, 9007] {
        assert_eq!(of_mysql(number, "HY000"), Verdict::TRANSIENT, "{number}");
    }
    for number in [8001, 8003, 8004, 8027, 9006] {
        assert_eq!(of_mysql(number, "HY000"), Verdict::PERMANENT, "{number}");
    }
    for (number, code) in [(1040, "08004"), (1203, "42000"), (1637, "HY000"), (1135, "HY000")] {
        assert_eq!(of_mysql(number, code), Verdict::THROTTLED, "{number}");
    }
    for (number, code) in [(1153, "08S01"), (1251, "08004"), (1792, "25006"), (1317, "70100")] {
        assert_eq!(of_mysql(number, code), Verdict::PERMANENT, "{number}");
    }
}

#[test]
fn mysql_numbers_for_several_causes_are_told_apart_by_the_text() {
    let of = |text: &str, code: &str| {
        let code = Some(code.to_owned());
        sqlx::Error::from(Made { text: text.to_owned(), code }).classify()
    };
    let limit = |resource| {
        format!(
            "1226 (42000): User 'app' has exceeded the '{resource}' resource (current value: 5)"
        )
    };
    assert_eq!(of(&limit("max_user_connections"), "42000"), Verdict::THROTTLED);
    for hourly in ["max_queries_per_hour", "max_updates_per_hour", "max_connections_per_hour"] {
        assert_eq!(of(&limit(hourly), "42000"), Verdict::PERMANENT, "{hourly}");
    }
    let option = |option| {
        format!(
            "1290 (HY000): The server is running with the {option} option so it cannot execute \
             this statement"
        )
    };
    for reads_only in ["--read-only", "--super-read-only"] {
        assert_eq!(of(&option(reads_only), "HY000"), Verdict::TRANSIENT, "{reads_only}");
    }
    for other in ["--skip-grant-tables", "--secure-file-priv"] {
        assert_eq!(of(&option(other), "HY000"), Verdict::PERMANENT, "{other}");
    }
}

#[test]
fn mysql_numbers_that_say_no_more_leave_it_to_the_sqlstate() {
    assert_eq!(of_mysql(1053, "08S01"), Verdict::TRANSIENT);
    assert_eq!(of_mysql(3101, "40000"), Verdict::TRANSIENT);
    assert_eq!(of_mysql(1062, "23000"), Verdict::PERMANENT);
    assert_eq!(of_mysql(1105, "HY000"), Verdict::PERMANENT);
}

/// A server that has no room says so before both sides agreed on sending codes.
#[test]
fn mysql_numbers_are_read_without_a_sqlstate() {
    let of = |text: &str| sqlx::Error::from(Made { text: text.to_owned(), code: None }).classify();
    assert_eq!(of("1040: Too many connections"), Verdict::THROTTLED);
    assert_eq!(of("1130: Host is not allowed to connect"), Verdict::PERMANENT);
    assert_eq!(of("no number at all"), Verdict::PERMANENT);
}

/// A number in the text of another database's error is not a number of MySQL.
#[test]
fn numbers_elsewhere_in_a_text_are_not_read() {
    let code = Some("P0001".to_owned());
    for text in ["1205: raised by a function", "1205 (HY000): from afar", "order 1205 (P0001): no"]
    {
        let raised = Made { text: text.to_owned(), code: code.clone() };
        assert_eq!(sqlx::Error::from(raised).classify(), Verdict::PERMANENT, "{text}");
    }
}

#[test]
fn io_errors_are_transient_unless_they_name_a_mistake() {
    use io::ErrorKind as Kind;
    let of = |kind: Kind| sqlx::Error::Io(kind.into()).classify();
    // A Unix socket that is not there yet is `NotFound`.
    for kind in [Kind::ConnectionRefused, Kind::UnexpectedEof, Kind::TimedOut, Kind::NotFound] {
        assert_eq!(of(kind), Verdict::TRANSIENT, "{kind}");
    }
    for kind in [Kind::PermissionDenied, Kind::InvalidInput, Kind::InvalidData, Kind::Unsupported] {
        assert_eq!(of(kind), Verdict::PERMANENT, "{kind}");
    }
    let lookup = io::Error::other("failed to lookup address information");
    assert_eq!(sqlx::Error::Io(lookup).classify(), Verdict::TRANSIENT);
}

#[test]
fn tls_errors_go_by_the_connection_that_broke() {
    let reset = io::Error::from(io::ErrorKind::ConnectionReset);
    assert_eq!(sqlx::Error::Tls(reset.into()).classify(), Verdict::TRANSIENT);
    let certificate = io::Error::new(io::ErrorKind::InvalidData, "certificate expired");
    assert_eq!(sqlx::Error::Tls(certificate.into()).classify(), Verdict::PERMANENT);
    let unsupported = sqlx::Error::Tls("server does not support TLS".into());
    assert_eq!(unsupported.classify(), Verdict::PERMANENT);
}

#[test]
fn what_the_driver_says_of_itself() {
    assert_eq!(sqlx::Error::PoolTimedOut.classify(), Verdict::TRANSIENT);
    let permanent = [
        sqlx::Error::PoolClosed,
        sqlx::Error::WorkerCrashed,
        sqlx::Error::RowNotFound,
        sqlx::Error::BeginFailed,
        sqlx::Error::Protocol("unexpected message".to_owned()),
        sqlx::Error::Configuration("relative URL without a base".into()),
        sqlx::Error::Decode("not a number".into()),
    ];
    for error in permanent {
        assert_eq!(error.classify(), Verdict::PERMANENT, "{error}");
    }
}

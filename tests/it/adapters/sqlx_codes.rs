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
    of_mysql_text(number, code, "Try restarting transaction: now")
}

fn of_mysql_text(number: u16, code: &str, text: &str) -> Verdict {
    let text = format!("{number} ({code}): {text}");
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
    for code in ["57P01", "57P02", "57P03", "57P05", "25P03"] {
        assert_eq!(of_postgres(code), Verdict::TRANSIENT, "{code}");
    }
    for code in ["57014", "57P04", "57000"] {
        assert_eq!(of_postgres(code), Verdict::PERMANENT, "{code}");
    }
}

/// A replica, or a primary that is one no longer; nodes of CockroachDB that have lost each other.
#[test]
fn failovers_are_transient() {
    for code in ["25006", "58C00", "58C01"] {
        assert_eq!(of_postgres(code), Verdict::TRANSIENT, "{code}");
    }
    for code in ["58000", "58030", "58P01"] {
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
        "22P02", "23502", "23503", "23505", "23514", "23P01", "25P02", "25P04", "28P01", "3D000",
        "42601", "42P01", "54000", "58030", "XX000",
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
        (1689, "HY000"),
        (3572, "HY000"),
        (3058, "HY000"),
        (3132, "HY000"),
        (3133, "HY000"),
        (1020, "HY000"),
        (1412, "HY000"),
        (1615, "HY000"),
        (1297, "HY000"),
        (1927, "70100"),
        (3032, "HY000"),
        (1836, "HY000"),
        (1874, "HY000"),
    ];
    for (number, code) in transient {
        assert_eq!(of_mysql(number, code), Verdict::TRANSIENT, "{number}");
    }
    let throttled = [
        (1040, "08004"),
        (1203, "42000"),
        (1637, "HY000"),
        (1021, "HY000"),
        (1037, "HY001"),
        (1041, "HY000"),
        (1135, "HY000"),
    ];
    for (number, code) in throttled {
        assert_eq!(of_mysql(number, code), Verdict::THROTTLED, "{number}");
    }
    for (number, code) in [(1153, "08S01"), (1251, "08004")] {
        assert_eq!(of_mysql(number, code), Verdict::PERMANENT, "{number}");
    }
}

/// Texts of MySQL 8 and MariaDB 10.11.
#[test]
fn some_mysql_numbers_mean_what_their_text_says() {
    let idle = "The client was disconnected by the server because of inactivity. See wait_timeout \
                and interactive_timeout for configuring this behavior.";
    assert_eq!(of_mysql_text(4031, "HY000", idle), Verdict::TRANSIENT);
    let trigger = "Referenced trigger 'x' for the given action time and event type does not exist";
    assert_eq!(of_mysql_text(4031, "HY000", trigger), Verdict::PERMANENT, "MariaDB's 4031");

    let limit = |resource| {
        let text = format!("User 'test' has exceeded the '{resource}' resource (current value: 1)");
        of_mysql_text(1226, "42000", &text)
    };
    assert_eq!(limit("max_user_connections"), Verdict::THROTTLED);
    for by_the_hour in ["max_questions", "max_updates", "max_connections_per_hour"] {
        assert_eq!(limit(by_the_hour), Verdict::PERMANENT, "{by_the_hour}");
    }

    let option = |option| {
        let text = format!(
            "The MySQL server is running with the {option} option so it cannot execute this \
             statement"
        );
        of_mysql_text(1290, "HY000", &text)
    };
    for read_only in ["--read-only", "--super-read-only"] {
        assert_eq!(option(read_only), Verdict::TRANSIENT, "{read_only}");
    }
    for other in ["--skip-grant-tables", "--secure-file-priv"] {
        assert_eq!(option(other), Verdict::PERMANENT, "{other}");
    }
    assert_eq!(of_mysql(1792, "25006"), Verdict::TRANSIENT, "by its SQLSTATE");
}

#[test]
fn the_numbers_of_tidb() {
    let transient = [
        8002, 8005, 8020, 8022, 8027, 8028, 8120, 9001, 9002, 9003, 9004, 9005, 9007, 9010, 9011,
        9012, 9013,
    ];
    for number in transient {
        assert_eq!(of_mysql(number, "HY000"), Verdict::TRANSIENT, "{number}");
    }
    for number in [8252, 9008] {
        assert_eq!(of_mysql(number, "HY000"), Verdict::THROTTLED, "{number}");
    }
    // Memory quota, transaction too large, snapshot too old, runaway query, collected meanwhile.
    for number in [8001, 8004, 8055, 8175, 8253, 9006, 9500] {
        assert_eq!(of_mysql(number, "HY000"), Verdict::PERMANENT, "{number}");
    }
}

#[test]
fn mysql_numbers_that_say_no_more_leave_it_to_the_sqlstate() {
    assert_eq!(of_mysql(1053, "08S01"), Verdict::TRANSIENT);
    assert_eq!(of_mysql(3101, "40000"), Verdict::TRANSIENT);
    assert_eq!(of_mysql(1062, "23000"), Verdict::PERMANENT);
    assert_eq!(of_mysql(1105, "HY000"), Verdict::PERMANENT);
    assert_eq!(of_mysql(1047, "08S01"), Verdict::TRANSIENT, "a node of Galera that is not ready");
    for cancelled in [(1317, "70100"), (1969, "70100"), (3024, "HY000")] {
        assert_eq!(of_mysql(cancelled.0, cancelled.1), Verdict::PERMANENT, "{cancelled:?}");
    }
}

/// A server without room refuses before both sides have agreed to send codes.
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

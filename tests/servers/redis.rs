//! Calls to a real Redis that restarts, loads, is busy, read-only, or full. Hooks change its
//! state; only what takes Redis its own time is waited for.

#[path = "../services/mod.rs"]
mod services;

use persevere::{Class, retry};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, AsyncConnectionConfig, Client, Cmd, RedisResult, Value, cmd};
use services::redis::Redis;

/// The server's word, or the kind of the I/O error, or that of the client.
fn code(error: &redis::RedisError) -> String {
    let code = error.code().map(str::to_owned);
    code.unwrap_or_else(|| format!("{:?}", error.kind()))
}

/// Without the client's own timeouts, half a second and one, which a slow machine might need.
async fn connect(client: &Client) -> MultiplexedConnection {
    let patient =
        AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    let connection = client.get_multiplexed_async_connection_with_config(&patient).await;
    connection.expect("a connection")
}

/// Takes a new connection where the last one broke. The server comes back after the second failure.
#[retry(
    base_delay = 0,
    on_retry = |event| if event.attempt() == 2 {
        redis.start_again(&[]);
    }
)]
async fn increment(
    redis: &mut Redis,
    connection: &mut Option<MultiplexedConnection>,
    failures: &mut Vec<String>,
) -> RedisResult<i64> {
    async {
        let mut taken = match connection.take() {
            Some(connection) => connection,
            None => redis.client().get_multiplexed_async_connection().await?,
        };
        let count = taken.incr("count", 1).await?;
        *connection = Some(taken);
        Ok(count)
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_restart_is_outlived() {
    let mut redis = Redis::start(&[]);
    let mut connection = Some(connect(&redis.client()).await);
    let mut failures = Vec::new();
    let before = increment(&mut redis, &mut connection, &mut failures).await;
    assert_eq!(before.expect("a running server"), 1);
    assert!(failures.is_empty() && connection.is_some());

    redis.stop();
    let after = increment(&mut redis, &mut connection, &mut failures).await;
    assert_eq!(after.expect("a server that came back"), 1, "it had saved nothing");
    assert_eq!(failures, ["Io", "Io"], "the connection broke, then was refused");
}

#[retry(base_delay = "5ms", exponential_base = 1.0, max_retries = 5_000)]
async fn get(
    connection: &mut MultiplexedConnection,
    key: &str,
    failures: &mut Vec<String>,
) -> RedisResult<String> {
    connection.get(key).await.inspect_err(|error| failures.push(code(error)))
}

/// With a delay for each key, it loads for 400 times a millisecond at least.
#[tokio::test]
async fn a_server_that_loads_its_data_is_waited_for() {
    let mut redis = Redis::start(&[]);
    let mut connection = connect(&redis.client()).await;
    for number in 0..400 {
        let set: RedisResult<()> = connection.set(format!("key {number}"), "kept").await;
        set.expect("a running server");
    }
    cmd("SAVE").exec_async(&mut connection).await.expect("a disk");
    redis.stop();
    redis.start_again(&["--key-load-delay 1000", "--loading-process-events-interval-bytes 1024"]);

    let mut failures = Vec::new();
    let mut connection = connect(&redis.client()).await;
    let value = get(&mut connection, "key 7", &mut failures).await;
    assert_eq!(value.expect("a server that has loaded"), "kept");
    assert!(!failures.is_empty() && failures.iter().all(|code| code == "LOADING"), "{failures:?}");
}

/// The script is killed after the first failure; it takes a moment to end.
#[retry(
    base_delay = "5ms",
    exponential_base = 1.0,
    max_retries = 5_000,
    on_retry = async |event| if event.attempt() == 1 {
        cmd("SCRIPT").arg("KILL").exec_async(killer).await.expect("a script that only loops");
    }
)]
async fn get_beside_script(
    connection: &mut MultiplexedConnection,
    killer: &mut MultiplexedConnection,
    failures: &mut Vec<String>,
) -> RedisResult<Option<String>> {
    connection.get("key").await.inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_server_busy_with_a_script_is_asked_again() {
    let redis = Redis::start(&["--busy-reply-threshold 1"]);
    let client = redis.client();
    let (mut connection, mut killer) = (connect(&client).await, connect(&client).await);
    let mut scripted = connect(&client).await;
    let mut endless = cmd("EVAL");
    endless.arg("while true do end").arg(0);
    let script = tokio::spawn(async move { endless.exec_async(&mut scripted).await });
    // Until the script runs, `PING` is answered.
    let mut pings = 0;
    while cmd("PING").exec_async(&mut killer).await.is_ok() {
        pings += 1;
        assert!(pings < 10_000, "the script does not run");
        tokio::task::yield_now().await;
    }

    let mut failures = Vec::new();
    let value = get_beside_script(&mut connection, &mut killer, &mut failures).await;
    assert_eq!(value.expect("an idle server"), None);
    assert!(!failures.is_empty() && failures.iter().all(|code| code == "BUSY"), "{failures:?}");
    script.await.expect("no panic").expect_err("it was killed");
}

/// The server is made a master again after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| {
        cmd("REPLICAOF").arg("NO").arg("ONE").exec_async(operator).await.expect("a server");
    }
)]
async fn set(
    connection: &mut MultiplexedConnection,
    operator: &mut MultiplexedConnection,
    failures: &mut Vec<String>,
) -> RedisResult<()> {
    connection.set("key", "value").await.inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_write_to_a_replica_is_tried_again() {
    let redis = Redis::start(&[]);
    let client = redis.client();
    let (mut connection, mut operator) = (connect(&client).await, connect(&client).await);
    let nobody = services::free_port();
    let mut demote = cmd("REPLICAOF");
    demote.arg("127.0.0.1").arg(nobody).exec_async(&mut operator).await.expect("a server");

    let mut failures = Vec::new();
    set(&mut connection, &mut operator, &mut failures).await.expect("a master");
    assert_eq!(failures, ["READONLY"]);
}

/// Room is made after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |event| {
        classes.push(event.verdict().map(|verdict| verdict.class()));
        let mut room = cmd("CONFIG");
        room.arg("SET").arg("maxmemory").arg(0).exec_async(operator).await.expect("a server");
    }
)]
async fn set_in_full(
    connection: &mut MultiplexedConnection,
    operator: &mut MultiplexedConnection,
    classes: &mut Vec<Option<Class>>,
) -> RedisResult<()> {
    connection.set("key", "value").await
}

#[tokio::test]
async fn a_server_without_memory_throttles() {
    let redis = Redis::start(&["--maxmemory 1"]);
    let client = redis.client();
    let (mut connection, mut operator) = (connect(&client).await, connect(&client).await);
    let mut classes = Vec::new();
    set_in_full(&mut connection, &mut operator, &mut classes).await.expect("room");
    assert_eq!(classes, [Some(Class::Throttled)]);
}

/// What the operator does after the first failure lets the script through.
#[retry(
    base_delay = 0,
    on_retry = async |event| {
        classes.push(event.verdict().map(|verdict| verdict.class()));
        remedy.exec_async(operator).await.expect("a server");
    }
)]
async fn set_by_script(
    connection: &mut MultiplexedConnection,
    operator: &mut MultiplexedConnection,
    remedy: &Cmd,
    classes: &mut Vec<Option<Class>>,
    failures: &mut Vec<String>,
) -> RedisResult<()> {
    let mut script = cmd("EVAL");
    script.arg("return redis.call('SET', KEYS[1], 'value')").arg(1).arg("key");
    let done = script.exec_async(connection).await;
    done.inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_script_that_may_not_write_is_judged_by_its_write() {
    let redis = Redis::start(&[]);
    let client = redis.client();
    let (mut connection, mut operator) = (connect(&client).await, connect(&client).await);
    let nobody = services::free_port().to_string();
    let words = |words: &[&str]| cmd(words[0]).arg(&words[1..]).to_owned();
    let states = [
        (
            words(&["REPLICAOF", "127.0.0.1", &nobody]),
            words(&["REPLICAOF", "NO", "ONE"]),
            (Class::Transient, "READONLY"),
        ),
        (
            words(&["CONFIG", "SET", "min-replicas-to-write", "1"]),
            words(&["CONFIG", "SET", "min-replicas-to-write", "0"]),
            (Class::Transient, "NOREPLICAS"),
        ),
        (
            words(&["CONFIG", "SET", "maxmemory", "1"]),
            words(&["CONFIG", "SET", "maxmemory", "0"]),
            (Class::Throttled, "OOM"),
        ),
    ];
    for (cause, remedy, (class, expected)) in states {
        cause.exec_async(&mut operator).await.expect("a server");
        let (mut classes, mut failures) = (Vec::new(), Vec::new());
        set_by_script(&mut connection, &mut operator, &remedy, &mut classes, &mut failures)
            .await
            .expect("a server that writes");
        assert_eq!((classes, failures), (vec![Some(class)], vec![expected.to_owned()]));
    }
}

#[tokio::test]
async fn mistakes_are_not_repeated() {
    #[retry(base_delay = 0)]
    async fn run(
        connection: &mut MultiplexedConnection,
        words: &[&str],
        attempts: &mut u32,
    ) -> RedisResult<Value> {
        *attempts += 1;
        cmd(words[0]).arg(&words[1..]).query_async(connection).await
    }
    #[retry(base_delay = 0)]
    async fn number(
        connection: &mut MultiplexedConnection,
        attempts: &mut u32,
    ) -> RedisResult<u64> {
        *attempts += 1;
        connection.get("text").await
    }

    let redis = Redis::start(&["--user limited on >secret +get ~*"]);
    let mut connection = connect(&redis.client()).await;
    let () = connection.set("text", "seven").await.expect("a server");
    let mistakes: [(&[&str], &str); 5] = [
        (&["LPUSH", "text", "8"], "WRONGTYPE"),
        (&["EVALSHA", "0123456789012345678901234567890123456789", "0"], "NOSCRIPT"),
        (&["AUTH", "nobody", "wrong"], "WRONGPASS"),
        (&["SCRIPT", "KILL"], "NOTBUSY"),
        (&["NONSENSE"], "ERR"),
    ];
    for (words, expected) in mistakes {
        let mut attempts = 0;
        let error = run(&mut connection, words, &mut attempts).await.expect_err("a mistake");
        assert_eq!((code(&error).as_str(), attempts), (expected, 1), "{words:?}");
    }

    let mut attempts = 0;
    let error = number(&mut connection, &mut attempts).await.expect_err("no number");
    assert_eq!((code(&error).as_str(), attempts), ("Parse", 1));

    let limited = format!("redis://limited:secret@127.0.0.1:{}", redis.port());
    let mut connection = connect(&Client::open(limited).expect("an address")).await;
    let mut attempts = 0;
    let error = run(&mut connection, &["FLUSHALL"], &mut attempts).await.expect_err("forbidden");
    assert_eq!((code(&error).as_str(), attempts), ("NOPERM", 1));
}

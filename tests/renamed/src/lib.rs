//! A crate that knows `persevere` as `sturdy`, and a module of it that knows nothing at all: what
//! compiles here names only what `crate = …` says.

pub mod bare;
pub mod reexport;
pub mod tasks;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use std::time::Duration;

    use sturdy::tasks::{Queue, Worker};
    use sturdy::{Class, Classify as _};

    use crate::bare::{self, Client, Failure, REPORTED};
    use crate::reexport;
    use crate::tasks::{Double, DoubleV1, State};

    /// Fails in two ways, then says how often it was called.
    #[derive(Default)]
    struct Script {
        calls: AtomicU32,
    }

    impl Script {
        fn call(&self) -> Result<u32, Failure> {
            match self.calls.fetch_add(1, Ordering::Relaxed) + 1 {
                1 => Err(Failure::Busy),
                2 => Err(Failure::Limited),
                calls => Ok(calls),
            }
        }
    }

    #[test]
    fn blocking_functions() {
        let script = Script::default();
        assert_eq!(bare::blocking(&|| script.call()), Ok(3));
        let script = Script::default();
        assert_eq!(bare::cloned(&|| script.call(), "ab".to_owned()), Ok("ab".to_owned()));
        let script = Script::default();
        assert_eq!(bare::option(&|| script.call().ok()), Some(3));
        let script = Script::default();
        assert_eq!(reexport::blocking(&|| script.call()), Ok(3));
    }

    #[test]
    fn hooks() {
        let script = Script::default();
        REPORTED.store(0, Ordering::Relaxed);
        assert_eq!(bare::reported(&|| script.call()), Ok(3));
        assert_eq!(REPORTED.load(Ordering::Relaxed), 1 + 1 + 100, "two retries and a late success");
    }

    #[tokio::test(start_paused = true)]
    async fn async_functions() {
        let script = Script::default();
        let started = tokio::time::Instant::now();
        assert_eq!(bare::waiting(&|| script.call()).await, Ok(3));
        assert_eq!(started.elapsed().as_secs(), 5 + 2, "the second wait is a throttled one");
        let script = Script::default();
        assert_eq!(bare::bounded(&|| script.call()).await, Ok(3 + 2));
        let script = Script::default();
        assert_eq!(bare::future(&|| script.call()).await, Ok(3 + 1));
        let script = Script::default();
        assert_eq!(reexport::waiting(&|| script.call()).await, Ok(3));
        let mut client = Client { calls: 0 };
        let script = Script::default();
        assert_eq!(client.call(&|| script.call()).await, Ok(3));
        assert_eq!(client.calls, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fallback_takes_the_place_of_the_last_failure() {
        assert_eq!(bare::instead(&|| Err(Failure::Busy)).await, Ok(7));
        assert_eq!(bare::instead(&|| Err(Failure::Broken)).await, Err(Failure::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn durable_tasks() {
        let queue = Queue::in_memory();
        let (new, old) = (Double { number: 21 }, DoubleV1 { number: 4 });
        let new = queue.enqueue(new).await.unwrap();
        let old = queue.enqueue(old).await.unwrap();
        let worker = Worker::new(&queue, State { factor: 2 }).task::<Double>();
        worker.run_until_idle().await.unwrap();
        assert_eq!(new.wait(Duration::from_secs(1)).await.unwrap(), 42);
        assert_eq!(old.wait(Duration::from_secs(1)).await.unwrap(), 8);
    }

    #[test]
    fn derives() {
        assert_eq!(Failure::Limited.classify().class(), Class::Throttled);
        assert_eq!(reexport::Failure::Busy.classify().class(), Class::Transient);
    }
}

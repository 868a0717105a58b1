//! smoke
use persevere::{Classify, Event, Rejection, Verdict, retry};
use std::cell::Cell;
use std::time::Duration;

#[derive(Debug, PartialEq, Classify)]
enum E {
    #[retry(transient)]
    Busy,
    #[retry(permanent)]
    Bad,
    #[retry(throttled, after = wait)]
    Lim { wait: Duration },
    #[retry(forward)]
    R(Rejection),
    #[retry(when = even)]
    N(u8),
}
fn even(n: &u8) -> bool {
    n % 2 == 0
}
impl From<Rejection> for E {
    fn from(r: Rejection) -> Self {
        E::R(r)
    }
}

#[retry(timeout = "1s", deadline = "5s", on_retry = |e| println!("{e}"), on_give_up = note, on_success = async |e| println!("async {e}"), fallback = |e| { println!("fb {e:?}"); Ok(9) })]
async fn slow(n: &Cell<u32>) -> Result<u32, E> {
    n.set(n.get() + 1);
    if n.get() < 3 {
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    Ok(n.get())
}
async fn note(e: &Event<'_>) {
    println!("note {e}")
}

#[retry(on_ok = 0..=2, policy = "conservative", id = format!("x{}", 1))]
async fn poll(n: &Cell<u32>) -> Result<u32, E> {
    n.set(n.get() + 1);
    Ok(n.get())
}

#[retry(on = [std::io::Error, std::fmt::Error], unless = [std::num::ParseIntError], on_retry = |e| println!("{e}"))]
async fn erased(n: &Cell<u32>) -> anyhow::Result<u32> {
    n.set(n.get() + 1);
    if n.get() < 3 {
        Err(std::io::Error::from(std::io::ErrorKind::NotFound))?;
    }
    if n.get() == 3 {
        "x".parse::<u32>()?;
    }
    Ok(1)
}
#[retry(on = [std::io::Error], base_delay=0)]
fn erased2(n: &Cell<u32>) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    n.set(n.get() + 1);
    if n.get() < 3 {
        Err(std::io::Error::from(std::io::ErrorKind::NotFound))?;
    }
    Ok(1)
}

#[retry(policy = "conservative")]
async fn outer() -> Result<u32, E> {
    inner().await
}
#[retry(policy = "conservative")]
async fn inner() -> Result<u32, E> {
    innermost().await
}
#[retry(policy = "conservative")]
async fn innermost() -> Result<u32, E> {
    Err(E::Busy)
}

struct C;
#[retry(policy = "conservative", on = E::Busy)]
impl C {
    #[retry]
    async fn a(&self) -> Result<u32, E> {
        Err(E::Busy)
    }
    #[retry(on = E::Bad, base_delay = 0)]
    fn b(&self, n: &Cell<u32>) -> Result<u32, E> {
        n.set(n.get() + 1);
        Err(E::Bad)
    }
}

#[tokio::test(start_paused = true)]
async fn smoke() {
    tracing_subscriber::fmt().without_time().with_test_writer().init();
    println!("{:?}", slow(&Cell::new(0)).await);
    println!("{:?}", slow(&Cell::new(2)).await);
    println!("{:?}", poll(&Cell::new(0)).await);
    println!("{:?}", erased(&Cell::new(0)).await);
    println!("{:?}", erased2(&Cell::new(0)));
    println!("{:?}", outer().await);
    println!("{:?}", C.a().await);
    println!("{:?}", C.b(&Cell::new(0)));
    assert_eq!(E::N(2).classify(), Verdict::TRANSIENT);
}
fn is_send<T: Send>(_: &T) {}
#[test]
fn s() {
    let c = C;
    is_send(&c.a());
    is_send(&outer());
}

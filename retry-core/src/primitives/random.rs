//! The random source of jitter: one small generator per thread, seeded at its first use.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng, TryRng};

thread_local! {
    /// Empty until the first draw. Its initial value is a constant, so that checking it is one inlined
    /// test.
    static GENERATOR: RefCell<Option<Seeded>> = const { RefCell::new(None) };
}

/// A generator, and the process that seeded it: a forked child has a copy, and must not draw the same
/// numbers as its parent.
struct Seeded {
    process: u32,
    generator: SmallRng,
}

impl Seeded {
    /// Jitter needs no secrecy, only that no two threads or processes draw the same numbers. The
    /// operating system seeds the standard library's `RandomState`, once per process, since that takes
    /// longer than everything else here. The process ID is for forked processes.
    #[cold]
    fn in_process(process: u32) -> Self {
        static OF_PROCESS: OnceLock<RandomState> = OnceLock::new();
        let of_process = OF_PROCESS.get_or_init(RandomState::new);
        // On wasm the standard library has no random source: the time distinguishes pages.
        #[cfg(all(feature = "wasm", target_family = "wasm"))]
        let seed = of_process
            .hash_one(web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).ok());
        #[cfg(not(all(feature = "wasm", target_family = "wasm")))]
        let seed = of_process.hash_one((process, std::thread::current().id()));
        Self { process, generator: SmallRng::seed_from_u64(seed) }
    }
}

/// The ID of this process. On Unix this is a system call, which a draw can afford: something has
/// failed, mostly over a network. Wasm has no processes, and its standard library would panic.
#[inline]
fn process() -> u32 {
    if cfg!(target_family = "wasm") { 0 } else { std::process::id() }
}

/// The random source that retried functions draw their jitter from: a small generator of this
/// thread, seeded from the operating system when it is first used.
///
/// It is fit for jitter, and not for secrets. The value itself holds nothing, so it may be kept in a
/// future that moves between threads. A forked process draws other numbers than its parent.
///
/// ```
/// use persevere::{Policy, ThreadRandom};
///
/// let wait = Policy::DEFAULT.jittered_delay(0, &mut ThreadRandom);
/// assert!(Policy::DEFAULT.delay_range(0).contains(&wait));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadRandom;

impl ThreadRandom {
    #[inline]
    fn with<T>(draw: impl Fn(&mut SmallRng) -> T) -> T {
        let here = process();
        GENERATOR
            .try_with(|place| {
                let mut place = place.borrow_mut();
                match &mut *place {
                    Some(seeded) if seeded.process == here => draw(&mut seeded.generator),
                    place => draw(&mut place.insert(Seeded::in_process(here)).generator),
                }
            })
            .unwrap_or_else(|_| draw(&mut Seeded::in_process(here).generator)) // the thread is ending
    }
}

impl TryRng for ThreadRandom {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(Self::with(Rng::next_u32))
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(Self::with(Rng::next_u64))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&Self::with(Rng::next_u64).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

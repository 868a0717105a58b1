//! The random source of jitter: one small generator a thread, first seeded when first used.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng, TryRng};

thread_local! {
    /// Empty until the first draw. In a constant place, so that asking whether it is costs one
    /// test, inlined.
    static GENERATOR: RefCell<Option<SmallRng>> = const { RefCell::new(None) };
}

/// Jitter needs no secrets, only that no two threads or processes draw alike: the operating system,
/// which seeds the standard library's `RandomState`, is asked once, since it takes longer to answer
/// than all else here. The number of the process is for one that was forked.
#[cold]
fn seeded() -> SmallRng {
    static OF_PROCESS: OnceLock<RandomState> = OnceLock::new();
    let of_process = OF_PROCESS.get_or_init(RandomState::new);
    // On wasm the standard library has no operating system to ask: the moment tells pages apart.
    #[cfg(all(feature = "wasm", target_family = "wasm"))]
    let seed =
        of_process.hash_one(web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).ok());
    #[cfg(not(all(feature = "wasm", target_family = "wasm")))]
    let seed = of_process.hash_one((std::process::id(), std::thread::current().id()));
    SmallRng::seed_from_u64(seed)
}

/// Draws from this thread's generator. Holds nothing, so nothing is held across an await.
pub(crate) struct ThreadRandom;

impl ThreadRandom {
    #[inline]
    fn with<T>(draw: impl Fn(&mut SmallRng) -> T) -> T {
        GENERATOR
            .try_with(|generator| draw(generator.borrow_mut().get_or_insert_with(seeded)))
            .unwrap_or_else(|_| draw(&mut seeded())) // the thread is ending
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

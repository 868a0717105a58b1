//! Attributes on the wrong side of `#[retry]`, or without effect beside it.

use persevere::retry;
use tracing::instrument;

#[track_caller]
#[retry(on = _)]
fn tracked_above() -> Result<u32, ()> {
    Ok(Some(1).unwrap())
}

#[retry(on = _)]
#[track_caller]
fn tracked_below() -> Result<u32, ()> {
    Ok(Some(1).unwrap())
}

#[retry(on = _)]
#[cfg_attr(all(), inline, track_caller)]
fn tracked_on_condition() -> Result<u32, ()> {
    Ok(Some(1).unwrap())
}

struct Client {
    calls: u32,
}

impl Client {
    #[instrument(skip_all)]
    #[retry(on = _)]
    async fn instrumented(&mut self) -> Result<u32, ()> {
        self.calls += 1;
        Ok(self.calls)
    }

    #[instrument(skip_all, err(Debug))]
    #[retry(on = _)]
    async fn instrumented_by_value(self) -> Result<u32, ()> {
        Ok(self.calls)
    }
}

#[tracing::instrument(skip(body), ret)]
#[retry(on = _)]
async fn instrumented_argument(tag: String, body: String) -> Result<usize, ()> {
    Ok(body.len())
}

#[tokio::test(start_paused = true)]
#[retry(on = _, timeout = "1s", on_retry = async |_| ())]
async fn test() -> Result<(), std::io::Error> {
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
#[retry(on = _)]
async fn started() -> Result<(), std::io::Error> {
    Ok(())
}

// What `#[wasm_bindgen]` above `#[retry]` makes, beside the function itself.
struct WasmRet<T>(T);

#[retry(on = _)]
pub unsafe extern "C-unwind" fn __wasm_bindgen_generated_load() -> WasmRet<u32> {
    WasmRet(1)
}

#[retry(on = _)]
pub extern "C" fn __wbindgen_describe_load() {}

#[tokio::main]
#[retry(on = _, hedge = "1s")]
async fn main() -> Result<(), std::io::Error> {
    Ok(())
}

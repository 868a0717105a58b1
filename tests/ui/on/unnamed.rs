//! Names that no value has: bound anew, they would match every failure.

use persevere::retry;

#[derive(Debug)]
struct NetworkError {
    code: u32,
}

#[derive(Debug)]
struct Offline;

#[derive(Debug)]
enum Failure {
    Timeout,
}

#[retry(on = NetworkError)]
fn type_with_fields() -> Result<(), NetworkError> {
    Err(NetworkError { code: 1 })
}

#[retry(on = NetworkError)]
async fn type_in_erased() -> anyhow::Result<()> {
    Ok(())
}

#[retry(on = _, unless = Timeout)]
fn variant_without_its_enum() -> Result<(), Failure> {
    Err(Failure::Timeout)
}

#[retry(on = Offline)]
fn struct_of_another_error() -> Result<(), Failure> {
    Err(Failure::Timeout)
}

#[retry(on = SERVICE_UNAVAILABLE)]
fn constant_without_its_module() -> Result<(), u16> {
    Err(503)
}

fn main() {}

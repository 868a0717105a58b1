//! Runs `runtime-browser`, compiled for wasm, in Node.js: `runtime-node <file.wasm> <folder>` writes
//! the JavaScript around it to the folder.

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(wasm), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: runtime-node <file.wasm> <folder>".into());
    };
    let folder = Path::new(&folder);
    Bindgen::new().input_path(wasm).out_name("program").nodejs(true)?.generate(folder)?;
    let run = folder.join("run.cjs");
    fs::write(&run, include_str!("run.cjs"))?;
    let status =
        Command::new("node").arg(run).status().map_err(|error| format!("node: {error}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! `PERSEVERE`, read in a process of its own: a test must not change its environment.
#![deny(warnings, clippy::pedantic)]

use std::env;
use std::process::Command;

use persevere::overrides::Overrides;

/// Runs the test below in a process with that environment: what it prints.
fn read(variable: Option<&str>) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "--ignored", "prints_what_it_reads"]);
    match variable {
        Some(text) => command.env("PERSEVERE", text),
        None => command.env_remove("PERSEVERE"),
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let line = printed.split_once("read: ").unwrap().1;
    line.lines().next().unwrap().to_owned()
}

#[test]
#[ignore = "for the tests below alone"]
fn prints_what_it_reads() {
    match Overrides::from_env() {
        Ok(table) => println!("read: {table}"),
        Err(error) => println!("read: {error}"),
    }
}

#[test]
fn an_environment_has_a_table_or_none() {
    assert_eq!(read(Some("a=max_retries:2, *=default")), "a=max_retries:2,*=default");
    assert_eq!(read(Some("")), "");
    assert_eq!(read(None), "");
}

#[test]
fn it_breaks_nothing_on_purpose() {
    assert_eq!(
        read(Some("*=max_retries:2,shop::*=timeout:2s;chaos:return")),
        "`PERSEVERE`: `chaos` of `shop::*` cannot come from the environment, since it breaks the program on \
         purpose: write it in a file that the program reads, or install it in code"
    );
}

#[test]
fn a_mistake_names_the_variable() {
    let error = read(Some("a=agressive"));
    assert!(
        error.starts_with("`PERSEVERE`: `a=agressive`: there is no policy `agressive`"),
        "{error}"
    );
}

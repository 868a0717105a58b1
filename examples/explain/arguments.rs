//! The command line: policies as text, fields as `key=value`.

use std::path::PathBuf;

use persevere::{PartialPolicy, Policy};

pub(crate) const USAGE: &str = "\
usage: explain [POLICY]... [KEY=VALUE]... [--svg FILE]

POLICY  default, aggressive, conservative, interactive, reconnect, poll, none,
        or as in 'aggressive;jitter:full', or a list of waits, '[1s, 5s, 30s]';
        the first three if nothing is named
KEY     max_retries, base_delay, max_delay, exponential_base, jitter,
        reset_after: change that field of each policy named, or of default
--svg   draw the policy into FILE instead

explain aggressive max_retries=3 base_delay=200ms jitter=full
";

const PRESETS: [&str; 3] = ["default", "aggressive", "conservative"];

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    /// Policies, each with the name given on the command line.
    Show(Vec<(String, Policy)>),
    Draw(String, Policy, PathBuf),
}

/// Parses `arguments`; an error says in one sentence what is wrong with them.
pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let mut names = Vec::new();
    let mut changes = Vec::new();
    let mut svg = None;
    while let Some(argument) = arguments.next() {
        if matches!(&*argument, "-h" | "--help") {
            return Ok(Command::Help);
        } else if argument == "--svg" {
            let path = arguments.next().filter(|path| !path.starts_with('-'));
            let path = path.ok_or("`--svg` wants the file to draw into: `--svg policy.svg`")?;
            svg = Some(PathBuf::from(path));
        } else if argument.starts_with('-') {
            return Err(format!(
                "there is no option `{argument}` (there are `--svg` and `--help`)"
            ));
        } else if argument.contains('=') {
            changes.push(argument);
        } else {
            names.push(argument);
        }
    }
    if names.is_empty() {
        let all = changes.is_empty() && svg.is_none();
        names = PRESETS[..if all { 3 } else { 1 }].iter().map(ToString::to_string).collect();
    }
    let policies = names.into_iter().map(|name| policy(name, &changes));
    let policies = policies.collect::<Result<Vec<_>, _>>()?;
    let Some(path) = svg else { return Ok(Command::Show(policies)) };
    match <[_; 1]>::try_from(policies) {
        Ok([(name, policy)]) => Ok(Command::Draw(name, policy, path)),
        Err(_) => Err("a picture shows one policy: name one, or draw a file for each".to_owned()),
    }
}

/// The policy of that name, with `changes` such as `max_retries=3`.
fn policy(name: String, changes: &[String]) -> Result<(String, Policy), String> {
    let named: Policy = name.parse().map_err(|error| format!("{error}"))?;
    if changes.is_empty() {
        return Ok((name, named));
    }
    let settings: Vec<String> = changes.iter().map(|change| change.replacen('=', ":", 1)).collect();
    let settings: PartialPolicy = settings.join(";").parse().map_err(|error| format!("{error}"))?;
    let policy = settings.over(named);
    if policy.max_delay() < policy.base_delay() {
        return Err(format!(
            "`max_delay` ({:?}) is below `base_delay` ({:?}): raise the one or lower the other",
            policy.max_delay(),
            policy.base_delay()
        ));
    }
    Ok((format!("{name} {}", changes.join(" ")), policy))
}

//! What is to be explained, as the command line says it: presets by name, fields as `key=value`.

use std::path::PathBuf;
use std::time::Duration;

use persevere::{Jitter, Policy};

pub(crate) const USAGE: &str = "\
usage: explain [POLICY]... [KEY=VALUE]... [--svg FILE]

POLICY  default, aggressive, conservative; all three if nothing is named
KEY     max_retries, base_delay, max_delay, exponential_base, jitter:
        change that field of each policy named, or of default
--svg   draw the policy into FILE instead

explain aggressive max_retries=3 base_delay=200ms jitter=full
";

const PRESETS: [&str; 3] = ["default", "aggressive", "conservative"];
const KEYS: [&str; 5] = ["max_retries", "base_delay", "max_delay", "exponential_base", "jitter"];
const JITTERS: [&str; 4] = ["none", "full", "equal", "decorrelated"];

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    /// Policies, each with the name it was asked for by.
    Show(Vec<(String, Policy)>),
    Draw(String, Policy, PathBuf),
}

/// The command that `arguments` spell, or one sentence on what is wrong with them.
pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let mut presets = Vec::new();
    let mut changes: Vec<(String, String)> = Vec::new();
    let mut svg = None;
    while let Some(argument) = arguments.next() {
        if matches!(&*argument, "-h" | "--help") {
            return Ok(Command::Help);
        } else if argument == "--svg" {
            let path = arguments.next().filter(|path| !path.starts_with('-'));
            let path = path.ok_or("`--svg` wants the file to draw into: `--svg policy.svg`")?;
            svg = Some(PathBuf::from(path));
        } else if argument.starts_with('-') {
            let guess = did_you_mean(&argument, &["--svg", "--help"]);
            return Err(format!("there is no option `{argument}`{guess}"));
        } else if let Some((key, value)) = argument.split_once('=') {
            if changes.iter().any(|(earlier, _)| earlier == key) {
                return Err(format!("`{key}` is given twice"));
            }
            changes.push((key.to_owned(), value.to_owned()));
        } else {
            presets.push(preset(argument)?);
        }
    }
    if presets.is_empty() {
        let all = if changes.is_empty() && svg.is_none() { &PRESETS[..] } else { &PRESETS[..1] };
        presets =
            all.iter().copied().map(|name| preset(name.to_owned())).collect::<Result<_, _>>()?;
    }
    for (name, policy) in &mut presets {
        for (key, value) in &changes {
            *policy = changed(*policy, key, value)?;
            *name = format!("{name} {key}={value}");
        }
        if policy.max_delay() < policy.base_delay() {
            return Err(format!(
                "`max_delay` ({:?}) is below `base_delay` ({:?}): raise the one or lower the other",
                policy.max_delay(),
                policy.base_delay()
            ));
        }
    }
    let Some(path) = svg else { return Ok(Command::Show(presets)) };
    match <[_; 1]>::try_from(presets) {
        Ok([(name, policy)]) => Ok(Command::Draw(name, policy, path)),
        Err(_) => Err("a picture shows one policy: name one, or draw a file for each".to_owned()),
    }
}

fn preset(name: String) -> Result<(String, Policy), String> {
    if let Some(policy) = Policy::named(&name) {
        return Ok((name, policy));
    }
    if KEYS.contains(&&*name) {
        return Err(format!("`{name}` wants a value: `{name}=…`"));
    }
    let guess = did_you_mean(&name, &PRESETS);
    Err(format!(
        "there is no policy `{name}`{guess} (there are default, aggressive and conservative; fields \
         are changed as in `max_retries=3`)"
    ))
}

fn changed(policy: Policy, key: &str, value: &str) -> Result<Policy, String> {
    match key {
        "max_retries" => match value.parse() {
            Ok(retries) => Ok(policy.with_max_retries(retries)),
            Err(_) => Err(format!(
                "`max_retries={value}`: expected a whole number from 0 to {}",
                u32::MAX
            )),
        },
        "base_delay" => Ok(policy.with_base_delay(delay(key, value)?)),
        "max_delay" => Ok(policy.with_max_delay(delay(key, value)?)),
        "exponential_base" => match value.parse::<f64>() {
            Ok(base) if base.is_finite() && base >= 1.0 => Ok(policy.with_exponential_base(base)),
            _ => Err(format!(
                "`exponential_base={value}`: expected a number of at least 1, such as 1.5"
            )),
        },
        "jitter" => Ok(policy.with_jitter(jitter(value)?)),
        _ => Err(format!(
            "a policy has no field `{key}`{} (there are {})",
            did_you_mean(key, &KEYS),
            KEYS.join(", ")
        )),
    }
}

/// As the attribute has it: with a unit, or a number of seconds.
fn delay(key: &str, value: &str) -> Result<Duration, String> {
    let seconds = value.parse::<f64>().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .or_else(|| humantime::parse_duration(value).ok())
        .ok_or_else(|| {
            format!(
                "`{key}={value}`: expected a duration such as 250ms, 2s or 1m30s, or a number of \
                 seconds"
            )
        })
}

fn jitter(value: &str) -> Result<Jitter, String> {
    match value {
        "none" => return Ok(Jitter::None),
        "full" => return Ok(Jitter::Full),
        "equal" => return Ok(Jitter::Equal),
        "decorrelated" => return Ok(Jitter::Decorrelated),
        _ => {}
    }
    let percent = value.strip_suffix('%').and_then(|percent| percent.trim().parse::<f64>().ok());
    match percent {
        Some(percent) if (0.0..=100.0).contains(&percent) => {
            Ok(Jitter::Proportional(percent / 100.0))
        }
        _ => Err(format!(
            "there is no jitter `{value}`{} (there are {}, and shares of the wait from 0% to 100%, \
             such as 25%)",
            did_you_mean(value, &JITTERS),
            JITTERS.join(", ")
        )),
    }
}

/// "; did you mean `jitter`?", if a name is near: a third of its letters may differ.
fn did_you_mean(name: &str, candidates: &[&str]) -> String {
    let allowed = (name.chars().count() / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean `{candidate}`?"))
}

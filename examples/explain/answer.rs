//! From the arguments of the command line to the output.

use std::fmt::{self, Write as _};

use persevere::explain;

use crate::arguments::{Command, USAGE, read};
use crate::picture;

/// The reason for a failure, in a sentence.
#[derive(Debug, PartialEq)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// The picture could not be drawn.
    Picture(String),
}

impl Failure {
    /// 2 for a wrong command line, by convention; 1 otherwise.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Picture(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(sentence) | Self::Picture(sentence)) = self;
        f.write_str(sentence)
    }
}

/// The output for `arguments`, which do not include the program's name.
pub(crate) fn to(arguments: impl IntoIterator<Item = String>) -> Result<String, Failure> {
    match read(arguments).map_err(Failure::Usage)? {
        Command::Help => Ok(USAGE.to_owned()),
        Command::Show(policies) => {
            let mut text = String::new();
            for (name, policy) in policies {
                let gap = if text.is_empty() { "" } else { "\n\n" };
                let _ = writeln!(text, "{gap}{name}: {}", explain(&policy)); // a String takes all
            }
            Ok(text)
        }
        Command::Draw(name, policy, path) => match picture::draw(&path, &name, &policy) {
            Ok(()) => Ok(format!("drawn: {}\n", path.display())),
            Err(error) => {
                Err(Failure::Picture(format!("{} is not drawn: {error}", path.display())))
            }
        },
    }
}

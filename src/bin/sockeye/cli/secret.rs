//! Values that nobody should see, neither here nor in the list of processes.

use crate::failure::Failure;
use sockeye::io_reason;
use std::convert::Infallible;
use std::env;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

/// No secret, nor a file of them, is longer.
const MOST: u64 = 1 << 20;

/// The value of an option as it was typed: the secret itself, `@FILE` or `env:NAME`. `Debug`
/// hides it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

impl Secret {
    /// As it was typed.
    pub(super) fn typed(&self) -> &str {
        &self.0
    }

    /// Whether the secret itself stands elsewhere.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.0.starts_with('@') || self.0.starts_with("env:")
    }

    /// The secret; of a file, without the line's end. `option` is whose value it is.
    pub(super) fn read(&self, option: &str) -> Result<String, Failure> {
        if let Some(path) = self.0.strip_prefix('@') {
            let text = read_file(option, Path::new(path))?;
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        match self.0.strip_prefix("env:") {
            None => Ok(self.0.clone()),
            Some(name) => env::var(name).map_err(|error| {
                let problem = match error {
                    env::VarError::NotPresent => "is not set",
                    env::VarError::NotUnicode(_) => "is not valid UTF-8",
                };
                Failure::Usage(format!(
                    "{option}: the environment variable {name} {problem}"
                ))
            }),
        }
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(typed: &str) -> Result<Self, Infallible> {
        Ok(Self(typed.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// The text of a file that an option names.
pub(super) fn read_file(option: &str, path: &Path) -> Result<String, Failure> {
    let wrong = |problem: &str| Failure::Usage(format!("{option}: {}: {problem}", path.display()));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(&io_reason(&error)))?;
    if bytes.len() as u64 > MOST {
        return Err(wrong("it has more than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| wrong("it is not valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(typed: &str) -> Result<String, Failure> {
        let Ok(secret) = Secret::from_str(typed);
        secret.read("-u")
    }

    #[test]
    fn a_secret_stands_for_itself_or_in_a_file() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"s3 cret\r\n").expect("writing");
        let typed = format!("@{}", file.path().display());
        assert_eq!(read(&typed).ok().as_deref(), Some("s3 cret"));
        assert_eq!(read("s3cret").ok().as_deref(), Some("s3cret"));
    }

    #[test]
    fn what_cannot_be_read_is_one_line_that_names_option_and_place() {
        for (typed, words) in [
            (
                "@/nowhere/at/all",
                "-u: /nowhere/at/all: no such file or directory",
            ),
            ("@/", "-u: /: is a directory"),
            ("@/dev/zero", "-u: /dev/zero: it has more than 1 MiB"),
            (
                "env:SOCKEYE_NO_SUCH",
                "-u: the environment variable SOCKEYE_NO_SUCH is not set",
            ),
        ] {
            let error = read(typed).expect_err(typed).to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let Ok(secret) = Secret::from_str("s3cret");
        assert_eq!(format!("{secret:?}"), "[hidden]");
    }
}

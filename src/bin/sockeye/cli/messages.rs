//! The messages of `-x` and `-f`, read before anything else happens.

use super::args::Outgoing;
use crate::failure::Failure;
use sockeye::protocol::Batch;
use std::fs;

/// Each message on its own, in order; files are binary messages if `binary`.
pub(super) fn load(outgoing: Vec<Outgoing>, binary: bool) -> Result<Vec<Batch>, Failure> {
    outgoing
        .into_iter()
        .map(|one| match one {
            Outgoing::Text(text) => Ok(Batch::one_text(text)),
            Outgoing::File(path) => {
                let name = path.display();
                let data = fs::read(&path)
                    .map_err(|error| Failure::Input(format!("cannot read {name}: {error}")))?;
                if binary {
                    return Ok(Batch::one_binary(data));
                }
                let text = String::from_utf8(data).map_err(|error| {
                    let offset = error.utf8_error().valid_up_to();
                    Failure::Input(format!(
                        "SyntaxError: {name} is not valid UTF-8 at byte {offset}; \
                         --binary sends any bytes"
                    ))
                })?;
                Ok(Batch::one_text(text))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_missing_file_is_named() {
        let missing = Outgoing::File(PathBuf::from("/nowhere/at/all"));
        let error = load(vec![missing], false).expect_err("it is missing");
        assert!(error.to_string().contains("/nowhere/at/all"));
    }

    #[test]
    fn an_argument_is_one_text_message_as_it_stands() {
        let loaded = load(vec![Outgoing::Text("a\nb".to_owned())], true).expect("text");
        assert_eq!(loaded, [Batch::one_text("a\nb".to_owned())]);
    }
}

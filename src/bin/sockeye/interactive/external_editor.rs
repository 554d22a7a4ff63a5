//! A message written in an editor of the user's choice.

use super::foreground::Foreground;
use super::printer::HeldTerminal;
use sockeye::io_reason;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

/// What is in the file when the editor has ended, without the newline that editors put at the end.
/// `None` when nothing was written or nothing was changed. The file is for this user alone, in a
/// folder that goes away with whatever the editor left there.
pub(super) fn edit(
    begun: &str,
    terminal: &HeldTerminal,
    foreground: &Foreground,
) -> Result<Option<String>, String> {
    let words = editor()?;
    let failed = |error: io::Error| format!("cannot make a file to edit: {}", io_reason(&error));
    let folder = tempfile::Builder::new()
        .prefix("sockeye-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir()
        .map_err(failed)?;
    let path = folder.path().join(name(begun));
    write(&path, begun).map_err(failed)?;
    let streams = EditorStreams::of(terminal);
    let streams = streams
        .map_err(|error| format!("the editor cannot have the terminal: {}", io_reason(&error)))?;
    run(&words, &path, streams, foreground)?;
    let written = fs::read(&path)
        .map_err(|error| format!("cannot read what was written: {}", io_reason(&error)))?;
    let written = String::from_utf8(written).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        format!(
            "SyntaxError: what was written is not valid UTF-8 at byte {offset}; it was not sent"
        )
    })?;
    let written = without_newline(&written);
    let is_new = !written.is_empty() && written != without_newline(begun);
    Ok(is_new.then(|| written.to_owned()))
}

/// `$VISUAL`, else `$EDITOR`, else vi, and its arguments.
fn editor() -> Result<Vec<String>, String> {
    let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let line = variable("VISUAL")
        .or_else(|| variable("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    shell_words::split(&line).map_err(|error| format!("the editor '{line}' is not right: {error}"))
}

/// Editors choose their colours by the end of the name.
fn name(text: &str) -> &'static str {
    if text.starts_with(['{', '[']) {
        "message.json"
    } else {
        "message.txt"
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        file.write_all(b"\n")?;
    }
    Ok(())
}

/// The terminal, for the editor.
struct EditorStreams {
    input: Stdio,
    output: Stdio,
    terminal: OwnedFd,
}

impl EditorStreams {
    fn of(held: &HeldTerminal) -> io::Result<Self> {
        Ok(Self {
            input: held.stdin()?,
            output: held.stdout()?,
            terminal: held.terminal()?,
        })
    }
}

/// Waits for the editor's end.
fn run(
    words: &[String],
    path: &Path,
    streams: EditorStreams,
    foreground: &Foreground,
) -> Result<(), String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("the editor has no name; set VISUAL or EDITOR".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(path);
    command.stdin(streams.input).stdout(streams.output);
    let status = foreground
        .run(&mut command, streams.terminal)
        .map_err(|error| {
            format!(
                "cannot start the editor '{program}': {}; set VISUAL or EDITOR",
                io_reason(&error)
            )
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "the editor '{program}' failed ({status}); nothing was sent"
        ))
    }
}

fn without_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_text_and_is_for_this_user_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("message");
        write(&path, "a").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"a\n");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn one_newline_at_the_end_is_the_editors() {
        assert_eq!(without_newline("a\n\n"), "a\n");
        assert_eq!(without_newline("a\r\n"), "a");
        assert_eq!(without_newline("a"), "a");
    }

    #[test]
    fn an_editor_that_cannot_be_started_is_named() {
        let words = ["/nowhere/editor".to_owned()];
        let run = |words: &[String]| {
            let terminal = fs::File::open("/dev/null").expect("a device").into();
            let streams = EditorStreams {
                input: Stdio::inherit(),
                output: Stdio::inherit(),
                terminal,
            };
            run(words, Path::new("x"), streams, &Foreground::default())
        };
        let error = run(&words).expect_err("it cannot");
        assert!(
            error.contains("/nowhere/editor") && !error.contains('\n'),
            "{error}"
        );
        let failed = run(&["false".to_owned()]);
        assert!(failed.is_err_and(|error| error.contains("nothing was sent")));
    }
}

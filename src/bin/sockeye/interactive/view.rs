//! The commands about what is seen: `/last`, `/filter`, `/save`, `/clear`, `/pretty`,
//! `/timestamps`.

use super::Client;
use super::arguments::{self, first_word};
use super::files;
use super::filter::Filter;
use super::pending::Abandoned;
use super::session_log::{self, SessionLog, events};
use crate::output::human::{Human, Looks};
use crate::output::size::{Count, counted};
use crate::output::style::Role;
use crate::output::window;
use std::fs::File;
use std::io;
use std::path::Path;

/// How many messages `/last` shows when no number is given.
const LAST: usize = 10;

/// What a command about what is seen asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum View {
    /// Shows so many messages again.
    Last(usize),
    /// Tells the filter.
    TellFilter,
    /// Sets the filter, or none.
    Filter(Option<Filter>),
    /// Begins to write to a file.
    Save {
        /// Which, as it was typed.
        file: String,
        /// Replaces what is in it.
        force: bool,
    },
    /// Tells about the recording.
    TellSave,
    /// Ends the recording.
    EndSave,
    /// Empties the screen.
    Clear,
    /// Turns the layout of JSON on or off; none: tells.
    Pretty(Option<bool>),
    /// Turns times on or off; none: tells.
    Timestamps(Option<bool>),
}

/// `[N]`
pub(super) fn last(typed: &str) -> Result<View, String> {
    if typed.is_empty() {
        return Ok(View::Last(LAST));
    }
    match typed.parse() {
        Ok(count) if count > 0 => Ok(View::Last(count)),
        _ => Err(format!("'{typed}' is no number of messages, like /last 10")),
    }
}

/// `[REGEX | /pointer=value | off]`
pub(super) fn filter(typed: &str) -> Result<View, String> {
    match typed {
        "" => Ok(View::TellFilter),
        "off" => Ok(View::Filter(None)),
        filter => Ok(View::Filter(Some(Filter::parse(filter)?))),
    }
}

/// `[[--force] FILE | off]`
pub(super) fn save(typed: &str) -> Result<View, String> {
    let (force, path) = match first_word(typed) {
        ("", _) => return Ok(View::TellSave),
        ("off", "") => return Ok(View::EndSave),
        ("--force", path) => (true, path),
        (option, _) if option.starts_with("--") => {
            return Err(format!(
                "there is no {option}; /save --force FILE replaces what is in a file, \
                 and ./{option} is a file"
            ));
        }
        _ => (false, typed),
    };
    if path.is_empty() {
        return Err("a file is missing: /save --force FILE".to_owned());
    }
    Ok(View::Save {
        file: path.to_owned(),
        force,
    })
}

/// `[on | off]`
pub(super) fn switch(typed: &str) -> Result<Option<bool>, String> {
    match typed {
        "" => Ok(None),
        typed => arguments::switch(typed).map(Some),
    }
}

impl Client {
    /// Does what a command about what is seen asks for.
    pub(super) fn view(&mut self, view: View) -> Result<(), String> {
        match view {
            View::Last(count) => self.show_last(count),
            View::TellFilter => self.tell_filter(),
            View::Filter(filter) => self.set_filter(filter),
            View::Save { file, force } => return self.save(file, force),
            View::TellSave => match self.running_session_log() {
                Some(recording) => {
                    let line = format!("everything is written to {}", recording.path().display());
                    self.remark(&line);
                }
                None => self.remark("nothing is written; /save FILE begins"),
            },
            View::EndSave => return self.end_save(),
            View::Clear => return self.printer.clear(),
            View::Pretty(on) => {
                self.change_looks("pretty", on, |looks| &mut looks.pretty);
            }
            View::Timestamps(on) => {
                self.change_looks("timestamps", on, |looks| &mut looks.timestamps);
            }
        }
        Ok(())
    }

    /// One faint line.
    pub(super) fn remark(&self, line: &str) {
        self.printer.remark(self.style, line);
    }

    fn show_last(&self, count: usize) {
        let mut human = Human::new(self.style, false);
        human.set_looks(Looks {
            whole: true,
            width: window::columns(io::stdout()),
            ..self.log.looks()
        });
        let mut lines = String::new();
        let held = self.log.push_last(count, &mut human, &mut lines);
        let missing = if held.count < count as u64 && held.let_go > 0 {
            format!("; {} before are no longer held", events(held.let_go))
        } else {
            String::new()
        };
        let heading = match held.count {
            0 => format!("no messages yet{missing}"),
            1 => format!("the last message{missing}:"),
            count => format!("the last {} messages{missing}:", Count(count)),
        };
        // In one piece: once the heading is there, Ctrl-C stops the rest.
        let heading = self.style.paint(Role::Faint, heading);
        lines.insert_str(0, &format!("{heading}\n"));
        self.printer.print(lines);
    }

    fn tell_filter(&self) {
        match self.log.filter() {
            Some(filter) => {
                let hidden = self.log.hidden();
                self.remark(&format!("filter {filter}, {}", hidden_messages(hidden)));
            }
            None => self.remark("no filter; /filter REGEX or /filter /pointer=value sets one"),
        }
    }

    fn set_filter(&self, filter: Option<Filter>) {
        let before = self.log.filter();
        let told = match &filter {
            Some(filter) => format!("filter {}", filter.typed()),
            None if before.is_none() => "there was no filter".to_owned(),
            None => "filter off".to_owned(),
        };
        let hidden = self.log.set_filter(filter);
        match before {
            Some(before) if hidden > 0 => self.remark(&format!(
                "{told}; {before}: {}; /last shows them",
                hidden_messages(hidden)
            )),
            _ => self.remark(&told),
        }
    }

    fn running_session_log(&self) -> Option<&SessionLog> {
        self.session_log
            .as_ref()
            .filter(|recording| recording.goes_on())
    }

    fn save(&mut self, file: String, force: bool) -> Result<(), String> {
        if let Some(recording) = self.running_session_log() {
            let before = recording.path().display();
            return Err(format!(
                "everything is written to {before} already; /save off ends that"
            ));
        }
        let doing = format!("opening {file}");
        let open = move |_: &Abandoned| {
            let path = files::path(&file)?;
            session_log::create(&path, force).map(|file| (file, path))
        };
        self.start(doing, open, |client, (file, path)| {
            client.record(file, &path)
        });
        Ok(())
    }

    fn record(&mut self, file: File, path: &Path) -> Result<(), String> {
        let begun = SessionLog::begin((file, path), &self.log, &self.printer, self.style);
        let (recording, held) = begun?;
        self.session_log = Some(recording);
        let mut line = format!("{} go to {}", events(held.count), path.display());
        if held.let_go > 0 {
            line.push_str(&format!(
                " ({} before are no longer held)",
                events(held.let_go)
            ));
        }
        line.push_str(", and all that follow, until /save off");
        self.remark(&line);
        Ok(())
    }

    /// The rest is written on a thread of its own, which then says so.
    fn end_save(&mut self) -> Result<(), String> {
        let recording = self.session_log.take().filter(SessionLog::goes_on);
        let recording = recording.ok_or("nothing is written to a file")?;
        let doing = format!("writing {}", recording.path().display());
        let finish = move |_: &Abandoned| {
            recording.finish();
            Ok(())
        };
        self.start(doing, finish, |_, ()| Ok(()));
        Ok(())
    }

    fn change_looks(&self, name: &str, on: Option<bool>, member: impl Fn(&mut Looks) -> &mut bool) {
        if let Some(on) = on {
            self.log.set_looks(|looks| *member(looks) = on);
            return;
        }
        let on = *member(&mut self.log.looks());
        self.remark(&format!("{name} {}", if on { "on" } else { "off" }));
    }
}

fn hidden_messages(count: u64) -> String {
    format!("{} hidden", counted(count, "message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_takes_a_number_or_shows_ten() {
        assert!(matches!(last(""), Ok(View::Last(10))));
        assert!(matches!(last("3"), Ok(View::Last(3))));
        for wrong in ["0", "-1", "x", "1 2"] {
            assert!(
                last(wrong).is_err_and(|error| error.contains("/last 10")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn save_takes_a_file_with_spaces_and_force_before_it() {
        let file = |typed| match save(typed) {
            Ok(View::Save { file, force }) => Some((file, force)),
            _ => None,
        };
        assert_eq!(file("a b.jsonl"), Some(("a b.jsonl".to_owned(), false)));
        assert_eq!(file("--force off"), Some(("off".to_owned(), true)));
        assert!(matches!(save("off"), Ok(View::EndSave)));
        assert!(matches!(save(""), Ok(View::TellSave)));
        for wrong in ["--force", "--frce x"] {
            assert!(
                save(wrong).is_err_and(|error| error.contains("--force FILE")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_switch_is_on_or_off_or_asked_for() {
        assert_eq!(switch("on"), Ok(Some(true)));
        assert_eq!(switch("off"), Ok(Some(false)));
        assert_eq!(switch(""), Ok(None));
        assert!(switch("of").is_err());
    }
}

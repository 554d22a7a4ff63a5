//! The one text for an I/O error.

use std::io;

/// Returns the text of an I/O error as it reads within a sentence: `connection refused`.
///
/// All errors of this crate show I/O errors this way: without the number of the operating system,
/// and in lower case.
#[must_use]
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error();
    let suffix = number.map_or_else(String::new, |number| format!(" (os error {number})"));
    let text = text.strip_suffix(&suffix).unwrap_or(&text);
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !chars.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_error_of_an_operating_system_loses_its_number_and_its_capital() {
        let refused = io_reason(&io::Error::from_raw_os_error(libc::ECONNREFUSED));
        assert_eq!(refused, "connection refused");
    }

    #[test]
    fn any_other_text_stays_as_it_is_but_for_its_capital() {
        for (text, expected) in [
            ("Out of luck", "out of luck"),
            ("TLS is off", "TLS is off"),
            ("out of luck (os error 7)", "out of luck (os error 7)"),
            ("", ""),
        ] {
            assert_eq!(io_reason(&io::Error::other(text)), expected);
        }
    }
}

//! The one text for an I/O error.

use std::io;

/// An operating system's error as it reads within a sentence: `connection refused`.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = match text.rfind(" (os error ") {
        Some(number) => &text[..number],
        None => &text,
    };
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

    #[test]
    fn an_operating_systems_error_loses_its_number_and_its_capital() {
        let refused = io::Error::from_raw_os_error(111);
        assert!(!reason(&refused).contains("os error"));
        assert_eq!(reason(&io::Error::other("Out of luck")), "out of luck");
        assert_eq!(reason(&io::Error::other("TLS is off")), "TLS is off");
    }
}

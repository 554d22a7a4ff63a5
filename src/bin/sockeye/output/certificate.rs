//! The certificates that a server has presented.

use super::sanitize;
use super::style::{Role, Style};
use crate::tls::CertificateSummary;
use std::fmt::Write;

/// Adds the server's own certificate, and who vouches for it up to the last that the server presented.
pub(crate) fn push_chain(presented: &[CertificateSummary], style: Style, out: &mut String) {
    let mut row = |name: &str, value: &str| {
        let name = style.paint(Role::Faint, format!("{name:>9}"));
        let value = if value.is_empty() { "none" } else { value };
        // Writing to a String cannot fail.
        _ = writeln!(out, "{name}  {}", sanitize::line(value));
    };
    for (index, certificate) in presented.iter().enumerate() {
        if index == 0 {
            row("subject", &certificate.subject);
            row("names", &listed(&certificate.names));
            let (from, until) = (&certificate.not_before, &certificate.not_after);
            row("valid", &format!("{from} to {until}"));
        }
        row("issued by", &certificate.issuer);
    }
}

/// The first names, and how many there are beside them.
pub(crate) fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut listed = names[..names.len().min(MOST)].join(", ");
    if let Some(more) = names.len().checked_sub(MOST).filter(|more| *more > 0) {
        // Writing to a String cannot fail.
        _ = write!(listed, ", {more} more");
    }
    listed
}

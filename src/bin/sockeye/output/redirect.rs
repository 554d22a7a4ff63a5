//! What a redirect leaves behind.

use sockeye::{Event, LeftOut, Step};

/// What is not sent to the origin that a redirect leads to, if the event tells of any.
pub(crate) fn left_out(event: &Event<'_>) -> Option<String> {
    let Event::Connecting(step) = event else {
        return None;
    };
    let Step::Redirected { to, left_out } = &**step else {
        return None;
    };
    let left_out = left_out.as_ref().filter(|left_out| !left_out.is_empty())?;
    Some(format!(
        "redirected to another origin, {to}; {}",
        not_sent(left_out)
    ))
}

/// The same in the words of every such line.
pub(crate) fn not_sent(left_out: &LeftOut) -> String {
    format!("not sent there: {left_out}")
}

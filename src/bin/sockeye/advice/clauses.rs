//! Advice in parts, of which those are told that are not followed already.

use std::borrow::Cow;

/// What is in use, and need not be recommended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
    /// `--retry`.
    Retry,
    /// `--reconnect`.
    Reconnect,
    /// `--ping-interval`.
    PingInterval,
    /// `--no-compress`.
    NoCompress,
    /// An `Origin`.
    Origin,
    /// A user, a token or cookies for the server.
    Credentials,
    /// A subprotocol.
    Subprotocol,
    /// `--proxy-user`.
    ProxyUser,
    /// `--ca`.
    Ca,
    /// `--ca` without `--ca-native`.
    CaOnly,
    /// `--pin` with `-n`.
    PinsOnly,
    /// `--proxy-cacert`.
    ProxyCa,
    /// `--proxy-cacert` without `--proxy-ca-native`.
    ProxyCaOnly,
}

/// Everything that is in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InUse(u16);

impl InUse {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);

    /// This too, if it is.
    #[must_use]
    pub(crate) fn with(self, used: Used, is_used: bool) -> Self {
        Self(self.0 | u16::from(is_used) << used as u16)
    }

    fn has(self, used: Used) -> bool {
        self.0 >> used as u16 & 1 == 1
    }
}

/// What a user can do, in clauses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Advice(Vec<Clause>);

#[derive(Debug, Clone)]
struct Clause {
    text: Cow<'static, str>,
    condition: Condition,
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    Always,
    Unless(Used),
    When(Used),
}

impl Condition {
    fn holds(self, in_use: InUse) -> bool {
        match self {
            Self::Always => true,
            Self::Unless(used) => !in_use.has(used),
            Self::When(used) => in_use.has(used),
        }
    }
}

impl Advice {
    /// To be told in any case.
    pub(super) fn say(text: impl Into<Cow<'static, str>>) -> Self {
        Self::default().and(Condition::Always, text.into())
    }

    /// This too, in any case.
    pub(super) fn and_say(self, text: impl Into<Cow<'static, str>>) -> Self {
        self.and(Condition::Always, text.into())
    }

    /// To be told unless something is in use.
    pub(super) fn unless(self, used: Used, text: impl Into<Cow<'static, str>>) -> Self {
        self.and(Condition::Unless(used), text.into())
    }

    /// To be told when something is in use.
    pub(super) fn when(self, used: Used, text: impl Into<Cow<'static, str>>) -> Self {
        self.and(Condition::When(used), text.into())
    }

    fn and(mut self, condition: Condition, text: Cow<'static, str>) -> Self {
        self.0.push(Clause { text, condition });
        self
    }

    /// One line, if there is something to say.
    pub(crate) fn line(&self, in_use: InUse) -> Option<String> {
        let mut line = String::new();
        for clause in self
            .0
            .iter()
            .filter(|clause| clause.condition.holds(in_use))
        {
            line.push_str(match line.chars().last() {
                None => "",
                Some('?') => " ",
                Some(_) => "; ",
            });
            line.push_str(&clause.text);
        }
        (!line.is_empty()).then_some(line)
    }
}

impl From<&'static str> for Advice {
    fn from(text: &'static str) -> Self {
        Self::say(text)
    }
}

impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self::say(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_followed_already_is_told() {
        let advice = Advice::say("is it running?")
            .unless(Used::Retry, "--retry waits")
            .when(Used::Subprotocol, "it may not know the subprotocol")
            .unless(Used::ProxyUser, "--proxy-user");
        let line = |in_use| advice.line(in_use).unwrap_or_default();
        let none = InUse::NONE;
        assert_eq!(line(none), "is it running? --retry waits; --proxy-user");
        let retry = none.with(Used::Retry, true).with(Used::Subprotocol, true);
        let retry = retry.with(Used::Origin, false);
        assert_eq!(
            line(retry),
            "is it running? it may not know the subprotocol; --proxy-user"
        );
        let nothing = Advice::default().unless(Used::Retry, "--retry");
        assert_eq!(nothing.line(retry), None);
    }
}

//! Agreeing on the parameters (RFC 7692 §5, §7.1).

use super::extension::{Extension, Malformed, parse};
use crate::http1::excerpt;
use std::fmt;

const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";
/// The window that a side has which says nothing of its own.
const DEFAULT_WINDOW_BITS: u8 = 15;

/// What a client offers. The default is what browsers offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Asks the server not to refer to earlier messages (§7.1.1.1).
    pub server_no_context_takeover: bool,
    /// Says that the client will not refer to earlier messages (§7.1.1.2).
    pub client_no_context_takeover: bool,
    /// Asks the server for a window of at most this many bits, 8 to 15 (§7.1.2.1).
    pub server_max_window_bits: Option<u8>,
    /// Whether the server may limit the client's window (§7.1.2.2).
    pub client_max_window_bits: ClientWindow,
}

/// What a client says of its own window (RFC 7692 §7.1.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientWindow {
    /// Nothing: the server may not limit it.
    Unlimited,
    /// The server may limit it.
    Limitable,
    /// It has at most this many bits, 8 to 15, and the server may limit it further.
    AtMost(u8),
}

/// The parameters that both sides go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Whether no message of the server refers to an earlier one.
    pub server_no_context_takeover: bool,
    /// Whether no message of the client refers to an earlier one.
    pub client_no_context_takeover: bool,
    /// The bits of the server's window, 8 to 15.
    pub server_max_window_bits: u8,
    /// The bits of the client's window, 8 to 15.
    pub client_max_window_bits: u8,
}

/// Why a server's answer cannot be gone by: the handshake fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationError {
    /// The field is not a list of extensions (RFC 6455 §9.1).
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: {0}")]
    Malformed(Malformed),
    /// An extension that was not offered.
    #[error("the server uses the extension {:?}, which was not offered", excerpt(.0))]
    NotOffered(String),
    /// permessage-deflate more than once.
    #[error("the server answers the offer of {NAME} more than once")]
    Repeated,
    /// A parameter that RFC 7692 does not have.
    #[error("the server's {NAME} has the unknown parameter {:?}", excerpt(.0))]
    UnknownParameter(String),
    /// A parameter more than once.
    #[error("the server's {NAME} has the parameter {0} more than once")]
    RepeatedParameter(&'static str),
    /// A value that the parameter cannot have; `None` if there is none.
    #[error("the server's {NAME} has {name}{}, {}", shown(.value.as_ref()), expected(name))]
    Value {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: Option<String>,
    },
    /// A limit on the client's window, which the offer did not allow (§7.1.2.2).
    #[error("the server limits {CLIENT_MAX_WINDOW_BITS}, which was not offered")]
    LimitNotOffered,
    /// A window larger than the offer allows.
    #[error("the server answers {name}={answered}, but at most {offered} was offered")]
    WindowTooLarge {
        /// The parameter.
        name: &'static str,
        /// What the server wants.
        answered: u8,
        /// What was offered.
        offered: u8,
    },
    /// A parameter of the offer that has to be in the answer is not (§7.1.1.1, §7.1.2.1).
    #[error("the server accepts {NAME} without {0}, which was asked for")]
    Missing(&'static str),
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: ClientWindow::Limitable,
        }
    }
}

/// As `Sec-WebSocket-Extensions` has it.
impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server_max_window_bits.map(Some);
        let client = match self.client_max_window_bits {
            ClientWindow::Unlimited => None,
            ClientWindow::Limitable => Some(None),
            ClientWindow::AtMost(bits) => Some(Some(bits)),
        };
        Parameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: server,
            client_max_window_bits: client,
        }
        .fmt(f)
    }
}

/// Reads a server's `Sec-WebSocket-Extensions`, the value of each such field, against what was
/// offered, if anything was.
///
/// `None` when the server uses no extension.
///
/// # Errors
/// When a field breaks the grammar (RFC 6455 §9.1), or the server answers what was not offered, or
/// in a way that RFC 7692 does not allow.
pub fn accept<'a>(
    offer: Option<&Offer>,
    answer: impl IntoIterator<Item = &'a str>,
) -> Result<Option<Agreed>, NegotiationError> {
    let mut extensions = Vec::new();
    for field in answer {
        extensions.extend(parse(field).map_err(NegotiationError::Malformed)?);
    }
    let mut agreed = None;
    for extension in extensions {
        let offer = offer
            .filter(|_| extension.name == NAME)
            .ok_or_else(|| NegotiationError::NotOffered(extension.name.to_owned()))?;
        if agreed.is_some() {
            return Err(NegotiationError::Repeated);
        }
        agreed = Some(offer.agree(Parameters::read(&extension)?)?);
    }
    Ok(agreed)
}

/// Answers a client's `Sec-WebSocket-Extensions`: the first offer that can be accepted, as agreed on
/// and as the server's field says it. Offers that break RFC 7692 are declined (§7.1).
#[must_use]
pub fn answer(offers: &str) -> Option<(Agreed, String)> {
    let parameters = parse(offers)
        .ok()?
        .iter()
        .filter(|extension| extension.name == NAME)
        .filter_map(|extension| Parameters::read(extension).ok())
        .find(|offer| offer.server_max_window_bits != Some(None))?;
    let answer = Parameters {
        client_max_window_bits: parameters
            .client_max_window_bits
            .filter(|bits| bits.is_some()),
        ..parameters
    };
    Some((answer.agreed(), answer.to_string()))
}

impl Offer {
    fn agree(&self, answer: Parameters) -> Result<Agreed, NegotiationError> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(NegotiationError::Missing(SERVER_NO_CONTEXT_TAKEOVER));
        }
        if let Some(offered) = self.server_max_window_bits {
            let answered = answer
                .server_max_window_bits
                .ok_or(NegotiationError::Missing(SERVER_MAX_WINDOW_BITS))?;
            at_most(offered, answered, SERVER_MAX_WINDOW_BITS)?;
        }
        for (bits, name) in [
            (answer.server_max_window_bits, SERVER_MAX_WINDOW_BITS),
            (answer.client_max_window_bits, CLIENT_MAX_WINDOW_BITS),
        ] {
            // Without a value only a client may say it.
            if bits == Some(None) {
                return Err(NegotiationError::Value { name, value: None });
            }
        }
        let own_limit = self.own_limit(answer.client_max_window_bits)?;
        let agreed = answer.agreed();
        Ok(Agreed {
            client_no_context_takeover: agreed.client_no_context_takeover
                || self.client_no_context_takeover,
            client_max_window_bits: agreed.client_max_window_bits.min(own_limit),
            ..agreed
        })
    }

    /// What the client holds itself to, whether or not the server answers it (§7.1.2.2).
    fn own_limit(&self, answered: Option<Option<u8>>) -> Result<u8, NegotiationError> {
        match (self.client_max_window_bits, answered) {
            (ClientWindow::Unlimited, Some(_)) => Err(NegotiationError::LimitNotOffered),
            (ClientWindow::AtMost(offered), Some(answered)) => {
                at_most(offered, answered, CLIENT_MAX_WINDOW_BITS)?;
                Ok(offered)
            }
            (ClientWindow::AtMost(offered), None) => Ok(offered),
            (ClientWindow::Unlimited | ClientWindow::Limitable, _) => Ok(DEFAULT_WINDOW_BITS),
        }
    }
}

fn at_most(offered: u8, answered: Option<u8>, name: &'static str) -> Result<(), NegotiationError> {
    match answered {
        Some(answered) if answered > offered => Err(NegotiationError::WindowTooLarge {
            name,
            answered,
            offered,
        }),
        _ => Ok(()),
    }
}

/// The parameters of one offer or answer. A window is there or not, with or without a value.
#[derive(Debug, Clone, Copy, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<Option<u8>>,
    client_max_window_bits: Option<Option<u8>>,
}

impl Parameters {
    fn read(extension: &Extension<'_>) -> Result<Self, NegotiationError> {
        let mut read = Self::default();
        for (name, value) in &extension.parameters {
            let value = value.as_deref();
            match *name {
                SERVER_NO_CONTEXT_TAKEOVER => {
                    flag(
                        &mut read.server_no_context_takeover,
                        value,
                        SERVER_NO_CONTEXT_TAKEOVER,
                    )?;
                }
                CLIENT_NO_CONTEXT_TAKEOVER => {
                    flag(
                        &mut read.client_no_context_takeover,
                        value,
                        CLIENT_NO_CONTEXT_TAKEOVER,
                    )?;
                }
                SERVER_MAX_WINDOW_BITS => {
                    window(
                        &mut read.server_max_window_bits,
                        value,
                        SERVER_MAX_WINDOW_BITS,
                    )?;
                }
                CLIENT_MAX_WINDOW_BITS => {
                    window(
                        &mut read.client_max_window_bits,
                        value,
                        CLIENT_MAX_WINDOW_BITS,
                    )?;
                }
                _ => return Err(NegotiationError::UnknownParameter((*name).to_owned())),
            }
        }
        Ok(read)
    }

    fn agreed(&self) -> Agreed {
        let bits = |window: Option<Option<u8>>| window.flatten().unwrap_or(DEFAULT_WINDOW_BITS);
        Agreed {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: bits(self.server_max_window_bits),
            client_max_window_bits: bits(self.client_max_window_bits),
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        for (there, name) in [
            (self.server_no_context_takeover, SERVER_NO_CONTEXT_TAKEOVER),
            (self.client_no_context_takeover, CLIENT_NO_CONTEXT_TAKEOVER),
        ] {
            if there {
                write!(f, "; {name}")?;
            }
        }
        for (window, name) in [
            (self.server_max_window_bits, SERVER_MAX_WINDOW_BITS),
            (self.client_max_window_bits, CLIENT_MAX_WINDOW_BITS),
        ] {
            match window {
                Some(Some(bits)) => write!(f, "; {name}={bits}")?,
                Some(None) => write!(f, "; {name}")?,
                None => {}
            }
        }
        Ok(())
    }
}

fn flag(there: &mut bool, value: Option<&str>, name: &'static str) -> Result<(), NegotiationError> {
    if value.is_some() {
        let value = value.map(str::to_owned);
        return Err(NegotiationError::Value { name, value });
    }
    if std::mem::replace(there, true) {
        return Err(NegotiationError::RepeatedParameter(name));
    }
    Ok(())
}

fn window(
    there: &mut Option<Option<u8>>,
    value: Option<&str>,
    name: &'static str,
) -> Result<(), NegotiationError> {
    // Digits without a leading zero (§7.1.2), so that "08" and "+8" are none.
    let bits = value.map(|value| match value {
        "8" => Some(8),
        "9" => Some(9),
        "10" => Some(10),
        "11" => Some(11),
        "12" => Some(12),
        "13" => Some(13),
        "14" => Some(14),
        "15" => Some(15),
        _ => None,
    });
    if bits == Some(None) {
        let value = value.map(str::to_owned);
        return Err(NegotiationError::Value { name, value });
    }
    if there.replace(bits.flatten()).is_some() {
        return Err(NegotiationError::RepeatedParameter(name));
    }
    Ok(())
}

fn shown(value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!("={:?}", excerpt(value)))
}

fn expected(name: &str) -> &'static str {
    if name == SERVER_MAX_WINDOW_BITS || name == CLIENT_MAX_WINDOW_BITS {
        "which has to be a number from 8 to 15"
    } else {
        "which has no value"
    }
}

#[cfg(test)]
mod tests;

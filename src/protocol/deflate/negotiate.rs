//! The negotiation of the parameters (RFC 7692 §5, §7.1).

use super::extension::{Extension, parse};
use super::params::{DeflateOffer, DeflateParams};
use crate::protocol::upgrade_error::{DEFLATE, UpgradeError};
use std::fmt;

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";
/// The window of a side for which no limit is negotiated (§7.1.2).
const DEFAULT_WINDOW_BITS: u8 = 15;

impl Default for DeflateOffer {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: Some(DEFAULT_WINDOW_BITS),
        }
    }
}

/// As in `Sec-WebSocket-Extensions`.
impl fmt::Display for DeflateOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server_max_window_bits.map(Some);
        let limit = |bits| Some(bits).filter(|bits| *bits != DEFAULT_WINDOW_BITS);
        let client = self.client_max_window_bits.map(limit);
        Parameters {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: server,
            client_max_window_bits: client,
        }
        .fmt(f)
    }
}

/// Checks the values of a server's `Sec-WebSocket-Extensions` fields against the offer. `None` if
/// the server uses no extension.
///
/// # Errors
/// If a field breaks the grammar (RFC 6455 §9.1), or the server uses an extension that was not
/// offered, or parameters that RFC 7692 does not allow.
pub(in crate::protocol) fn check_response<'a>(
    offer: Option<&DeflateOffer>,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<Option<DeflateParams>, UpgradeError> {
    let mut extensions = Vec::new();
    for field in fields {
        extensions.extend(parse(field)?);
    }
    let mut agreed = None;
    for extension in extensions {
        let offer = offer
            .filter(|_| extension.name == DEFLATE)
            .ok_or_else(|| UpgradeError::ExtensionNotOffered(extension.name.to_owned()))?;
        if agreed.is_some() {
            return Err(UpgradeError::DeflateRepeated);
        }
        agreed = Some(offer.agree(Parameters::read(&extension)?)?);
    }
    Ok(agreed)
}

/// Accepts the first valid offer in a client's `Sec-WebSocket-Extensions`. Returns the parameters
/// and the field of the response. Offers that break RFC 7692 are declined (§7.1).
pub(in crate::protocol) fn accept_offer(offers: &str) -> Option<(DeflateParams, String)> {
    let parameters = parse(offers)
        .ok()?
        .iter()
        .filter(|extension| extension.name == DEFLATE)
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

impl DeflateOffer {
    /// What browsers offer; `None` if the feature `deflate` is off.
    pub(in crate::protocol) fn browser() -> Option<Self> {
        Some(Self::default())
    }

    /// The parameters that follow from the response to this offer (§7.1).
    fn agree(&self, answer: Parameters) -> Result<DeflateParams, UpgradeError> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(UpgradeError::DeflateMissingParameter(
                SERVER_NO_CONTEXT_TAKEOVER,
            ));
        }
        if let Some(offered) = self.server_max_window_bits {
            let answered =
                answer
                    .server_max_window_bits
                    .ok_or(UpgradeError::DeflateMissingParameter(
                        SERVER_MAX_WINDOW_BITS,
                    ))?;
            at_most(offered, answered, SERVER_MAX_WINDOW_BITS)?;
        }
        for (bits, name) in [
            (answer.server_max_window_bits, SERVER_MAX_WINDOW_BITS),
            (answer.client_max_window_bits, CLIENT_MAX_WINDOW_BITS),
        ] {
            // Only an offer may have it without a value (§7.1.2.2).
            if bits == Some(None) {
                return Err(UpgradeError::DeflateValue { name, value: None });
            }
        }
        let client_limit = self.client_limit(answer.client_max_window_bits)?;
        let agreed = answer.agreed();
        Ok(DeflateParams {
            client_no_context_takeover: agreed.client_no_context_takeover
                || self.client_no_context_takeover,
            client_max_window_bits: agreed.client_max_window_bits.min(client_limit),
            ..agreed
        })
    }

    /// The limit that the client obeys, whether or not the response has it (§7.1.2.2).
    fn client_limit(&self, answered: Option<Option<u8>>) -> Result<u8, UpgradeError> {
        match (self.client_max_window_bits, answered) {
            (None, Some(_)) => Err(UpgradeError::DeflateLimitNotOffered),
            (Some(offered), Some(answered)) => {
                at_most(offered, answered, CLIENT_MAX_WINDOW_BITS)?;
                Ok(offered)
            }
            (Some(offered), None) => Ok(offered),
            (None, None) => Ok(DEFAULT_WINDOW_BITS),
        }
    }
}

fn at_most(offered: u8, answered: Option<u8>, name: &'static str) -> Result<(), UpgradeError> {
    match answered {
        Some(answered) if answered > offered => Err(UpgradeError::DeflateWindowTooLarge {
            name,
            answered,
            offered,
        }),
        _ => Ok(()),
    }
}

/// The parameters of one offer or response. A window parameter can be absent, present without a
/// value, or present with one.
#[derive(Debug, Clone, Copy, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<Option<u8>>,
    client_max_window_bits: Option<Option<u8>>,
}

impl Parameters {
    fn read(extension: &Extension<'_>) -> Result<Self, UpgradeError> {
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
                _ => return Err(UpgradeError::DeflateUnknownParameter((*name).to_owned())),
            }
        }
        Ok(read)
    }

    fn agreed(&self) -> DeflateParams {
        let bits = |window: Option<Option<u8>>| window.flatten().unwrap_or(DEFAULT_WINDOW_BITS);
        DeflateParams {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: bits(self.server_max_window_bits),
            client_max_window_bits: bits(self.client_max_window_bits),
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DEFLATE)?;
        for (present, name) in [
            (self.server_no_context_takeover, SERVER_NO_CONTEXT_TAKEOVER),
            (self.client_no_context_takeover, CLIENT_NO_CONTEXT_TAKEOVER),
        ] {
            if present {
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

fn flag(present: &mut bool, value: Option<&str>, name: &'static str) -> Result<(), UpgradeError> {
    if value.is_some() {
        let value = value.map(str::to_owned);
        return Err(UpgradeError::DeflateValue { name, value });
    }
    if std::mem::replace(present, true) {
        return Err(UpgradeError::DeflateRepeatedParameter(name));
    }
    Ok(())
}

fn window(
    present: &mut Option<Option<u8>>,
    value: Option<&str>,
    name: &'static str,
) -> Result<(), UpgradeError> {
    // Digits without a leading zero (§7.1.2): "08" and "+8" are invalid.
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
        return Err(UpgradeError::DeflateValue { name, value });
    }
    if present.replace(bits.flatten()).is_some() {
        return Err(UpgradeError::DeflateRepeatedParameter(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! The rules for a `101 Switching Protocols` response (RFC 6455 §4.1, the list after "Once the
//! client's opening handshake has been sent").

use super::accepted::Accepted;
use super::request::Request;
use crate::http1::ResponseHead;
use crate::protocol::deflate;
use crate::protocol::upgrade_error::UpgradeError;

/// Checks the response against every rule. `rest` is what arrived after it.
pub(super) fn check_response(
    request: &Request,
    expected_accept: &str,
    response: ResponseHead,
    rest: Vec<u8>,
) -> Result<Accepted, UpgradeError> {
    if response.minor_version == 0 {
        return Err(UpgradeError::Version);
    }
    check_upgrade(&response)?;
    check_connection(&response)?;
    check_accept(&response, expected_accept)?;
    let protocol = check_protocol(request, &response)?;
    let extensions = response.headers.get_all("Sec-WebSocket-Extensions");
    let deflate = deflate::check_response(request.deflate.as_ref(), extensions)?;
    Ok(Accepted {
        protocol,
        extensions: join(&response, "Sec-WebSocket-Extensions").unwrap_or_default(),
        deflate,
        response,
        rest,
    })
}

/// Rule 2: `Upgrade` is `websocket`, in any case.
fn check_upgrade(response: &ResponseHead) -> Result<(), UpgradeError> {
    let found = join(response, "Upgrade");
    if found
        .as_ref()
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    {
        return Ok(());
    }
    Err(UpgradeError::Upgrade(found))
}

/// Rule 3: `Connection` contains the token `Upgrade`, in any case.
fn check_connection(response: &ResponseHead) -> Result<(), UpgradeError> {
    let mut tokens = response.headers.tokens("Connection");
    if tokens.any(|token| token.eq_ignore_ascii_case("Upgrade")) {
        return Ok(());
    }
    Err(UpgradeError::Connection(join(response, "Connection")))
}

/// Rule 4: `Sec-WebSocket-Accept` follows from our key.
fn check_accept(response: &ResponseHead, expected: &str) -> Result<(), UpgradeError> {
    let found = join(response, "Sec-WebSocket-Accept");
    if found.as_deref() == Some(expected) {
        return Ok(());
    }
    let expected = expected.to_owned();
    Err(UpgradeError::Accept { found, expected })
}

/// Rule 6, and the rule of the Fetch standard that the server has to choose an offered subprotocol.
fn check_protocol(request: &Request, response: &ResponseHead) -> Result<String, UpgradeError> {
    let chosen = join(response, "Sec-WebSocket-Protocol");
    if request.any_subprotocol {
        return Ok(chosen.unwrap_or_default());
    }
    match chosen {
        Some(chosen) if request.protocols.contains(&chosen) => Ok(chosen),
        Some(chosen) => Err(UpgradeError::Subprotocol(chosen)),
        None if request.protocols.is_empty() => Ok(String::new()),
        None => Err(UpgradeError::NoSubprotocol(request.protocols.clone())),
    }
}

/// The values of all fields of this name as one list; `None` if there is no field.
fn join(response: &ResponseHead, name: &str) -> Option<String> {
    let values: Vec<_> = response.headers.get_all(name).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

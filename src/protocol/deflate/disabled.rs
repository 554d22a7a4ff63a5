//! What remains of permessage-deflate without the feature `deflate`: types without values.

#![expect(
    clippy::needless_pass_by_ref_mut,
    reason = "the signatures are those of the real types"
)]

use super::extension::parse;
use super::params::{DeflateOffer, DeflateParams};
use crate::protocol::role::Role;
use crate::protocol::upgrade_error::UpgradeError;
use crate::protocol::violation::Violation;
use std::fmt;

#[derive(Debug)]
pub(in crate::protocol) enum Compressor {}

#[derive(Debug)]
pub(in crate::protocol) enum Decompressor {}

#[derive(Debug)]
pub(in crate::protocol) enum InflateError {}

impl DeflateOffer {
    pub(in crate::protocol) fn browser() -> Option<Self> {
        None
    }
}

impl fmt::Display for DeflateOffer {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.unreachable()
    }
}

impl Compressor {
    pub(in crate::protocol) fn for_role(params: &DeflateParams, _: Role) -> Self {
        params.unreachable()
    }

    pub(in crate::protocol) fn shrinks(&self) -> bool {
        match *self {}
    }

    pub(in crate::protocol) fn compress(&mut self, _: &[u8], _: bool, _: &mut Vec<u8>) {
        match *self {}
    }
}

impl Decompressor {
    pub(in crate::protocol) fn for_role(params: &DeflateParams, _: Role) -> Self {
        params.unreachable()
    }

    pub(in crate::protocol) fn decompress(
        &mut self,
        _: &[u8],
        _: &mut Vec<u8>,
        _: usize,
    ) -> Result<(), InflateError> {
        match *self {}
    }

    pub(in crate::protocol) fn finish(
        &mut self,
        _: &mut Vec<u8>,
        _: usize,
    ) -> Result<(), InflateError> {
        match *self {}
    }
}

impl InflateError {
    pub(in crate::protocol) fn violation(self, _: usize) -> Violation {
        match self {}
    }
}

/// Checks the extensions of a server's response: none was offered, so that every one is an error
/// (RFC 6455 §4.1).
pub(in crate::protocol) fn check_response<'a>(
    _: Option<&DeflateOffer>,
    fields: impl IntoIterator<Item = &'a str>,
) -> Result<Option<DeflateParams>, UpgradeError> {
    for field in fields {
        if let Some(extension) = parse(field)?.first() {
            return Err(UpgradeError::ExtensionNotOffered(extension.name.to_owned()));
        }
    }
    Ok(None)
}

/// A server accepts no offer.
pub(in crate::protocol) fn accept_offer(_: &str) -> Option<(DeflateParams, String)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::upgrade::Request;

    #[test]
    fn nothing_is_offered_and_every_extension_is_an_error() {
        assert_eq!(Request::new("h", "/").deflate, None);
        assert_eq!(check_response(None, []), Ok(None));
        let refused = Err(UpgradeError::ExtensionNotOffered(
            "permessage-deflate".to_owned(),
        ));
        assert_eq!(check_response(None, ["permessage-deflate"]), refused);
        assert_eq!(accept_offer("permessage-deflate"), None);
    }
}

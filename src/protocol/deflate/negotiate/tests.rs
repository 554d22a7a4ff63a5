//! Every legal combination of offer and answer, and the illegal ones by name.

use super::*;

const PLAIN: DeflateParams = DeflateParams {
    server_no_context_takeover: false,
    client_no_context_takeover: false,
    server_max_window_bits: 15,
    client_max_window_bits: 15,
};

fn accept_default(answer: &str) -> Result<Option<DeflateParams>, UpgradeError> {
    check_response(Some(&DeflateOffer::default()), [answer])
}

fn windows() -> impl Iterator<Item = Option<u8>> + Clone {
    std::iter::once(None).chain((8..=15).map(Some))
}

/// All 2 × 2 × 9 × 9 offers.
fn offers() -> Vec<DeflateOffer> {
    let mut offers = Vec::new();
    for flags in 0..4 {
        for server_max_window_bits in windows() {
            for client_max_window_bits in windows() {
                offers.push(DeflateOffer {
                    server_no_context_takeover: flags & 1 != 0,
                    client_no_context_takeover: flags & 2 != 0,
                    server_max_window_bits,
                    client_max_window_bits,
                });
            }
        }
    }
    offers
}

/// All 2 × 2 × 9 × 9 answers, as fields and as what they say.
fn answers() -> Vec<(String, Parameters)> {
    let mut answers = Vec::new();
    for flags in 0..4 {
        for server in windows() {
            for client in windows() {
                let parameters = Parameters {
                    server_no_context_takeover: flags & 1 != 0,
                    client_no_context_takeover: flags & 2 != 0,
                    server_max_window_bits: server.map(Some),
                    client_max_window_bits: client.map(Some),
                };
                answers.push((parameters.to_string(), parameters));
            }
        }
    }
    answers
}

#[test]
fn the_default_offer_is_the_browsers() {
    let field = DeflateOffer::default().to_string();
    assert_eq!(field, "permessage-deflate; client_max_window_bits");
}

#[test]
fn an_offer_writes_all_its_parameters() {
    let offer = DeflateOffer {
        server_no_context_takeover: true,
        client_no_context_takeover: true,
        server_max_window_bits: Some(10),
        client_max_window_bits: Some(8),
    };
    assert_eq!(
        offer.to_string(),
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
         server_max_window_bits=10; client_max_window_bits=8"
    );
}

#[test]
fn our_server_and_our_client_agree_on_every_offer() {
    for offer in offers() {
        let (server, field) = accept_offer(&offer.to_string()).expect("a legal offer");
        assert_eq!(
            check_response(Some(&offer), [&*field]),
            Ok(Some(server)),
            "{offer}"
        );
        let own = offer.server_max_window_bits.unwrap_or(15);
        assert_eq!(server.server_max_window_bits, own, "{offer}");
    }
}

#[test]
fn every_answer_to_every_offer_is_judged_by_section_7_1() {
    for offer in offers() {
        for (field, said) in answers() {
            let server = said.server_max_window_bits.flatten();
            let client = said.client_max_window_bits.flatten();
            let legal = (!offer.server_no_context_takeover || said.server_no_context_takeover)
                && offer
                    .server_max_window_bits
                    .is_none_or(|most| server.is_some_and(|bits| bits <= most))
                && match offer.client_max_window_bits {
                    None => client.is_none(),
                    Some(most) => client.is_none_or(|bits| bits <= most),
                };
            let accepted = check_response(Some(&offer), [&*field]);
            assert_eq!(accepted.is_ok(), legal, "{offer} answered by {field}");
            let Ok(Some(agreed)) = accepted else { continue };
            let own = offer.client_max_window_bits.unwrap_or(15);
            assert_eq!(agreed.server_max_window_bits, server.unwrap_or(15));
            assert_eq!(agreed.client_max_window_bits, client.unwrap_or(own));
            assert_eq!(
                agreed.client_no_context_takeover,
                offer.client_no_context_takeover || said.client_no_context_takeover
            );
        }
    }
}

#[test]
fn no_extension_in_the_answer_means_none_in_use() {
    assert_eq!(check_response(Some(&DeflateOffer::default()), []), Ok(None));
    assert_eq!(check_response(None, []), Ok(None));
}

#[test]
fn rfc_6455_section_9_1_each_field_has_to_conform_to_the_grammar() {
    let accepted = |fields: &[&'static str]| {
        check_response(Some(&DeflateOffer::default()), fields.iter().copied())
            .map(|agreed| agreed.is_some())
    };
    assert_eq!(accepted(&["permessage-deflate, ,"]), Ok(true));
    for fields in [
        &[""][..],
        &["permessage-deflate;"],
        &["permessage-deflate; ; server_no_context_takeover"],
        &["permessage-deflate", ""],
        &["", "permessage-deflate"],
    ] {
        let error = accepted(fields).expect_err("malformed");
        assert!(
            matches!(
                error,
                UpgradeError::NoExtension | UpgradeError::NoExtensionParameter(_)
            ),
            "{fields:?}"
        );
    }
}

#[test]
fn a_quoted_value_is_a_value() {
    let agreed = accept_default("permessage-deflate; server_max_window_bits=\"10\"");
    let expected = DeflateParams {
        server_max_window_bits: 10,
        ..PLAIN
    };
    assert_eq!(agreed, Ok(Some(expected)));
}

#[test]
fn an_answer_that_cannot_be_gone_by_says_why() {
    for (field, reason) in [
        (
            "x-webkit-deflate-frame",
            "the server uses the extension \"x-webkit-deflate-frame\", which was not offered",
        ),
        (
            "permessage-deflate, permessage-deflate",
            "the server answers the offer of permessage-deflate more than once",
        ),
        (
            "permessage-deflate; mux",
            "the server's permessage-deflate has the unknown parameter \"mux\"",
        ),
        (
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            "the server's permessage-deflate has the parameter server_max_window_bits more than once",
        ),
        (
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "the server's permessage-deflate has the parameter client_no_context_takeover more than once",
        ),
        (
            "permessage-deflate; server_no_context_takeover=1",
            "the server's permessage-deflate has server_no_context_takeover=\"1\", which has no value",
        ),
        (
            "permessage-deflate; server_max_window_bits=16",
            "the server's permessage-deflate has server_max_window_bits=\"16\", which has to be a number from 8 to 15",
        ),
        (
            "permessage-deflate; client_max_window_bits",
            "the server's permessage-deflate has client_max_window_bits, which has to be a number from 8 to 15",
        ),
        (
            "permessage-deflate; a b",
            "the server's Sec-WebSocket-Extensions is not a list of extensions: \"a b\" is no name, parameter or value",
        ),
    ] {
        let error = accept_default(field).expect_err(field);
        assert_eq!(error.to_string(), reason);
    }
    let error = check_response(None, ["permessage-deflate"]).expect_err("nothing was offered");
    assert_eq!(
        error,
        UpgradeError::ExtensionNotOffered("permessage-deflate".to_owned())
    );
}

#[test]
fn a_window_is_a_number_from_8_to_15_without_leading_zeros() {
    for value in ["7", "16", "08", "010", "+9", "-9", "9.0", "x", "256", "0"] {
        for name in [SERVER_MAX_WINDOW_BITS, CLIENT_MAX_WINDOW_BITS] {
            let field = format!("permessage-deflate; {name}={value}");
            let value = Some(value.to_owned());
            let error = UpgradeError::DeflateValue { name, value };
            assert_eq!(accept_default(&field), Err(error));
            assert_eq!(accept_offer(&field), None, "{field}");
        }
    }
}

#[test]
fn a_server_takes_the_first_offer_that_it_can() {
    let offers = "x-other, permessage-deflate; server_max_window_bits, \
                  permessage-deflate; server_max_window_bits=9; client_max_window_bits, \
                  permessage-deflate";
    let expected = DeflateParams {
        server_max_window_bits: 9,
        ..PLAIN
    };
    let field = "permessage-deflate; server_max_window_bits=9".to_owned();
    assert_eq!(accept_offer(offers), Some((expected, field)));
}

#[test]
fn a_server_without_an_acceptable_offer_answers_none() {
    assert_eq!(accept_offer(""), None);
    assert_eq!(accept_offer("x-other"), None);
    assert_eq!(accept_offer("permessage-deflate; unknown"), None);
}

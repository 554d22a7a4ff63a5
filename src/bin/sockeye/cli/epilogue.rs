//! What stands after the options: in the help, and as sections of the manual page.

/// Title and text of each section.
pub(super) const SECTIONS: [(&str, &str); 3] = [
    (
        "Examples",
        "  sockeye --echo                             talk to a private echo server
  sockeye wss://example.org/chat             talk to a server
  sockeye -x '{\"op\":\"ping\"}' -1 :8080        send one message, print the answer, leave
  seq 1000 | sockeye localhost:8080/x        send each line, print each answer
  sockeye -w inf localhost:8080 </dev/null   print whatever comes
  sockeye -x ping --expect pong :8080        check that a server answers",
    ),
    (
        "Environment",
        "  ws_proxy, wss_proxy, http_proxy, https_proxy, all_proxy
                              the proxy (--proxy)
  no_proxy                    hosts without one (--noproxy)
  SSL_CERT_FILE, SSL_CERT_DIR certificates to trust instead of the system's
  SSLKEYLOGFILE               file to add the secrets of TLS to, for Wireshark
  NO_COLOR, CLICOLOR_FORCE    never and always use colours (--color)
  VISUAL, EDITOR              what /edit writes a message with",
    ),
    (
        "Exit status",
        "  0 closed cleanly, 2 usage, 3 no connection, 4 TLS, 5 handshake refused,
  6 connection lost, 7 closed with another code, 8 timed out, 9 too few messages or not the
  expected one, 128+n ended by signal n (130: Ctrl-C), 1 anything else",
    ),
];

/// All of it, as the help has it.
pub(super) fn text() -> String {
    SECTIONS
        .map(|(title, text)| format!("{title}:\n{text}"))
        .join("\n\n")
}

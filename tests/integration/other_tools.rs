//! What people type who come from curl, websocat, wscat and httpie.
//!
//! Each of their options is accepted with the same meaning, or answered with ours, or with the fact
//! that there is none. None gets the name of an option that only looks alike.

use super::harness::sockeye;

/// The long options of curl 7.88 and of those after it.
const CURL: &str = "abstract-unix-socket alt-svc anyauth append aws-sigv4 basic ca-native cacert capath cert \
     cert-status cert-type ciphers compressed compressed-ssh config connect-timeout connect-to \
     continue-at cookie cookie-jar create-dirs create-file-mode crlf crlfile curves data data-ascii \
     data-binary data-raw data-urlencode delegation digest disable disable-eprt disable-epsv \
     disallow-username-in-url dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-cert-status \
     doh-insecure doh-url dump-ca-embed dump-header ech egd-file engine etag-compare etag-save \
     expand-data expect100-timeout fail fail-early fail-with-body false-start follow form \
     form-escape form-string ftp-account ftp-alternative-to-user ftp-create-dirs ftp-method \
     ftp-pasv ftp-port ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode ftp-ssl-control get \
     globoff happy-eyeballs-timeout-ms haproxy-clientip haproxy-protocol head header help \
     hostpubmd5 hostpubsha256 hsts http0.9 http1.0 http1.1 http2 http2-prior-knowledge http3 \
     http3-only ignore-content-length include insecure interface ip-tos ipfs-gateway ipv4 ipv6 json \
     junk-session-cookies keepalive-cnt keepalive-time key key-type knownhosts krb libcurl \
     limit-rate list-only local-port location location-trusted login-options mail-auth mail-from \
     mail-rcpt mail-rcpt-allowfails manual max-filesize max-redirs max-time metalink mptcp \
     negotiate netrc netrc-file netrc-optional next no-alpn no-buffer no-clobber no-keepalive \
     no-npn no-progress-meter no-sessionid noproxy ntlm ntlm-wb oauth2-bearer out-null output \
     output-dir parallel parallel-immediate parallel-max parallel-max-host pass path-as-is \
     pinnedpubkey post301 post302 post303 preproxy progress-bar proto proto-default proto-redir \
     proxy proxy-anyauth proxy-basic proxy-ca-native proxy-cacert proxy-capath proxy-cert \
     proxy-cert-type proxy-ciphers proxy-crlfile proxy-digest proxy-header proxy-http2 \
     proxy-insecure proxy-key proxy-key-type proxy-negotiate proxy-ntlm proxy-pass \
     proxy-pinnedpubkey proxy-service-name proxy-ssl-allow-beast proxy-ssl-auto-client-cert \
     proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-tlsv1 proxy-user \
     proxy1.0 proxytunnel pubkey quote random-file range rate raw referer remote-header-name \
     remote-name remote-name-all remote-time remove-on-error request request-target resolve retry \
     retry-all-errors retry-connrefused retry-delay retry-max-time sasl-authzid sasl-ir \
     service-name show-error sigalgs signature-algorithms silent skip-existing socks4 socks4a \
     socks5 socks5-basic socks5-gssapi socks5-gssapi-nec socks5-gssapi-service socks5-hostname \
     speed-limit speed-time ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd \
     ssl-revoke-best-effort sslv2 sslv3 stderr styled-output suppress-connect-headers tcp-fastopen \
     tcp-nodelay telnet-option tftp-blksize tftp-no-options time-cond tls-earlydata tls-max \
     tls13-ciphers tlsauthtype tlspassword tlsuser tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 \
     tr-encoding trace trace-ascii trace-config trace-ids trace-time unix-socket upload-file \
     upload-flags url url-query use-ascii user user-agent variable verbose version vlan-priority \
     write-out xattr";

/// Those of websocat 1.14 and 4.
const WEBSOCAT: &str = "accept-from-fd async-stdio autoreconnect-delay-millis base64 base64-text basic-auth \
     basic-auth-file binary binary-prefix buffer-size byte-to-exit-on chmod-everyone chmod-group \
     chmod-owner client-pkcs12-der client-pkcs12-passwd close-reason close-status-code compose \
     compress-deflate compress-gzip compress-zlib conncap crypto-key crypto-reverse dummy-hangup \
     dump-spec dump-spec-phase0 dump-spec-phase1 dump-spec-phase2 exec-after-listen \
     exec-after-listen-append-port exec-arg0 exec-args exec-chdir exec-dup2 exec-dup2-execve \
     exec-exit-on-disconnect exec-gid exec-monitor-exits exec-sighup-on-stdin-close \
     exec-sighup-on-zero-msg exec-uid exit-after-one-session exit-on-eof exit-on-hangup \
     foreachmsg-wait-read global-timeout-force-exit global-timeout-ms header header-to-env help \
     inhibit-pongs insecure jsonrpc jsonrpc-omit-jsonrpc just-generate-accept just-generate-key \
     late-resolve lengthprefixed-continuations lengthprefixed-include-control \
     lengthprefixed-little-endian lengthprefixed-nbytes lengthprefixed-skip-read-direction \
     lengthprefixed-skip-write-direction lengthprefixed-tag-text linemode-strip-newlines log-hex \
     log-omit-content log-timestamps log-traffic log-verbose max-messages max-messages-rev \
     max-sent-pings max-ws-frame-length max-ws-message-length no-async-stdio no-close \
     no-exit-on-zeromsg no-fixups no-line no-lints null-terminated one-message oneshot origin \
     ping-interval ping-timeout pkcs12-der pkcs12-passwd preamble preamble-reverse print-ping-rtts \
     prometheus protocol queue-len random-seed read-buffer-limit registry-connect-bufsize \
     request-header request-method request-uri restrict-uri reuser-send-zero-msg-on-disconnect \
     reuser-tolerate-torn-msgs scenario separator separator-inhibit-substitution separator-n \
     seqpacket-max-send-datagram-size server server-header server-mode server-protocol \
     server-protocol-choose-first server-protocol-lax set-environment sleep-ms-before-start socks5 \
     socks5-bind-script socks5-destination socks5-user-pass static-file \
     stdout-announce-listening-ports strict text text-prefix timestamp-monotonic tls-domain ua \
     udp-bind-restrict-to-one-address udp-bind-target-addr udp-broadcast udp-max-send-datagram-size \
     udp-multicast udp-multicast-iface-v4 udp-multicast-iface-v6 udp-multicast-loop udp-oneshot \
     udp-reuseaddr udp-server-max-clients udp-server-timeout-ms udp-ttl uncompress-deflate \
     uncompress-gzip uncompress-zlib unidirectional unidirectional-late-drop unidirectional-reverse \
     unlink version websocket-ignore-zeromsg websocket-version write-buffer-limit \
     write-file-auto-rename write-file-no-overwrite ws-c-uri ws-dont-check-headers \
     ws-ignore-invalid-masks ws-no-auto-buffer ws-no-flush ws-omit-headers \
     ws-shutdown-socket-on-eof";

/// Those of httpie 3.
const HTTPIE: &str = "all auth auth-type body boundary cert cert-key cert-key-pass check-status chunked ciphers \
     compress continue debug default-scheme download follow form format-options headers \
     ignore-netrc ignore-stdin json max-headers max-redirects meta multipart no-check-certificate \
     offline output path-as-is pretty print proxy quiet raw response-charset response-mime session \
     session-read-only sorted ssl stream style timeout traceback unsorted verbose verify";

/// Those of them that have the same meaning here, or are being given one.
const SAME: &str = "auth binary ca-native cacert cert close-reason compressed connect-timeout connect-to cookie \
     get globoff header help http1.1 http2 http3 insecure interface ipv4 ipv6 json keepalive-time \
     key location max-redirects max-time netrc netrc-file no-buffer no-keepalive noproxy origin \
     ping-interval ping-timeout pinnedpubkey protocol proxy proxy-ca-native proxy-cacert \
     proxy-insecure proxy-user quiet request resolve retry retry-delay retry-max-time timeout \
     tls-max unix-socket url user user-agent verbose version";

#[track_caller]
fn said(line: &[&str]) -> String {
    let run = sockeye(line.iter().chain(&["--dry-run"])).run();
    run.ends_with_status(2).says_one_error();
    run.stderr
}

#[test]
fn every_option_of_another_tool_is_the_same_or_is_answered() {
    let all = [CURL, WEBSOCAT, HTTPIE]
        .into_iter()
        .flat_map(str::split_whitespace);
    let others = all.filter(|name| !SAME.split_whitespace().any(|same| same == *name));
    let mut unanswered = Vec::new();
    for name in others {
        let option = format!("--{name}");
        let said = said(&[&option, "ws://127.0.0.1:9/"]);
        if !said.starts_with(&format!("sockeye: '{option}' is no option here: ")) {
            unanswered.push(said);
        }
    }
    assert_eq!(unanswered, [""; 0]);
}

#[test]
fn the_right_spelling_is_named() {
    for (option, right) in [
        ("--oauth2-bearer", "--bearer TOKEN"),
        ("--max-redirs", "--max-redirects COUNT"),
        ("--socks5-hostname", "--proxy URL"),
        ("--pass", "--passphrase PASS"),
        ("--capath", "--ca FOLDER"),
        ("--data-raw", "-x TEXT"),
        ("--basic-auth", "-u USER:PASSWORD"),
        ("--tls-domain", "--servername NAME"),
        ("--ua", "-A NAME"),
        ("--jsonrpc", "write the JSON itself"),
        ("--null-terminated", "-0"),
        ("--one-message", "-1"),
        ("--max-messages", "-N COUNT"),
        ("--max-ws-message-length", "--max-message SIZE"),
        ("--print-ping-rtts", "-P"),
        ("--dump-spec", "--dry-run"),
        ("--verify", "-n"),
        ("--tcp-fastopen", "cannot be chosen"),
        ("--alpn", "ALPN"),
        ("--silent", "-q"),
        ("--write-out", "-v"),
        ("--include", "-v"),
    ] {
        let said = said(&[option, "ws://127.0.0.1:9/"]);
        assert!(
            said.contains(&format!("'{option}' is no option here: ")),
            "{said}"
        );
        assert!(said.contains(right), "{said}");
    }
}

#[test]
fn what_a_later_version_has_is_said_to_be_no_option_yet() {
    for option in [
        "-l",
        "--listen",
        "--listen=8080",
        "--tap",
        "--exec",
        "--server-mode",
    ] {
        let said = said(&[option, "ws://127.0.0.1:9/"]);
        assert!(
            said.contains("is no option here: ") && said.contains("no option yet"),
            "{said}"
        );
    }
    for address in ["1234", "127.0.0.1:1234"] {
        let said = said(&["-s", address]);
        assert!(said.contains("listening is no option yet"), "{said}");
    }
}

#[test]
fn letters_that_mean_something_else_elsewhere_are_not_taken_silently() {
    for (line, right) in [
        // curl.
        (&["-sS", "ws://h"][..], "-q"),
        (&["-sSL", "ws://h"], "-q"),
        (&["-Lsk", "ws://h"], "-q"),
        (&["-fsSL", "ws://h"], "errors are always shown"),
        (&["-s", "ws://h"], "-q"),
        (&["-f", "ws://h"], "exit status"),
        (&["-o", "out.txt", "ws://h"], "> FILE"),
        (&["-o-", "ws://h"], "> FILE"),
        (&["-O", "ws://h"], "> FILE"),
        (&["-x", "http://127.0.0.1:3128", "-v"], "--proxy URL"),
        (&["-N", "ws://h"], "written at once"),
        (&["-i", "-N", "-H", "A: b", "ws://h"], "written at once"),
        (&["-w", "%{http_code}", "ws://h"], "-v"),
        (&["-p", "ws://h"], "--proxy URL"),
        (&["-c", "jar.txt", "ws://h"], "cookies"),
        (&["-d", "text", "ws://h"], "-x TEXT"),
        (&["-I", "ws://h"], "-v"),
        (&["-E", "a.pem", "wss://h"], "--cert FILE"),
        (&["-U", "a:b", "ws://h"], "--proxy-user"),
        (&["-X", "POST", "ws://h"], "begins with GET"),
        (&["--json", "{}", "ws://h"], "an argument too many"),
        // websocat.
        (&["-t", "ws://h"], "unless --binary"),
        (&["-b", "ws://h"], "--binary"),
        (&["-u", "ws://h"], "both directions"),
        (&["-Un", "ws://h"], "</dev/null"),
        (&["-E", "ws://h"], "-w SECONDS"),
        (&["-B", "65536", "ws://h"], "--max-message SIZE"),
        (&["--protocol", "chat", "ws://h"], "-s NAME"),
        (&["-", "ws://h"], "an argument too many"),
        (&["ws-l:127.0.0.1:8080", "ws://h"], "an argument too many"),
        // httpie.
        (&["ws://h", "a=b"], "an argument too many"),
        (&["-a", "a:b", "ws://h"], "-u USER:PASSWORD"),
        (&["--timeout", "3", "ws://h"], "--connect-timeout"),
    ] {
        let said = said(line);
        assert!(said.contains(right), "{line:?}: {said}");
    }
}

#[test]
fn what_looks_alike_is_not_recommended_and_a_slip_is_put_right() {
    for option in ["--foo", "--completion", "--sock", "--maximum"] {
        let said = said(&[option, "ws://h"]);
        assert!(
            said.starts_with(&format!("sockeye: there is no option '{option}'\n")),
            "{said}"
        );
    }
    let said = said(&["--colour", "never", "ws://h"]);
    assert!(said.contains("did you mean '--color'?"), "{said}");
}

#[test]
fn what_is_too_much_shows_no_secret() {
    for (argument, shown) in [
        ("ws://me:hunter2@h", "ws://me:[hidden]@h"),
        ("pass=hunter2", "pass=…"),
    ] {
        let said = said(&["ws://h", argument]);
        assert!(said.contains(shown) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn the_same_options_are_taken() {
    for line in [
        &["--url", "ws://h"][..],
        &["-o", "null", "ws://h"],
        &["-o", "https://page.example", "ws://h"],
        &["-s", "S", "ws://h"],
        &["-sv1.chat", "ws://h"],
        &["-k", "-1", "-0", "-q", "ws://h"],
        &["--retry", "2", "--retry-delay", "1", "ws://h"],
        &["-w", "1", "-w", "2", "-v", "-v", "-L", "-L", "ws://h"],
    ] {
        sockeye(line.iter().chain(&["--dry-run"]))
            .run()
            .ends_with_status(0);
    }
}

#[test]
fn a_url_that_an_option_took_for_its_value_shows_no_password() {
    for option in ["-w", "-N", "--max-time", "--chunk", "--ping-interval"] {
        let said = said(&[option, "ws://me:hunter2@h/?token=hunter2", "ws://h"]);
        assert!(said.contains("invalid value"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_wrong_value_is_answered_with_what_would_be_right() {
    for (arguments, answer) in [
        (&["-N", "0"][..], "a count is a whole number above 0"),
        (&["-N", "x"], "a count is a whole number above 0"),
        (&["-f", "-", "-f", "-"], "it can be given once only"),
        (&["--ping", "5"], "--ping-interval SECONDS sends pings"),
        (&["--autoreconnect"], "--reconnect connects again"),
    ] {
        let said = said(&[arguments, &["ws://h"]].concat());
        assert!(said.contains(answer), "{said}");
    }
}

#[test]
fn what_another_tool_means_is_told_only_where_that_may_be_meant() {
    let regex = said(&["--expect", "x(", "ws://h"]);
    assert!(!regex.contains("--connect-timeout"), "{regex}");
    let conflict = said(&["-N", "3", "--json", "ws://h"]);
    assert!(!conflict.contains("curl"), "{conflict}");
    let value = said(&["-N", "ws://h"]);
    assert!(value.contains("curl's -N"), "{value}");
}

complete -c sockeye -s c -l connect -d 'Connect to this URL (as in wscat)' -r
complete -c sockeye -s s -l subprotocol -d 'Offer a subprotocol; repeat it or separate by commas for more' -r
complete -c sockeye -s H -l header -d 'Add a header field to the request, or those of the lines in @FILE; repeatable' -r
complete -c sockeye -s o -l origin -d 'Set the Origin header field' -r
complete -c sockeye -l host -d 'Set the Host header field' -r
complete -c sockeye -s A -l user-agent -d 'Set the User-Agent header field; \'\' leaves it out' -r
complete -c sockeye -s u -l user -l auth -d 'Authenticate with name and password (Basic); asks for a password that is missing. It may stand in @FILE or env:NAME, so that the list of processes does not have it' -r
complete -c sockeye -l bearer -d 'Authenticate with a token, which may stand in @FILE or env:NAME' -r
complete -c sockeye -l netrc-file -d 'Look up name and password of the host in FILE' -r -F
complete -c sockeye -s b -l cookie -d 'Send cookies: \'a=b; c=d\', @FILE or env:NAME with the same, or those that a cookie FILE of curl or a browser has for the host; repeatable' -r
complete -c sockeye -l max-redirects -d 'Follow at most COUNT redirects' -r
complete -c sockeye -s p -l protocol -d 'Ask for this version of the protocol, 8 or 13 [default: 13]' -r
complete -c sockeye -l ca -l cacert -d 'Trust the certificates in this file (PEM or DER) or folder, and not the system\'s; repeatable' -r -F
complete -c sockeye -l cert -d 'Show servers that ask for it this certificate (PEM, DER or PKCS#12)' -r -F
complete -c sockeye -l key -d 'Take the certificate\'s private key from this file, not from that of --cert' -r -F
complete -c sockeye -l passphrase -d 'Open the private key with PASS, env:NAME or @FILE; without a value, and when it is missing, the terminal is asked' -r
complete -c sockeye -l servername -d 'Ask the server for the certificate of NAME (SNI), and check for that name; \'\' asks for none' -r
complete -c sockeye -l tls-min -d 'Speak no older version of TLS' -r -f -a "1.2\t''
1.3\t''"
complete -c sockeye -l tls-max -d 'Speak no newer version of TLS' -r -f -a "1.2\t''
1.3\t''"
complete -c sockeye -l pin -l pinnedpubkey -d 'Accept only servers with this public key, even with -n; several with \';\' between them' -r
complete -c sockeye -l unix-socket -d 'Connect to this Unix socket instead of the URL\'s host and port; @NAME is an abstract one. The URL ws+unix:/PATH:/RESOURCE does the same' -r
complete -c sockeye -l resolve -d 'Take these addresses for a host and port instead of asking the resolver; * is any host; repeatable' -r
complete -c sockeye -l connect-to -d 'Connect to HOST2:PORT2 where the URL says HOST1:PORT1, and send the same request; an empty part means any, or no change; repeatable, the first that fits counts' -r
complete -c sockeye -l interface -d 'Connect from this local address or interface; if!NAME, host!ADDR and ifhost!NAME!ADDR say which of the two is meant' -r
complete -c sockeye -l keepalive-time -d 'Have TCP ask whether the server is still there after SECONDS without data (default: 60)' -r
complete -c sockeye -l proxy -d 'Connect through this proxy: http (the default), https, socks4, socks4a, socks5 or socks5h, as in socks5h://user:password@host:1080; \'\' for none. Without this option the environment decides (ws_proxy, wss_proxy, http_proxy, https_proxy, all_proxy), but not for localhost. It may stand in @FILE or env:NAME' -r
complete -c sockeye -l proxy-user -d 'Give the proxy this user name and password, which may stand in @FILE or env:NAME' -r
complete -c sockeye -l noproxy -l no-proxy -d 'Connect to these hosts without a proxy: names with all below them, addresses, networks like 10.0.0.0/8, or *; in place of no_proxy of the environment' -r
complete -c sockeye -l proxy-cacert -d 'Trust the certificates in this file (PEM or DER) or folder for an https proxy, and not the system\'s; repeatable' -r -F
complete -c sockeye -s x -l execute -d 'Send TEXT as a message; repeatable' -r
complete -c sockeye -s f -l file -d 'Send the content of FILE as a message, \'-\' for standard input; repeatable' -r -F
complete -c sockeye -l chunk -d 'Send binary input in messages of SIZE bytes, the last one shorter; without this 64KiB, or what has come when no more is there' -r
complete -c sockeye -s w -l wait -d 'Stay SECONDS for answers after the last message is sent, with --json after the end of input (there the default is 0); \'inf\' or -1 for ever' -r
complete -c sockeye -s N -l count -d 'Leave after COUNT messages; fewer is an error' -r
complete -c sockeye -l expect -d 'Leave after a message that matches REGEX, else fail; repeatable, a message each, in order' -r
complete -c sockeye -l expect-json -d 'Expect JSON with a value at a pointer (RFC 6901), like \'/status="ok"\'; in order with --expect' -r
complete -c sockeye -l timeout -d 'Fail when what is expected has not come SECONDS after the opening; \'inf\' for never' -r
complete -c sockeye -l max-message -d 'Refuse messages larger than SIZE' -r
complete -c sockeye -l binary-type -d 'Show binary messages as files (blob) or as hex dumps (arraybuffer), at a terminal' -r -f -a "blob\t''
arraybuffer\t''"
complete -c sockeye -l blob-dir -d 'Keep the files of binary messages in DIR instead of a private folder' -r -F
complete -c sockeye -l connect-timeout -d 'Give up connecting after SECONDS' -r
complete -c sockeye -l close-timeout -d 'Give up the close handshake after SECONDS' -r
complete -c sockeye -l ok-codes -d 'Count these close codes, and no others, as success' -r
complete -c sockeye -s m -l max-time -d 'Give up the whole run, whatever it is doing, after SECONDS; \'inf\' or 0 for never' -r
complete -c sockeye -l send-timeout -d 'Give up when the server takes nothing of what is to be sent for SECONDS; \'inf\' for never' -r
complete -c sockeye -l close-code -d 'Close with CODE at the end of a pipe, a one-shot or JSON mode: 1000 or 3000 to 4999' -r
complete -c sockeye -l close-reason -d 'Say why when closing so; at most 123 bytes' -r
complete -c sockeye -l ping-interval -d 'Send a ping each SECONDS' -r
complete -c sockeye -l ping-timeout -d 'Give the connection up for lost when such a ping is not answered within SECONDS; \'inf\' for never' -r
complete -c sockeye -l retry -d 'Try up to N more times until the first connection is open, each after a longer wait; \'inf\' without end' -r
complete -c sockeye -l reconnect -d 'Connect again when the connection is lost, at most N times in a row; send -x and -f again, then what was queued and not sent' -r
complete -c sockeye -l retry-delay -d 'Wait SECONDS before each further attempt, instead of up to 0.25, 0.5, 1, … 30' -r
complete -c sockeye -l retry-max-time -d 'Begin no further attempt SECONDS after the first failure' -r
complete -c sockeye -l color -d 'Use colours' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c sockeye -l history-file -d 'Keep lines in FILE instead of one file for each host and port' -r -F
complete -c sockeye -l completions -d 'Print the completions for a shell' -r -f -a "bash\t''
elvish\t''
fish\t''
powershell\t''
zsh\t''"
complete -c sockeye -l echo -d 'Start a private echo server and connect to it'
complete -c sockeye -l netrc -d 'Look up name and password of the host in ~/.netrc'
complete -c sockeye -s L -l location -d 'Follow redirects; to another scheme, host or port only header fields and subprotocols go along that are known to be harmless, and wss leads to ws only with -k'
complete -c sockeye -s n -s k -l no-check -l insecure -d 'Accept any TLS certificate'
complete -c sockeye -l ca-native -d 'Trust the system\'s certificates too when --ca is given'
complete -c sockeye -l no-servername -d 'Send no server name (--servername \'\')'
complete -c sockeye -l any-subprotocol -d 'Accept any subprotocol that the server chooses, and none'
complete -c sockeye -l no-compress -d 'Offer no compression (permessage-deflate)'
complete -c sockeye -l allow-bad-port -d 'Connect to a port that browsers refuse'
complete -c sockeye -s 4 -l ipv4 -d 'Use IPv4 only'
complete -c sockeye -s 6 -l ipv6 -d 'Use IPv6 only'
complete -c sockeye -l no-keepalive -d 'Never have TCP ask whether the server is still there'
complete -c sockeye -l no-tcp-nodelay -d 'Let TCP hold small messages back to send them together'
complete -c sockeye -l proxy-insecure -d 'Accept any TLS certificate of an https proxy'
complete -c sockeye -l proxy-ca-native -d 'Trust the system\'s certificates too when --proxy-cacert is given'
complete -c sockeye -s i -l interactive -d 'Go on interactively, or with standard input, after -x and -f'
complete -c sockeye -l binary -d 'Send files and standard input as binary messages'
complete -c sockeye -l whole -d 'Send all of standard input as one message'
complete -c sockeye -s 0 -l null -d 'End messages with NUL instead of newline, in both directions'
complete -c sockeye -l json -d 'Take commands and tell events as JSON, one object a line'
complete -c sockeye -l immediate -d 'With --json, do not keep commands until the connection is open: before that, sending is refused and \'close\' ends the attempt'
complete -c sockeye -s 1 -l one -d 'Leave after one message (-N 1)'
complete -c sockeye -l exit-on-close -d 'Leave the interactive client when the connection ends'
complete -c sockeye -l no-color -d 'Use no colours (--color never)'
complete -c sockeye -l timestamps -d 'Put the time before each text message: UTC in a pipe, local time at the prompt'
complete -c sockeye -l no-progress -d 'Show no progress on standard error while a pipe runs'
complete -c sockeye -s v -l verbose -d 'Show on standard error how the connection is made and ended; -vv shows every frame too'
complete -c sockeye -l dry-run -d 'Check everything and print the request, but connect to nothing'
complete -c sockeye -s q -l quiet -d 'Show messages and errors only'
complete -c sockeye -s P -l show-ping-pong -d 'Show pings and pongs on standard error; at a terminal and with --json they always show'
complete -c sockeye -l slash -d 'Accept wscat\'s option for slash commands, which are always on'
complete -c sockeye -l vi -d 'Edit lines with the keys of vi instead of those of emacs'
complete -c sockeye -l plain -d 'Move no cursor and paint nothing twice: for screen readers'
complete -c sockeye -l no-history -d 'Keep no lines for the next session'
complete -c sockeye -l man -d 'Print the manual page'
complete -c sockeye -s h -l help -d 'Print help'
complete -c sockeye -s V -l version -d 'Print version'

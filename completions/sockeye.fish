complete -c sockeye -s c -l connect -d 'Connect to this URL (as in wscat)' -r
complete -c sockeye -s s -l subprotocol -d 'Offer a subprotocol; repeat it or separate by commas for more' -r
complete -c sockeye -s H -l header -d 'Add a header field to the request; repeatable' -r
complete -c sockeye -s o -l origin -d 'Set the Origin header field' -r
complete -c sockeye -l ca -l cacert -d 'Trust the certificates in this PEM file too; repeatable' -r -F
complete -c sockeye -s x -l execute -d 'Send TEXT as a message; repeatable' -r
complete -c sockeye -s f -l file -d 'Send the content of FILE as a message; repeatable' -r -F
complete -c sockeye -l chunk -d 'Send binary input in messages of at most SIZE bytes' -r
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
complete -c sockeye -l color -d 'Use colours' -r -f -a "auto\t'On a terminal, unless the environment says otherwise'
always\t'Always'
never\t'Never'"
complete -c sockeye -l completions -d 'Print the completions for a shell' -r -f -a "bash\t''
elvish\t''
fish\t''
powershell\t''
zsh\t''"
complete -c sockeye -l echo -d 'Start a private echo server and connect to it'
complete -c sockeye -s n -s k -l no-check -l insecure -d 'Accept any TLS certificate'
complete -c sockeye -l no-compress -d 'Offer no compression (permessage-deflate)'
complete -c sockeye -l allow-bad-port -d 'Connect to a port that browsers refuse'
complete -c sockeye -s i -l interactive -d 'Go on interactively, or with standard input, after -x and -f'
complete -c sockeye -l binary -d 'Send files and standard input as binary messages'
complete -c sockeye -l whole -d 'Send all of standard input as one message'
complete -c sockeye -s 0 -l null -d 'End messages with NUL instead of newline, in both directions'
complete -c sockeye -l json -d 'Take commands and tell events as JSON, one object a line'
complete -c sockeye -s 1 -l one -d 'Leave after one message (-N 1)'
complete -c sockeye -l exit-on-close -d 'Leave the interactive client when the connection ends'
complete -c sockeye -l no-color -d 'Use no colours (--color never)'
complete -c sockeye -s t -l timestamps -d 'Put the time before each text message: UTC in a pipe, local time at the prompt'
complete -c sockeye -l no-progress -d 'Show no progress on standard error while a pipe runs'
complete -c sockeye -s v -l verbose -d 'Show on standard error how the connection is made and ended; -vv shows every frame too'
complete -c sockeye -l dry-run -d 'Check everything and print the request, but connect to nothing'
complete -c sockeye -s q -l quiet -d 'Show messages and errors only'
complete -c sockeye -l slash -d 'Accept wscat\'s option for slash commands, which are always on'
complete -c sockeye -l man -d 'Print the manual page'
complete -c sockeye -s h -l help -d 'Print help'
complete -c sockeye -s V -l version -d 'Print version'

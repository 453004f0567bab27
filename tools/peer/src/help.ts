export const help = `Usage: npm run -s peer

One endpoint of the two-party profile of MLS, driven by JSON lines: a request on each line of stdin, an answer on
each line of stdout. One session a process. For tests of interoperability: it accepts every identity.

Bytes are hexadecimal, epochs decimal strings. Each request may have an "id", which is echoed.

  {"op":"new","role":"initiator","identity":"616c696365"}
      role       initiator or responder
      identity   of the basic credential
      suite      a name, or a number (default 0xF002)
      backend    noble (default), node or webcrypto
      profile    framed (default), or bare: the draft's structs to the letter
      commits    private (default) or public
      seed       makes the randomness deterministic and stops the clock, so that two runs give the same bytes
      time       stops the clock there, in ms since 1970 (with a seed the default is 2026-01-01T00:00:00Z)
  {"op":"hello"}
  {"op":"receive","type":"client_hello","body":"…"}
      bare: client_hello, server_hello, connection_update, epoch_key_update, resumption_request, resumption_response
      framed: the same in frames, record, alert; the body is the whole frame
  {"op":"update"}   {"op":"resume"}
  {"op":"disconnect"}   cuts the link; the next message opens a new one
  {"op":"restart"}      drops the state of the process and loads the session from the store
      these answer {"ok":true,"out":[{"type","body"}…],"events":[…],"epoch","phase"}
  {"op":"export","label":"text","context":"","length":32}   answers {"ok":true,"secret"}
  {"op":"status"}   answers {"ok":true,"epoch","pending","phase","suite","epochAuthenticator"}

What fails answers {"ok":false,"code","message"} and leaves the state as it was.
`

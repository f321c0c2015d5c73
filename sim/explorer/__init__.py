"""`kinwell explore`: a page on this machine where levers are moved and paired replicates arrive.

Thin: everything it does can be done by a command or from Python. The web process holds forms and
text; a process of its own runs studies and draws what `analysis` has to say of them, so that
neither waits for the other.

The threat model. What is protected: the files of whoever runs it, their results, and the time of
their machine. Who attacks: another page in the same browser (cross-site requests, a name rebound to
127.0.0.1), another user or program on the machine or network, and a scenario file from elsewhere
that is opened in good faith.

- The network: the server listens on the loopback interface alone, on a port that the system picks.
- Another user of the machine: nothing is answered without a token of 256 random bits. The address
  that is printed carries it once; the first request exchanges it for a cookie (HttpOnly,
  SameSite=Strict) and the address is then dead.
- Another page in the browser: the Host must be the loopback address with the right port, which name
  rebinding cannot forge; whatever is not a read needs an Origin of the same address, the cookie,
  and the token once more as a header or form field. Pages may not be framed, and nothing is allowed
  to be read across origins.
- What a scenario says: it is data. YAML is composed without tags, every page escapes, and the
  content security policy allows scripts and styles from files of this package only, so that escaped
  text that slipped through would still not run.
- Too much: a request has a limit of bytes and of time, a page of programmes, a study of replicates;
  one study runs at a time.
- Files: only scenarios of the chosen folder are listed, read and written, by plain names that must
  not contain a path, and links that lead out of the folder are refused. Nothing is overwritten that
  was changed by somebody else meanwhile.
- The end: Ctrl-C, a closed terminal or a kill end the server, its studies and their workers; what
  was finished is stored.

Not protected against: whoever can read this process's memory or terminal, for they are the user
already.
"""

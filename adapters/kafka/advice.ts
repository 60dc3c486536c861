/** Why no connection comes about, in one line, and what to do. */
export interface Advice {
  readonly reason: string
  readonly advice: string
  /** True where a setting is wrong and nothing else can be. */
  readonly isSetting: boolean
}

/** From the first that fits: what Node's TLS, OpenSSL and kafkajs say. */
const known: readonly (readonly [RegExp, string, boolean])[] = [
  [
    /alert (bad certificate|certificate required|unknown ca|handshake failure)/i,
    'the broker wants a certificate of this client that it trusts: give "cert" and "key" in "ssl"',
    true,
  ],
  [
    /unable to verify|unable to get (local )?issuer|self.signed certificate/i,
    'the broker\'s certificate is by an authority that is not trusted here: give "ca" in "ssl"',
    true,
  ],
  [
    /altnames|certificate has expired|certificate is not yet valid/i,
    "the broker's certificate is not valid for this address and time: correct the address, or renew it",
    true,
  ],
  [
    /before secure TLS|wrong version number|packet length too long/i,
    'does it speak TLS at this port? If not, use its TLS port, or leave "ssl" out',
    false,
  ],
  [
    /^closed connection/i,
    'it closed the connection without an answer, as one does that wants TLS or credentials: check "ssl" and "sasl"',
    false,
  ],
  [/oauthBearerProvider/, 'check what gives the token', false],
]

export function connectionAdvice(message: string): Advice {
  const reason = reasonOf(message)
  const [, advice = 'check address, port, "ssl" and the firewall', isSetting = false] =
    known.find(([pattern]) => pattern.test(message)) ?? []
  return { reason, advice, isSetting }
}

/** OpenSSL writes thread, code, library and source file around the one part that tells something. */
function reasonOf(message: string): string {
  const text = message.replace(/^Connection error: /, '').trim()
  return /:SSL routines:[^:]*:([^:]+)/.exec(text)?.[1] ?? (text || 'no connection')
}

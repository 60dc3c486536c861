/**
 * Headers of a record in an event of AWS Lambda (Developer Guide, "Using Lambda with Apache Kafka"): an object for each
 * header, in order, of its name and its bytes. The bytes come signed, -61 for 0xC3, though the guide shows none such.
 */
export type LambdaHeaders = readonly Readonly<Record<string, readonly number[]>>[]

/** The same as `messageOfRecord` takes them. */
export function headersOfLambda(received: LambdaHeaders): Readonly<Record<string, readonly Uint8Array[]>> {
  // Senders choose the names: without a prototype, `constructor` is one as any other.
  const headers: Record<string, Uint8Array[]> = Object.create(null)
  for (const header of received) {
    for (const [name, signed] of Object.entries(header)) {
      headers[name] ??= []
      headers[name].push(Uint8Array.from(signed))
    }
  }
  return headers
}

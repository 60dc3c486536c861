import type { BindingOptions } from '../core/binding.ts'

/** What an application may decide about reading and writing Pub/Sub messages. */
export interface PubsubBindingOptions extends BindingOptions {
  /**
   * Also writes the content type to the attribute `Content-Type`, in binary and in structured mode: the Go SDK of
   * CloudEvents reads this spelling only. Default false.
   */
  readonly contentTypeForGo?: boolean | undefined
  /**
   * What a raw message's event has as data. `message`: JSON with the whole message, as Eventarc delivers it. `bare`: the
   * message's data alone, whose media type is that of its attribute `content-type`. Default `message`.
   */
  readonly rawData?: 'message' | 'bare' | undefined
  /** The project of topics that are named without one; the `source` of raw events holds it. */
  readonly project?: string | undefined
}

import * as z from 'zod'

/** Settings of `upload`. */
export interface UploadOptions {
  /**
   * The folder that files are read from: paths are relative to it, and one that leaves it is refused. Set it wherever
   * others can publish to the topic. Default: any path, relative ones to the working directory.
   */
  readonly directory?: string | undefined
}

export const uploadOptions = z
  .strictObject({ directory: z.string().min(1).describe('the path of a folder').optional() })
  .describe('{ directory }')

import { format } from 'node:util'

/** Sends what handlers print elsewhere, so that it breaks neither the table nor the JSON lines. Returns the way back. */
export function captureConsole(print: (line: string) => void): () => void {
  const methods = ['log', 'info', 'warn', 'error', 'debug'] as const
  const own = methods.map((method) => console[method])
  for (const method of methods) console[method] = (...words: unknown[]) => print(format(...words))
  return () => {
    methods.forEach((method, at) => {
      console[method] = own[at] ?? console[method]
    })
  }
}

/** Why none of what a module exports is the handler. `isPlain`: it has one that takes no options, and there are options. */
export function noHandlerIn(written: string, exported: readonly string[], isPlain: boolean): string {
  if (isPlain)
    return `${written} exports "handler", which takes no options: export createHandler(options), or remove "options"`
  const found = exported.filter((key) => key !== '__esModule')
  const instead = found.length === 0 ? 'nothing' : found.map((key) => `"${key}"`).join(', ')
  return `${written} exports no function "handler" or "createHandler", but ${instead}: export one of the two`
}

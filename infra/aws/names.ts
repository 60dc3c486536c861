/** An id of a construct out of a name of the configuration: `extract-subset` → `ExtractSubset`. */
export function idOf(name: string): string {
  // What is cut out would make two names the same, so it stays where it is no separator.
  return name
    .split(/[-_. ]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

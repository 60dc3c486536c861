import type { Plugin } from 'esbuild'
import { isInLibrary } from './library.ts'

/**
 * For esbuild: leaves out that JSON events are read by the layouts of those before them. It pays where thousands are read a
 * second, and changes nothing of what is read; a request brings one.
 */
export const withoutLayouts: Plugin = {
  name: 'layouts',
  setup(build) {
    build.onLoad({ filter: /[/\\]core[/\\]layouts\.[jt]s$/ }, ({ path }) =>
      isInLibrary(path) ? { contents: 'export class Layouts { read() {} learn() {} }' } : undefined,
    )
  },
}

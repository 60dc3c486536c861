import { conformanceOf } from '../conformance-of.ts'

await conformanceOf('memory', 'memory-runner')

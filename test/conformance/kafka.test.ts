import { conformanceOf } from '../conformance-of.ts'

await conformanceOf('kafka', 'kafka-3.9')

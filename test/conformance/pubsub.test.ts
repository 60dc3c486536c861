import { conformanceOf } from '../conformance-of.ts'

await conformanceOf('pubsub', 'pubsub-unordered')

import { conformanceOf } from '../conformance-of.ts'

await conformanceOf('nats', 'jetstream', 'jetstream-unordered')

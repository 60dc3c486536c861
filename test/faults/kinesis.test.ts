import { testFaults } from './short.ts'

await testFaults('kinesis', { events: 500 })

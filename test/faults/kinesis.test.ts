import { testFaults } from './short.ts'

await testFaults('kinesis', 500)

import { testFaults } from './short.ts'

await testFaults('pubsub', {
  events: 500,
  atOnce: 4,
  apart: ['server-gone', 'server-frozen', 'server-killed'],
})

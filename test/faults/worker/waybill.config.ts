import { defineConfig } from '../../../cli/config/define.ts'

/** The worker that is killed: passes events from one topic to another. Its broker is given on the command line. */
export default defineConfig({
  brokers: { main: 'memory://' },
  functions: {
    relay: {
      handler: './relay.ts',
      source: { topic: 'worker-killed' },
      sink: 'worker-killed-results',
      policy: { maxAttempts: 50, backoff: { initialMs: 10, maxMs: 200 } },
    },
  },
})

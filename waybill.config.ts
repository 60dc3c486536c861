import { defineConfig } from './cli/config/define.ts'

/** The spreadsheet pipeline: files → rows → subsets → results → a key-value store. */
export default defineConfig({
  brokers: { main: 'memory://' },
  functions: {
    upload: {
      handler: './functions/upload/handler.ts',
      source: { topic: 'files' },
      sink: 'rows',
      // Reading takes as long as the file is.
      policy: { timeoutMs: 0, deadLetter: 'dead-letters' },
    },
    'extract-subset': {
      handler: './functions/extract-subset/handler.ts',
      options: {
        columns: {
          code: 'iata',
          airport: 'name',
          city: 'city',
          state: 'state',
          lat: 'latitude',
          lon: 'longitude',
        },
        required: ['iata', 'city'],
        absent: ['NA'],
      },
      source: { topic: 'rows' },
      sink: 'subsets',
      policy: { deadLetter: 'dead-letters' },
    },
    uppercase: {
      handler: './functions/uppercase/handler.ts',
      source: { topic: 'subsets' },
      sink: 'results',
      policy: { deadLetter: 'dead-letters' },
    },
    store: {
      handler: './functions/store/handler.ts',
      options: { driver: 'fs', options: { base: '.waybill/store' } },
      source: { topic: 'results' },
      policy: { deadLetter: 'dead-letters' },
    },
  },
})

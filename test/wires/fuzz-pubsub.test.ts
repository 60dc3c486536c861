import { describeFuzz } from './fuzz.ts'

describeFuzz('pubsub')
